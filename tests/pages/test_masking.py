"""The Masking page through app.py: it shows the concepts' own numbers, and its link holds what was chosen."""

from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import Model
from attnviz.concepts.masking import (
    breaking_gap,
    change_target,
    in_one_batch,
    named_mask,
    padded_calls,
    replaced,
    ways_in_head,
    ways_of_row,
)
from attnviz.concepts.wrong_ways import MASKINGS
from attnviz.lessons.masking.shared import SETTINGS, WAYS, Window
from attnviz.session.catalog import Texts
from attnviz.session.numerals import tiny
from tests import opened
from tests.opened import said

SENTENCE, SECOND = "I go home because it is late .", "Go !"
HEAD = {"layer": "2", "head": "4"}
open_page = partial(opened.open_page, "masking", text=SENTENCE, **HEAD)


def matrices(app: AppTest) -> dict[str, np.ndarray]:
    """Return all matrices on the page by name: "mask", "mask.masked", ..."""
    return {name: array for _, arrays in opened.sent(app, "equation") for name, array in arrays.items()}


def test_it_opens_where_the_loss_of_a_wrong_way_shows() -> None:
    arrays = matrices(opened.open_page("masking"))
    np.testing.assert_allclose(arrays["minus_inf"].sum(axis=1), 1, atol=1e-6)
    assert arrays["zero_after"].sum(axis=1).min() < 0.5


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_opens_on_the_models_own_numbers(language: str, model: Model) -> None:
    app = open_page(lang=language, shown="16")
    arrays, trace = matrices(app), attnviz.trace(model, SENTENCE)
    size = len(trace.tokens)
    ways = ways_in_head(trace.encoder_self[1], 3, named_mask("causal", size))
    for name in WAYS.default:
        np.testing.assert_array_equal(arrays[name], ways[name].weights.astype(np.float32))  # type: ignore[index]
    np.testing.assert_array_equal(arrays["minus_inf_scores"], ways["minus_inf"].scores.astype(np.float32))
    assert np.isneginf(arrays["minus_inf_scores"][0, 1:]).all()
    mask = named_mask("both", size, 2)
    head = padded_calls(model, SENTENCE, trace.target, "encoder_self", 2)[1].head(3, mask)
    np.testing.assert_array_equal(arrays["mask"], mask)
    np.testing.assert_array_equal(arrays["weights"], head.weights)
    short = in_one_batch(model, SENTENCE, "The cat sleeps .")[1]
    np.testing.assert_allclose(arrays["alone"], short.alone[1, 3], atol=1e-7)
    np.testing.assert_allclose(arrays["masked"][:, :-1], short.masked[1, 3, :, : len(short.labels)], atol=1e-7)
    np.testing.assert_allclose(arrays["open"].sum(axis=1), 1, atol=1e-6)
    shown = {metric.value for metric in app.metric}
    assert {tiny(short.with_mask.output), tiny(short.without_mask.output), tiny(short.without_mask.weights)} <= shown
    changed = change_target(model, SENTENCE, trace.target, replaced(trace.target, 2, "Katze"))
    assert changed is not None
    assert tiny(changed.with_mask.word_by_word) in said(app)
    assert tiny(changed.without_mask.word_by_word) in said(app)
    assert not app.info


def test_a_long_sentence_shows_a_part_and_adds_up_the_rest(model: Model) -> None:
    text = "word " * 128
    app = open_page(text=text, first="100", shown="5")
    arrays = matrices(app)
    trace = attnviz.trace(model, text)
    size = len(trace.tokens)
    own = ways_in_head(trace.encoder_self[1], 3, named_mask("causal", size))["zero_after"]
    assert arrays["zero_after"].shape == (5, 6)
    np.testing.assert_allclose(arrays["zero_after"].sum(axis=1), own.row_sums[99:104], atol=1e-6)
    np.testing.assert_allclose(arrays["zero_after"][:, :5], own.weights[99:104, 99:104], atol=1e-7)
    assert arrays["mask"].shape == (7, 7)
    assert arrays["weights"].shape == (7, 8)
    assert f"100 to 104 of {size}" in said(app)
    assert size == 129


def test_the_rest_of_a_row_is_hidden_only_if_all_of_it_is() -> None:
    window, mask = Window(1, 3, 5), named_mask("both", 5, 2)
    hidden = window.shown(~mask, padding=2, add=True)
    assert hidden.shape == (4, 5)
    np.testing.assert_array_equal(hidden[0], [False, True, False, True, True])  # its first key is left open
    assert window.labels("abcdePQ", "more") == ["b", "c", "more", "P", "Q"]
    values = np.arange(49.0).reshape(7, 7)
    np.testing.assert_array_equal(
        window.shown(values, padding=2, add=True).sum(axis=1), values[[1, 2, 5, 6]].sum(axis=1)
    )


@pytest.mark.parametrize("part", ["decoder_self", "cross"])
def test_the_decoder_has_a_mask_of_its_own(part: str, model: Model) -> None:
    app = open_page(part=part, shown="16")
    own = attnviz.trace(model, SENTENCE).decoder_self[1].weights[3]
    np.testing.assert_allclose(matrices(app)["minus_inf"], own, atol=1e-7)
    assert (Texts("en")("masking.no_cross") in said(app)) == (part == "cross")


def test_what_is_chosen_is_in_the_link() -> None:
    app = open_page()
    app.pills(key="ways").set_value(["zero_before", "minus_inf"]).run()
    assert app.query_params["ways"] == "minus_inf.zero_before"
    assert {"minus_inf", "zero_before"} <= set(matrices(app))
    assert "zero_after" not in matrices(app)
    app.text_input(key="second").set_value(SECOND).run()
    assert app.query_params["second"] == SECOND
    app.text_input(key="word").set_value("Hund").run()
    app.selectbox(key="place").set_value(2).run()
    assert (app.query_params["word"], app.query_params["place"]) == ("Hund", "2")
    app.button(key="masking_row_1, 2").click().run()
    assert app.query_params["scores"] == "1,2"
    assert not app.exception


def test_a_link_restores_what_was_chosen(model: Model) -> None:
    settings = {"ways": "zero_before.minus_100", "scores": "-150,3", "precision": "float64", "mask": "padding"}
    app = open_page(**settings, second=SECOND, place="1", word="Hund", drawn="2-3", shown="16")
    arrays = matrices(app)
    assert "zero_before" in arrays
    assert "minus_inf" not in arrays
    found = ways_of_row((-150, 3), (False, True), "float64")
    np.testing.assert_allclose(
        arrays["row_weights"], np.concatenate([found[name].weights for name in MASKINGS]), atol=1e-30
    )
    expected = named_mask("padding", len(attnviz.trace(model, SENTENCE).tokens), 2).copy()
    expected[1, 2] = False
    np.testing.assert_array_equal(arrays["mask"], expected)
    app.button(key="masking_undo").click().run()
    assert "drawn" not in app.query_params
    assert matrices(app)["mask"][1, 2] == 1


def test_nonsense_in_the_link_is_told_and_gives_the_defaults() -> None:
    nonsense = {
        "ways": "minus_inf.all", "shown": "99", "first": "0", "whole": "x", "scores": "1,2,3", "precision": "half",
        "mask": "x", "second": "x" * 401, "place": "-1", "word": "x" * 61,
    }  # fmt: skip
    assert set(nonsense) == {setting.name for setting in SETTINGS}
    app = open_page(**nonsense)
    assert all(name in app.info[0].value for name in nonsense)
    assert set(WAYS.default) <= set(matrices(app))


def test_dividing_gives_not_a_number_and_says_why() -> None:
    app = open_page()
    weights = matrices(app)["row_weights"]
    np.testing.assert_array_equal(np.isnan(weights).any(axis=1), [name == "renormalised" for name in MASKINGS])
    assert "0 ÷ 0" in said(app)
    assert "0 ÷ 0" not in said(open_page(precision="float64"))


def test_a_row_that_may_look_at_nothing_is_explained() -> None:
    assert "NaN" not in said(open_page(mask="none"))
    app = open_page(mask="causal", drawn="1-1", shown="16")
    assert np.isnan(matrices(app)["weights"][0]).all()
    assert "**I**" in app.warning[0].value
    assert "NaN" in app.warning[0].value


def chosen(app: AppTest, key: str, name: str) -> tuple[str, bool]:
    """Choose an answer; return what is said about it, and whether it is right."""
    (radio,) = [radio for radio in app.radio if f"_{key}_" in radio.key]
    radio.set_value(name).run()
    assert not app.exception
    boxes = [*app.success, *app.error]
    assert len(boxes) == 1
    said, right = boxes[0].value, bool(app.success)
    (radio,) = [radio for radio in app.radio if f"_{key}_" in radio.key]
    radio.set_value(None).run()
    return said, right


def test_every_answer_gets_its_reason(model: Model) -> None:
    app = open_page(second=SECOND)
    trace = attnviz.trace(model, SENTENCE)
    changed = change_target(model, SENTENCE, trace.target, replaced(trace.target, len(trace.target_words) - 1, "?"))
    assert changed is not None
    answers = {
        "sums": "last",
        "gap": str(breaking_gap("float64")),
        "adds": "0",
        "who": "short",
        "last": str(int(changed.with_mask.changed.sum())),
    }
    asked = {radio.key.split("_")[1]: radio.options for radio in app.radio}
    assert set(asked) == set(answers)
    names = {"sums": ["first", "last", "several", "none"], "who": ["short", "long", "both", "neither"]}
    for key, answer in answers.items():
        offered = names.get(key, asked[key])
        reasons = {name: chosen(app, key, name) for name in offered}
        assert [name for name, (_, right) in reasons.items() if right] == [answer]
        assert all(len(said) > 30 for said, _ in reasons.values())


def test_answers_change_with_the_numbers() -> None:
    float64 = open_page(precision="float64")
    assert chosen(float64, "gap", str(breaking_gap("float32")))[1]
    longer = open_page(second="This sentence is much longer than the one that is typed above , is it not ?")
    said, right = chosen(longer, "who", "short")  # now the typed sentence is the shorter one
    assert right
    assert (
        tiny(in_one_batch(attnviz.load_model(), SENTENCE, longer.text_input(key="second").value)[0].without_mask.output)
        in said
    )


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"second": " "}, "Type a second sentence"),
        ({"second": SENTENCE}, "nothing to fill up"),
        ({"word": " "}, "Type another word"),
        ({"text": "Go", "part": "decoder_self", "second": "Go"}, "nothing to fill up"),
    ],
)
def test_what_cannot_be_shown_is_explained(params: dict[str, str], told: str) -> None:
    assert told in said(open_page(**params))


def test_hostile_words_are_shown_as_they_are() -> None:
    app = open_page(text="<b>bold</b> $x$ *y*", second="[a](b) 😀", word="**<i>$z$**")
    assert "~~ **\\*\\*\\<i\\>\\$z\\$\\*\\***" in said(app)
    assert "<" in opened.sent(app, "equation")[0][0]["items"][0]["rows"]


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0"), (0.25, "0.250"), (4.56e-7, "4.6 × 10⁻⁷"), (1, "1.00"), (12345, "1.2 × 10⁴")]
)
def test_numbers_of_any_size(number: float, written: str) -> None:
    assert tiny(number) == written
