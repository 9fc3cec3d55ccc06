"""Averaging to attention through app.py: its numbers are the concept's, its settings live in the URL."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.concepts.averaging import STAGES, Numbers, mixed, undivided
from attnviz.lessons.averaging import shared as page
from attnviz.session.catalog import Texts
from attnviz.session.matrices import array
from tests import opened

OURS = Numbers(*(np.array(setting.default) for setting in (page.X, page.W_Q, page.W_K, page.W_V)))
open_page = partial(opened.open_page, "averaging")


def shown_by(app: AppTest) -> dict[str, dict[str, np.ndarray]]:
    """Matrices by what the equation shows: the texts of its label."""
    return {values["label"]: arrays for values, arrays in opened.sent(app, "equation")}


def label(name: str, language: str = "en") -> str:
    return Texts(language)(f"averaging.{name}")


def same(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(found, expected.astype(np.float32))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_in_each_language_shows_the_concepts_numbers(stage: Any, language: str) -> None:
    app = open_page(stage=stage, lang=language)
    assert not app.error
    assert not app.info
    shown, expected = shown_by(app), mixed(OURS, stage)
    mix = shown[label("matrix_output", language)]
    same(mix["weights"], expected.weights)
    same(mix["output"], expected.head_output)
    same(mix["value" if stage == "roles" else "x_value" if stage == "dots" else "x"], expected.value)
    if stage != "mean":
        same(mix["masked_scores"], expected.masked_scores)
    if stage in ("dots", "roles"):
        scores = shown[label("matrix_scores", language)]
        same(scores["scores"], expected.scores)
        same(scores["scaled_scores"], expected.scaled_scores)
    if stage == "roles":
        for role in ("query", "key", "value"):
            same(shown[label(f"matrix_{role}", language)][role], getattr(expected, role))
    for other in STAGES:
        same(shown[label(f"{other}_name", language)]["weights"], mixed(OURS, other).weights)


def test_the_published_numbers_at_a_press(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["karpathy.tril_average"]["value"]
    app = open_page(stage="zeros", wq="1,2_3,4").button(key="averaging_notebook").click().run()
    assert app.query_params["x"] == "2,7_6,4_6,5"
    assert "wq" not in app.query_params
    shown = shown_by(app)[label("matrix_output")]
    np.testing.assert_allclose(shown["output"], value["out"], atol=1e-6)
    np.testing.assert_allclose(shown["weights"], value["weights"], atol=1e-6)
    app.button(key="averaging_ours").click().run()
    assert "x" not in app.query_params


def test_fewer_words_leave_the_last_one_chosen() -> None:
    app = open_page(x="2,7_6,4_6,5")
    assert app.segmented_control(key="word").value == "3"


def test_settings_are_written_to_the_link_and_come_back_from_it() -> None:
    app = open_page()
    app.segmented_control(key="stage").set_value("roles").run()
    assert app.query_params["stage"] == "roles"
    restored = open_page(stage="roles", word="2", slip="undivided", x="1,2_3,4_5,6", wv="2,0_0,2")
    numbers = Numbers(np.array([[1, 2], [3, 4], [5, 6.0]]), OURS.W_Q, OURS.W_K, 2 * np.eye(2))
    same(shown_by(restored)[label("matrix_output")]["output"], mixed(numbers, "roles").head_output)
    wrong = undivided(mixed(numbers, "roles"))
    with np.errstate(over="ignore"):
        same(shown_by(restored)[label("slip_title")]["weights"], wrong.weights)
    assert restored.session_state["word"] == "2"


def test_an_edit_is_written_to_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, str] = {}
    monkeypatch.setattr("attnviz.session.settings.st.query_params", written)
    page.EDIT("x", 1, 0, 4.25)
    page.EDIT("W_K", 0, 1, -3.0)
    assert written == {"x": "2,0_4.25,1_1,2_2,1", "wk": "1,-3_1,0"}
    assert array(page.X)[1, 0] == 4.25
    page.EDIT("x", 0, 0, 1e9)  # more than allowed: nothing is written
    assert written["x"] == "2,0_4.25,1_1,2_2,1"


@pytest.mark.parametrize(
    ("name", "value"),
    [("stage", "five"), ("word", "9"), ("x", "1,2"), ("x", "nan,1_2,3"), ("wq", "1,2,3_4,5,6"), ("slip", "<b>")],
)
def test_nonsense_gives_the_default_and_a_word_about_it(name: str, value: str) -> None:
    app = open_page(**{name: value})
    assert name in app.info[0].value
    same(shown_by(app)[label("matrix_output")]["output"], mixed(OURS, "mean").head_output)


@pytest.mark.parametrize("stage", STAGES)
def test_largest_numbers_are_no_fault(stage: str) -> None:
    app = open_page(stage=stage, slip="undivided", x="9,9_-9,9_9,9", wq="9,9_9,9", wk="9,9_9,9")
    assert not app.error


QUESTIONS = {"mean": "mean", "zeros": "fives", "dots": "reach", "roles": "back"}


def asked(app: AppTest, question: str) -> Any:
    return next(radio for radio in app.radio if radio.key.startswith(f"averaging_{question}_"))


@pytest.mark.parametrize("stage", STAGES)
def test_each_answer_is_told_why(stage: str) -> None:
    app = open_page(stage=stage)
    radio = asked(app, QUESTIONS[stage])
    assert len(radio.options) >= 2
    right = {"mean": "3.00", "zeros": "0.25   0.25   0.25   0.25", "dots": "Only sleepy", "roles": "−4.00"}[stage]
    for option in radio.options:
        answered = asked(app, QUESTIONS[stage]).set_value(option).run()
        said = [*answered.success] if option == right else [box for box in answered.error]
        assert len(said) == 1, option
        assert len(said[0].value) > 30
        assert "{" not in said[0].value


def test_other_numbers_have_other_answers() -> None:
    first = asked(open_page(), "mean")
    other = asked(open_page(x="4,0_0,1_1,2_2,1"), "mean")
    assert first.key != other.key
    assert "3.67" in other.options
    assert "3.67" not in first.options


def test_what_is_forgotten_breaks_something() -> None:
    wrong = shown_by(open_page(stage="roles"))[label("slip_title")]
    assert (wrong["weights"][np.triu_indices(4, 1)] > 0).all()
    wrong = shown_by(open_page(slip="undivided"))[label("slip_title")]
    np.testing.assert_allclose(wrong["weights"].sum(axis=1), [1, 2, 3, 4])
