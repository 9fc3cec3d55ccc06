"""The Many heads page through app.py: the concepts' own numbers, settings in the URL, what is predicted."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import Attention
from attnviz.concepts.heads import WRONG_JOINS, joined, value_matrix, wrongly_joined
from attnviz.concepts.parameters import PRESETS, HeadSizes, count, shape_of
from attnviz.lessons.multi_head.shared import STAGES
from attnviz.session.markdown import literal
from tests import opened
from tests.opened import said

SENTENCE = "The snake is very dangerous because it has a venom"
PLACE = {"layer": "2", "head": "3", "query": "7"}
open_page = partial(opened.open_page, "multi-head", text=SENTENCE)


@pytest.fixture(scope="module")
def call() -> Attention:
    return attnviz.trace(attnviz.load_model(), SENTENCE).encoder_self[1]


def heads(app: AppTest, number: int) -> opened.Message:
    """The message of the page's views of heads, in their order: flow, wrong join, rows, value matrix."""
    return opened.sent(app, "many_heads")[number]


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def url(app: AppTest, name: str) -> str:
    """A value in the URL; the test's own come as lists."""
    found = app.query_params[name]
    return found[0] if isinstance(found, list) else found


def question(app: AppTest, key: str) -> Any:
    (found,) = [radio for radio in app.radio if radio.key and radio.key.startswith(f"multi_head_{key}_")]
    return found


def asks_and_answers(key: str, answer: str, **params: str) -> None:
    """Every option of a question says why; only ``answer`` is right."""
    app = open_page(**params)
    options = list(question(app, key).options)
    assert len(set(options)) == len(options) >= 2
    right = []
    for option in options:
        question(app, key).set_value(option).run()
        (said,) = [element.value for element in (*app.success, *app.error)]
        assert len(said) > 30
        right += [option] if app.success else []
    assert len(right) == 1
    assert answer in right[0]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("part", ["encoder_self", "decoder_self", "cross"])
def test_it_opens(language: str, part: str) -> None:
    app = open_page(lang=language, part=part)
    assert "{" not in said(app).replace("{,}", "").replace("10^{", "").replace("\\frac{", "")
    _, arrays = heads(app, 0)
    np.testing.assert_allclose(arrays["weights"].sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_gets_the_traces_own_numbers(stage: str, call: Attention) -> None:
    values, arrays = heads(open_page(stage=stage, **PLACE), 0)
    assert (values["query"], values["head"]) == (attnviz.trace(attnviz.load_model(), SENTENCE).tokens[6], 2)
    wanted = {
        "x": call.inputs[6],
        "query": call.query[:, 6].reshape(-1),
        "pieces": call.query[:, 6],
        "weights": call.weights[:, 6],
        "outputs": call.head_output[:, 6],
        "concat": call.concat[6],
        "output": call.output[6],
    }
    shown = {"split": "x query pieces", "attend": "pieces weights", "mix": "pieces weights outputs"}
    shown["concat"] = shown["mix"] + " concat"
    shown["output"] = shown["concat"] + " output"
    for name in shown[stage].split():
        np.testing.assert_allclose(arrays[name], wanted[name], atol=1e-6)
    assert {name for name in arrays if name in wanted} == set(shown[stage].split())
    assert ("W_O" in arrays) == (stage == "output")


def test_masked_words_are_marked() -> None:
    _, arrays = heads(open_page(part="decoder_self", layer="1", head="1", query="2"), 0)
    assert arrays["weights.masked"].tolist() == [0, 0, *[1] * (arrays["weights"].shape[1] - 2)]


def test_a_pressed_head_and_a_chosen_word_are_written_to_the_url() -> None:
    app = open_page(**PLACE)
    app.selectbox(key="query").set_value(3).run()
    assert (url(app, "query"), url(app, "head")) == ("4", "3")
    app.segmented_control(key="stage").set_value("attend").run()
    assert url(app, "stage") == "attend"
    assert heads(app, 0)[0]["query"] == attnviz.trace(attnviz.load_model(), SENTENCE).tokens[3]


def test_the_sum_is_shown_beside_the_product(call: Attention) -> None:
    app = open_page(number="5", **PLACE)
    found = joined(call, 6)
    assert f"**{found.summed[4]:.5f}**".replace("-", "−") in said(app)
    assert f"{found.norms.sum():.2f}" in said(app)
    assert f"{found.together:.2f}" in said(app)
    app.number_input(key="number").set_value(9).run()
    assert url(app, "number") == "9"
    assert f"**{found.summed[8]:.5f}**".replace("-", "−") in said(app)


@pytest.mark.parametrize("name", WRONG_JOINS)
def test_each_wrong_join_is_measured(name: str, call: Attention) -> None:
    app = open_page(join=name, **PLACE)
    found = wrongly_joined(call, 6, name)  # type: ignore[arg-type]
    _, arrays = heads(app, 1)
    np.testing.assert_allclose(arrays["right"], found.right, atol=1e-6)
    np.testing.assert_allclose(arrays["wrong"], found.other, atol=1e-6)
    assert f"{found.cosine:.2f}" in said(app)
    assert np.abs(found.right - found.other).max() > 0.01


def test_the_value_matrix_is_the_chosen_heads(call: Attention) -> None:
    app = open_page(**PLACE)
    values, arrays = heads(app, 3)
    found = value_matrix(call.projections, 2)
    assert arrays["down"].shape == found.down.shape
    (product,) = [item for item in values["lines"][0] if item.get("name") == "product"]
    assert product["limit"] == pytest.approx(np.abs(found.product).max(), rel=1e-6)
    assert f"{2 * found.down.size:,}" in said(app)


def test_the_count_does_not_change_with_the_heads(golden: dict[str, dict[str, Any]]) -> None:
    eight, one = open_page(), open_page(split="1")
    total = f"{golden['head_params_constant']['value']['h8']:,}"
    assert f"**{total}**" in said(eight)
    assert f"**{total}**" in said(one)
    eight.select_slider(key="width").set_value(768).run()
    assert url(eight, "width") == "768"
    assert f"**{HeadSizes(768, 8).total:,}**" in said(eight)


@pytest.mark.parametrize("name", ["ours", *PRESETS])
def test_each_preset_shows_its_total(name: str) -> None:
    app = open_page(shape=name)
    own = shape_of(attnviz.load_model().transformer.config)
    found = count(PRESETS.get(name, own))
    assert f">{found.total:,}<" in html(app)
    for row, running in zip(found.rows, found.running, strict=True):
        assert f"<td>{row.total:,}</td><td>{running:,}</td>" in html(app)
    assert all(app.number_input(key=key).value == value for key, value in {"p_width": found.shape.d_model}.items())


def test_our_own_count_is_the_loaded_models() -> None:
    assert "Difference to the formula: **0**" in said(open_page())


def test_sizes_can_be_changed_and_taken_back() -> None:
    app = open_page(shape="gpt2")
    app.number_input(key="p_decoder").set_value(24).run()
    app.toggle(key="p_biases").set_value(False).run()
    assert (url(app, "p_decoder"), url(app, "p_biases")) == ("24", "off")
    (changed,) = [row for row in html(app).split("<tr>") if "W_Q" in row and "24" in row]
    assert "288" in changed  # 12 heads in 24 layers
    app.button(key="as_preset").click().run()
    assert "p_decoder" not in app.query_params
    assert "p_biases" not in app.query_params
    assert f">{count(PRESETS['gpt2']).total:,}<" in html(app)


def test_another_preset_brings_its_own_sizes() -> None:
    app = open_page(shape="gpt2", p_decoder="24", p_norms="off")
    app.segmented_control(key="shape").set_value("gpt3").run()
    assert f">{count(PRESETS['gpt3']).total:,}<" in html(app)
    assert "p_decoder" not in app.query_params


def test_heads_that_do_not_fit_are_told() -> None:
    app = open_page(shape="gpt2", p_heads="7")
    assert "7" in app.warning[0].value
    assert "12" not in app.warning[0].value.replace("768", "")


def test_nonsense_in_the_url_gives_the_defaults_and_says_so() -> None:
    bad = {"stage": "worse", "number": "-3", "join": "x", "shape": "gpt9", "p_width": "1e3", "width": "7"}
    app = open_page(**bad, **PLACE)
    assert all(name in app.info[0].value for name in bad)
    assert "output" in heads(app, 0)[1]


def test_which_head_would_be_missed_is_computed(call: Attention) -> None:
    for row in (6, 4):
        found = joined(call, row)
        asks_and_answers("remove", f"Head {int(found.norms.argmax()) + 1},", **(PLACE | {"query": str(row + 1)}))


def test_one_head_for_many_is_computed() -> None:
    asks_and_answers("fewer", f"{HeadSizes(512, 8).total:,}")
    asks_and_answers("fewer", f"{HeadSizes(768, 1).total:,}", width="768", split="1")


def test_the_rank_is_computed(call: Attention) -> None:
    asks_and_answers("rank", str(value_matrix(call.projections, 2).rank), **PLACE)


def test_where_most_parameters_are_changes_with_the_sizes() -> None:
    asks_and_answers("most", "Feed-forward", shape="gpt3")
    asks_and_answers("most", "Tokens", shape="gpt2", p_decoder="1")
    asks_and_answers("most", "Attention", shape="gpt3", p_ff="64")


def test_a_word_of_markup_stays_a_word() -> None:
    text = "a <b> $x$ **star**"
    tokens = attnviz.trace(attnviz.load_model(), text).tokens
    row, token = next((row, token) for row, token in enumerate(tokens) if any(mark in token for mark in "<$*"))
    app = open_page(text=text, query=str(row + 1), layer="1", head="1")
    assert f"**{literal(token)}**" in said(app)
    assert f"**{token}**" not in said(app)


def test_an_empty_sentence_gets_a_hint() -> None:
    app = open_page(text=" ")
    assert app.info
    assert not app.radio
