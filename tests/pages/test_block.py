"""The block page through app.py: its numbers are the concept's, its settings live in the URL."""

import re
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import Model, Trace
from attnviz.concepts.normalisation import compare, drawn_batch, moments, wrong_norm
from attnviz.concepts.residual import additions, sub_layers
from attnviz.session import models
from attnviz.session.catalog import Texts, lesson
from tests import opened
from tests.opened import said, sent

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "The animal didn't cross the street because it was too tired ."
TEXTS = Texts("en")
NUMBER = re.compile(r"[+-]?\d+\.\d+")
open_page = partial(opened.open_page, "block", text=SENTENCE)


def tables(app: AppTest) -> dict[str, np.ndarray]:
    """Each table's numbers under its caption."""
    return {message["caption"]: arrays["values"] for message, arrays in sent(app, "table")}


def radio(app: AppTest, key: str) -> Any:
    (found,) = [radio for radio in app.radio if (radio.key or "").startswith(f"block_{key}_")]
    return found


@pytest.fixture(scope="module")
def trace() -> Trace:
    return attnviz.trace(attnviz.load_model(), SENTENCE)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_opens_in_each_language(language: str) -> None:
    app = open_page(lang=language)
    texts = Texts(language)
    headers = [header.value for header in app.header]
    assert headers == [
        texts(f"block.{key}_title") for key in ("whole", "word", "inside", "order", "batch", "depth", "added")
    ]
    assert not app.info
    assert len(app.radio) == 4


def test_the_whole_machine_has_the_sentence_and_the_sizes_of_the_model(model: Model) -> None:
    app = open_page()
    trace, config = attnviz.trace(model, SENTENCE), model.transformer.config
    (drawn,) = [element.proto.body for element in app.get("html") if "attnviz-whole" in element.proto.body]
    for text in (trace.text, trace.target, f"{config.d_model:,} → {config.d_ff:,} → {config.d_model:,}"):
        assert escape(text) in drawn
    for words in (trace.words, trace.target_words):  # the pieces of one word stand together
        assert escape(" ".join(words)) in drawn.replace("·", "")
    assert f"{config.vocabulary_size:,} × {config.d_model:,}" in drawn
    assert f"{config.n_heads} heads × {config.d_model // config.n_heads}" in drawn
    assert f"Encoder, {config.n_encoder_layers} layers" in drawn
    assert f"Decoder, {config.n_decoder_layers} layers" in drawn


def test_hidden_units_that_are_0_are_counted(model: Model) -> None:
    app = open_page(query="2", layer="2")
    trace = attnviz.trace(model, SENTENCE)
    one = next(one for one in sub_layers(trace, "encoder") if (one.layer, one.name) == (1, "feed_forward"))
    network = model.transformer.encoder[1].feed_forward
    fired = network[1](network[0](torch.tensor(one.normalised)))  # type: ignore[index, operator]
    zeros, d_ff = int((fired[1] == 0).sum()), fired.shape[1]
    assert f"Counted: {zeros:,} of {d_ff:,} are 0" in said(app)


@pytest.mark.parametrize(
    ("part", "sublayer", "layer", "name"),
    [
        ("encoder_self", "attention", 2, "self"),
        ("encoder_self", "feed_forward", 4, "feed_forward"),
        ("decoder_self", "attention", 1, "self"),
        ("cross", "attention", 2, "cross"),
        ("cross", "feed_forward", 1, "feed_forward"),
    ],
)
def test_the_numbers_are_the_traces_own(trace: Trace, part: str, sublayer: str, layer: int, name: str) -> None:
    app = open_page(part=part, sublayer=sublayer, layer=str(layer), query="3", dim="7")
    stack = "encoder" if part == "encoder_self" else "decoder"
    found = sub_layers(trace, stack)  # type: ignore[arg-type]
    (one,) = [one for one in found if (one.layer, one.name) == (layer - 1, name)]
    shown = next(values for caption, values in tables(app).items() if caption.startswith("All "))
    vectors = (one.x, one.normalised, one.output, one.total)
    np.testing.assert_array_equal(shown[:, :4].T, [vector[2] for vector in vectors])
    np.testing.assert_array_equal(shown[:, 4:].T, [one.norm.gain, one.norm.bias])
    measured = next(values for caption, values in tables(app).items() if caption.startswith("Mean, variance"))
    x = moments(one.x[2])
    np.testing.assert_allclose(measured[0], [x.mean, x.variance, x.length], rtol=1e-5)
    np.testing.assert_allclose(measured[1, :2], [0, 1], atol=1e-3)
    written = said(app, "latex")
    assert rf"\mathbf{{{float(one.normalised[2, 6]):.3f}}}" in written
    assert rf"\mathbf{{{float(one.x[2, 6]) + float(one.output[2, 6]):.3f}}}" in written


def test_what_was_added_is_measured_for_a_word_of_each_stack(trace: Trace) -> None:
    app = open_page(query="2", other="4", dim="5")
    shown = [values for caption, values in tables(app).items() if "lengths before" in caption]
    lines = [line.split("=") for line in said(app, "latex").splitlines() if "scriptsize" in line]
    sums = [([float(term) for term in NUMBER.findall(left)], float(NUMBER.findall(right)[0])) for left, right in lines]
    for stack, token, values in zip(("encoder", "decoder"), (1, 3), shown, strict=True):
        measured = additions(sub_layers(trace, stack), token)  # type: ignore[arg-type]
        expected = [[one.before, one.added, one.after, one.ratio, one.cosine] for one in measured]
        np.testing.assert_allclose(values, expected, rtol=1e-5)
        last = [stream for name, stream in trace.residual.items() if name.startswith(stack)][-1]
        terms, total = sums.pop(0)
        assert len(terms) == len(measured) + 1
        assert sum(terms) == pytest.approx(total, abs=0.01)
        assert total == pytest.approx(float(last[token, 4]), abs=0.01)


def test_the_badge_and_the_predicted_vector_follow_the_model() -> None:
    app = open_page(layer="2", query="3")
    assert TEXTS("block.order_own") in said(app, "latex")
    for choice, right in (("total", True), ("output", False), ("normalised", False)):
        radio(app, "next").set_value(choice)
        app.run()
        (verdict,) = app.success if right else app.error
        assert TEXTS("lesson.right" if right else "lesson.wrong") in verdict.value


def test_the_longest_addition_is_computed_and_differs_between_words(trace: Trace) -> None:
    answers = set()
    for layer, token in ((1, 2), (2, 2), (3, 2), (1, 4)):
        app = open_page(layer=str(layer), query=str(token))
        measured = [one for one in additions(sub_layers(trace, "encoder"), token - 1) if one.layer == layer - 1]
        longest = max(measured, key=lambda one: one.added)
        for one in measured:
            radio(app, "most").set_value(one.name)
            app.run()
            (verdict,) = app.success if one is longest else app.error
            assert f"{one.added:.2f}" in verdict.value
            assert f"{longest.added:.2f}" in verdict.value
        answers.add(radio(app, "most").key)
    assert len(answers) > 1  # another layer or word asks again


def test_the_batch_is_the_seeds_and_both_norms_are_the_concepts() -> None:
    app = open_page(mates="3.4", batch_seed="7")
    found = compare(drawn_batch(7), (2, 3))
    _, arrays = sent(app, "equation")[0]
    for name in ("x", "layer", "batch"):
        np.testing.assert_allclose(arrays[name], getattr(found, name), atol=1e-6)
    assert [metric.value for metric in app.metric] == ["0", f"{found.batch_change:.2f}"]
    assert app.query_params["mates"] == "3.4"


def test_the_whole_batch_changes_nothing_and_a_lone_sentence_has_a_norm() -> None:
    assert [metric.value for metric in open_page(mates="2.3.4").metric] == ["0", "0"]
    alone = open_page(mates="none")
    _, arrays = sent(alone, "equation")[0]
    assert arrays["batch"].shape == (2, 4)
    assert np.isfinite(arrays["batch"]).all()


def test_taking_a_mate_out_writes_the_link() -> None:
    app = open_page()
    pills = app.pills(key="mates")
    pills.set_value([1, 3]).run()
    assert app.query_params["mates"] == "2.4"
    pills = app.pills(key="mates")
    pills.set_value([]).run()
    assert app.query_params["mates"] == "none"


def test_who_moves_is_computed() -> None:
    app = open_page()
    for choice in ("batch", "layer", "both", "neither"):
        radio(app, "mate_leaves").set_value(choice)
        app.run()
        assert bool(app.success) is (choice == "batch")
        assert bool(app.error) is (choice != "batch")
    # four equal sentences: whoever leaves, mean and variance stay
    same = "_".join(["1,2,3,5", "-1,0,2,4"] * 4)
    app = open_page(batch=same, mates="2.3.4")
    radio(app, "mate_leaves").set_value("neither")
    app.run()
    assert app.success
    app = open_page(mates="none")
    radio(app, "mate_comes").set_value("batch")
    app.run()
    assert app.success


@pytest.mark.parametrize("way", ["n_minus_1", "columns", "no_mean"])
def test_each_mistake_shows_its_own_numbers(way: str) -> None:
    app = open_page(wrong_norm=way, mates="2.3")
    found = compare(drawn_batch(1), (1, 2))
    _, arrays = sent(app, "equation")[1]
    np.testing.assert_allclose(arrays["right"], found.layer, atol=1e-6)
    np.testing.assert_allclose(arrays["wrong"], wrong_norm(found.x, way), atol=1e-6)  # type: ignore[arg-type]


def test_depth_is_set_by_the_link_and_the_link_by_the_widgets() -> None:
    app = open_page(depth="6", depth_seed="3", depth_norm="on")
    assert "After 6 layers" in said(app, "latex")
    assert app.toggle(key="depth_norm").value is True
    app.toggle(key="depth_norm").set_value(False).run()
    assert "depth_norm" not in app.query_params
    app.select_slider(key="depth").set_value(2).run()
    assert app.query_params["depth"] == "2"
    app.number_input(key="dim").set_value(9).run()
    assert app.query_params["dim"] == "9"
    app.selectbox(key="query").set_value(4).run()
    assert app.query_params["query"] == "4"


def test_nonsense_in_the_link_gives_the_defaults_and_says_so() -> None:
    bad = {"mates": "2.2", "batch": "1,2", "batch_seed": "-1", "wrong_norm": "x", "depth": "0", "sublayer": "y"}
    app = open_page(**bad)
    (hint,) = app.info
    assert all(name in hint.value for name in bad)
    _, arrays = sent(app, "equation")[0]
    np.testing.assert_allclose(arrays["x"], compare(drawn_batch(1), (1,)).x)


def test_without_a_sentence_the_rest_is_still_there() -> None:
    app = open_page(text=" ")
    assert app.info
    assert [header.value for header in app.header] == [TEXTS(f"block.{key}_title") for key in ("batch", "depth")]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_trial_runs_are_those_of_the_decision(language: str) -> None:
    decision = (ROOT / "docs" / "decisions" / "0004-pre-norm.md").read_text(encoding="utf-8")
    prose = lesson(language, "block_order")

    def rows(text: str) -> list[list[str]]:
        cells = [line.strip("| ").split("|")[1:] for line in text.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in row] for row in cells][2:]

    assert rows(prose) == rows(decision)


@pytest.mark.usefixtures("other_models")
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(("sublayer", "name"), [("attention", "self"), ("feed_forward", "feed_forward")])
def test_a_model_that_normalises_the_sum_is_shown_as_one(
    post_norm: Model, monkeypatch: pytest.MonkeyPatch, sublayer: str, name: str, language: str
) -> None:
    sentence = "The snake is dangerous ."
    monkeypatch.setattr(models, "load_model", lambda _: post_norm)
    app = open_page(text=sentence, layer="2", query="2", sublayer=sublayer, lang=language)
    texts, trace = Texts(language), attnviz.trace(post_norm, sentence)
    after = trace.residual[f"encoder.1.{name}"][1]  # what the next sub-layer gets
    found = next(one for one in sub_layers(trace, "encoder") if (one.layer, one.name) == (1, name))
    caption = texts("block.all_numbers", count=30)
    ((message, arrays),) = [one for one in sent(app, "table") if one[0]["caption"] == caption]
    assert message["columns"][3] == texts("block.row_normalised_post")
    np.testing.assert_allclose(arrays["values"][:, 3], after, atol=2e-5)
    np.testing.assert_allclose(arrays["values"][:, 2], arrays["values"][:, 0] + arrays["values"][:, 1], atol=1e-5)
    np.testing.assert_array_equal(arrays["values"][:, 1], found.output[1])
    asked = radio(app, "next")
    asked.set_value("normalised").run()
    assert not app.exception
    assert texts("block.word_post_text", word="", sublayer="", layer=2, count=30)[-20:] in said(app, "latex")
