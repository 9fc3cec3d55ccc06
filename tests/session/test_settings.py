"""Settings of one page: the URL holds them, and nothing that a link or a browser says is trusted."""

from typing import Any

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from attnviz.session.pages import arrived
from attnviz.session.settings import Setting, decimal, declare, flag, line, new_sentence, one_of, whole

SETTINGS: dict[str, Setting[Any]] = {
    "count": whole("count", 4, 1, 64),
    "shift": whole("shift", 0, -9, 9),
    "heat": decimal("heat", 1.0, 0.01, 100),
    "way": one_of("way", "row", "column", "all"),
    "on": flag("on"),
    "second": line("second", "home go I", 40),
}


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    params: dict[str, str] = {}
    monkeypatch.setattr(st, "query_params", params)
    return params


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_without_a_link_there_is_the_default(setting: Setting[object], url: dict[str, str]) -> None:
    assert setting.value == setting.default
    assert not setting.is_refused


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "64", 64),
        ("shift", "-9", -9),
        ("heat", "0.5", 0.5),
        ("heat", "1e2", 100.0),
        ("way", "all", "all"),
        ("on", "on", True),
        ("second", "<b> & 나", "<b> & 나"),
    ],
)
def test_what_is_allowed_is_read(name: str, text: str, value: object, url: dict[str, str]) -> None:
    url[name] = text
    assert SETTINGS[name].value == value
    assert not SETTINGS[name].is_refused


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("count", text) for text in ("0", "65", "4.0", "", "abc", "９", "1" * 400, "--4", "+4", "../../etc")),
        *(("heat", text) for text in ("nan", "inf", "-1", "", "1_0", "0x1", "9" * 400, "0.001")),
        *(("way", text) for text in ("", "rows", "ROW")),
        *(("on", text) for text in ("1", "true", "")),
        ("second", "x" * 41),
    ],
)
def test_anything_else_is_refused_and_becomes_the_default(name: str, text: str, url: dict[str, str]) -> None:
    url[name] = text
    assert SETTINGS[name].is_refused
    assert SETTINGS[name].value == SETTINGS[name].default


def test_the_default_leaves_the_link_short(url: dict[str, str]) -> None:
    SETTINGS["count"].set(9)
    assert url == {"count": "9"}
    SETTINGS["count"].set(4)
    assert url == {}


@pytest.mark.parametrize(("name", "value"), [("count", 65), ("count", None), ("heat", float("nan")), ("way", "x")])
def test_what_is_not_allowed_is_not_written(name: str, value: object, url: dict[str, str]) -> None:
    url[name] = before = "2" if name == "count" else "1"
    SETTINGS[name].set(value)
    assert url == {name: before}


@given(some.text(max_size=60))
def test_no_text_can_break_a_reader(text: str) -> None:
    for setting in SETTINGS.values():
        value = setting.read(text)
        assert value is None or setting.read(setting.write(value)) == value


def test_a_name_that_all_pages_share_is_refused() -> None:
    with pytest.raises(ValueError, match="layer"):
        whole("layer", 1, 1, 4)
    with pytest.raises(ValueError, match="default"):
        whole("count", 0, 1, 4)


def test_another_sentence_takes_back_what_spoke_of_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Address(dict[str, str]):
        def to_dict(self) -> dict[str, str]:
            return dict(self)

        def from_dict(self, params: dict[str, str]) -> None:
            self.clear()
            self.update(params)

    url = Address(lang="en", at="5", count="9", layer="2", query="4")
    monkeypatch.setattr(st, "query_params", url)
    monkeypatch.setattr(st, "session_state", {})
    arrived("translate")
    declare(whole("at", 0, 0, 9, of_sentence=True), SETTINGS["count"])
    new_sentence("I go home")
    assert url == {"text": "I go home", "lang": "en", "count": "9", "layer": "2"}
    arrived("position")  # where "at" is another thing
    url["at"] = "7"
    new_sentence("home go I", layer=0)
    assert url == {"text": "home go I", "lang": "en", "count": "9", "at": "7"}
