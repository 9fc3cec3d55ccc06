"""The Softmax page through app.py: its numbers are the concept's, its settings live in the URL."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.concepts.softmax import coldest, shares, weigh
from attnviz.lessons.softmax import axes
from attnviz.lessons.softmax import shared as row
from attnviz.session.catalog import Texts
from tests import opened
from tests.opened import said

OURS = np.array(row.OURS[0])
GRID = np.array(axes.GRID_OURS)
open_page = partial(opened.open_page, "softmax")


def shown_by(app: AppTest) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of every matrix view and table, by label or caption."""
    assert not app.error
    return {values.get("label") or values["corner"]: arrays for values, arrays in opened.sent(app)}


def label(name: str, language: str = "en") -> str:
    return Texts(language)(f"softmax.{name}")


def same(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(found, np.atleast_2d(expected).astype(np.float32))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_numbers_are_the_concepts(language: str) -> None:
    app = open_page(lang=language)
    assert not app.info
    shown, expected = shown_by(app), shares(OURS)
    same(shown[label("row_label", language)]["weights"], expected.weights)
    ledger = shown[label("keys", language)]["values"]
    for column, name in enumerate(("scores", "divided", "below", "powers", "weights")):
        np.testing.assert_array_equal(ledger[:, column], getattr(expected, name).astype(np.float32))
    same(shown[label("limits_label", language)]["limits"], np.stack([coldest(OURS), expected.weights, [0.2] * 5]))
    same(shown[label("moved_label", language)]["weights"], shares(OURS - 3).weights)
    same(shown[label("axes_label", language)]["weights"], weigh(GRID))
    same(shown[label("axis_title", language)]["weights"], weigh(GRID, "column"))
    same(shown[label("axis_title", language)]["sums"], weigh(GRID, "column").sum(axis=0))
    assert f"**{expected.entropy:.2f}**" in " ".join(text.value for text in app.markdown)


def test_the_published_numbers_at_a_press(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["illustrated_transformer.softmax"]["value"]
    app = open_page().button(key="softmax_scaled").click().run()
    assert (app.query_params["scores"], app.query_params["temperature"]) == ("112,96", "8")
    found = shown_by(app)
    np.testing.assert_allclose(found[label("row_label")]["weights"][0], value["softmax_exact"], atol=1e-7)
    np.testing.assert_allclose(found[label("keys")]["values"][:, 1], value["scaled"])
    app.button(key="softmax_unscaled").click().run()
    unscaled = shown_by(app)[label("row_label")]["weights"][0]
    np.testing.assert_allclose(unscaled, value["softmax_if_unscaled"], rtol=1e-6)
    app.button(key="softmax_ours").click().run()
    assert "scores" not in app.query_params


def test_settings_are_written_to_the_link_and_come_back_from_it() -> None:
    app = open_page()
    app.select_slider(key="temperature").set_value(2.0).run()
    app.select_slider(key="shift").set_value(50).run()
    app.toggle(key="across").set_value(True).run()
    app.segmented_control(key="over").set_value("all").run()
    written = {name: app.query_params[name] for name in ("temperature", "shift", "across", "over")}
    assert written == {"temperature": "2", "shift": "50", "across": "on", "over": "all"}
    restored = shown_by(open_page(**written))
    same(restored[label("row_label")]["weights"], shares(OURS, 2.0).weights)
    same(restored[label("moved_label")]["moved"], OURS + 50)
    same(restored[label("axes_label")]["weights"], weigh(GRID).T)
    np.testing.assert_allclose(restored[label("axes_label")]["weights"].sum(axis=0), 1, rtol=1e-6)
    same(restored[label("axis_title")]["weights"], weigh(GRID, "all"))


def test_edited_numbers_come_from_the_link() -> None:
    found = shown_by(open_page(scores="1,1", grid="0,0,0,0_0,0,0,0_1,2,3,4"))
    np.testing.assert_array_equal(found[label("row_label")]["weights"], [[0.5, 0.5]])
    np.testing.assert_array_equal(found[label("axes_label")]["weights"][0], [0.25] * 4)


def test_an_edit_is_written_to_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, str] = {}
    monkeypatch.setattr("attnviz.session.settings.st.query_params", written)
    row.EDIT("scores", 0, 1, -7.5)
    axes._EDIT("grid", 2, 3, 0.0)
    assert written == {"scores": "2,-7.5,0,-1,3", "grid": "2,0,1,-1_0,3,0,1_1,1,-2,0"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("scores", "1"), ("scores", "1,inf"), ("temperature", "0"), ("shift", "x"), ("grid", "1,2"), ("over", "row")],
)
def test_nonsense_gives_the_default_and_a_word_about_it(name: str, value: str) -> None:
    app = open_page(**{name: value})
    assert name in app.info[0].value
    same(shown_by(app)[label("row_label")]["weights"], shares(OURS).weights)


def test_float32_breaks_where_the_page_says_so() -> None:
    for added, breaks in (("200", True), ("0", False), ("80", False), ("90", True), ("-200", True)):
        assert ("| **NaN** |" in said(open_page(added=added))) == breaks


def asked(app: AppTest, question: str) -> Any:
    return next(radio for radio in app.radio if radio.key.startswith(f"softmax_{question}_"))


@pytest.mark.parametrize(
    ("question", "params", "right"),
    [
        ("double", {}, "It rises above 0.6364"),
        ("double", {"scores": "1,1,1,1"}, "It stays 0.2500"),
        ("nothing", {}, "none of them"),
        ("nothing", {"scores": "0,1000,900", "shift": "0"}, "key 1"),
        ("sum", {}, "1.42"),
        ("sum", {"over": "all"}, "0.12"),
    ],
)
def test_each_answer_is_told_why(question: str, params: dict[str, str], right: str) -> None:
    app = open_page(**params)
    options = asked(app, question).options
    assert right in options
    assert len(options) >= 2
    for option in options:
        answered = asked(app, question).set_value(option).run()
        boxes = [*answered.success] if option == right else [*answered.error]
        assert len(boxes) == 1, option
        assert "{" not in boxes[0].value
        assert any(character.isdigit() for character in boxes[0].value)


def test_largest_numbers_are_no_fault() -> None:
    open_page(scores="1000,-1000,0", temperature="0.05", shift="100", grid="100,-100,0,0_0,0,0,0_0,0,0,0", over="all")


def test_a_sum_too_large_for_float32_is_no_agreement() -> None:
    app = open_page(scores="3,3,3", added="85")  # each power still fits, their sum does not
    lines = " ".join(box.value for box in app.markdown)
    assert Texts("en")("softmax.overflow_broken", largest="88", limit="88.7", difference="") in lines
    assert "| sum |  | **∞** | 0 |" in lines
