"""A widget is heard where it says what is allowed, and a fault in what it calls is kept for the page."""

import logging

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from attnviz.session.callbacks import faults_before, guarded, heard, sent_by, show


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    held: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", held)
    return held


@pytest.mark.parametrize(
    ("allowed", "good", "forged"),
    [
        (range(1, 9), 8, [9, 0, "8", 1.5, float("nan"), None, [9], {"a": 1}]),
        (("a", "b"), "b", ["c", "", None, 3, ["a", "c"], ["c"]]),
        ((1, 2), [2, 1], [[1, 3], "1", ["1"]]),
        ((1, 2), [], [[None]]),
    ],
)
def test_only_what_is_allowed_is_heard(allowed: object, good: object, forged: list[object]) -> None:
    told: list[object] = []
    called = heard("which", allowed, told.append)  # type: ignore[arg-type]
    for value in forged:
        show("which", value)
        called()
    assert told == []
    show("which", good)
    called()
    assert told == [good]


def test_without_a_list_whatever_is_called_checks_for_itself() -> None:
    told: list[object] = []
    show("line", "any text")
    heard("line", None, told.append)()
    assert told == ["any text"]


def test_a_fault_is_kept_for_the_page_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    def fails(number: int) -> None:
        raise RuntimeError(f"secret {number}")

    with caplog.at_level(logging.ERROR):
        guarded(fails)(7)
        show("which", 1)
        heard("which", (1,), fails)()
    first, second = faults_before()
    assert first != second
    assert "secret 7" in caplog.text
    assert first in caplog.text
    assert "secret 1" in caplog.text
    assert faults_before() == ()
    caplog.clear()  # it was meant


def test_what_a_view_sent_is_read_by_name(state: dict[str, object]) -> None:
    state["heads"] = {"pick": {"layer": 2}}
    assert sent_by("heads", "pick") == {"layer": 2}
    assert sent_by("heads", "nothing") is None


def page() -> None:
    import streamlit as st

    from attnviz.session.callbacks import guarded
    from attnviz.ui.faults import new_page

    def fails() -> None:
        raise RuntimeError("secret /path")

    new_page()
    st.button("press", on_click=guarded(fails))


def test_the_page_after_a_fault_in_a_callback_says_its_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.undo()
    app = AppTest.from_function(page).run(timeout=60)
    assert not app.error
    app.button[0].click().run()
    (error,) = app.error
    assert "secret" not in error.value
    logged = next(record for record in caplog.records if record.name == "attnviz.session.callbacks")
    assert isinstance(logged.args, tuple)
    assert str(logged.args[0]) in error.value
    caplog.clear()
