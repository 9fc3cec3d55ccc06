"""Streamlit ignores an option it does not know: these tests notice when one is renamed or loses its effect."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit import config
from streamlit.config_option import ConfigOption
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from streamlit.testing.v1.util import patch_config_options

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / ".streamlit" / "config.toml"


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


WRITTEN = dict(flat(tomllib.loads(CONFIG.read_text(encoding="utf-8"))))


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ConfigOption]]:
    """Streamlit's options as a server started in the repository has them."""
    monkeypatch.chdir(ROOT)
    yield config.get_config_options(force_reparse=True)
    monkeypatch.undo()
    config.get_config_options(force_reparse=True)


@pytest.mark.parametrize("name", WRITTEN)
def test_option_exists_and_is_read_from_our_file(name: str, options: dict[str, ConfigOption]) -> None:
    assert name in options, f"{CONFIG}: Streamlit has no option {name}"
    assert options[name].where_defined == str(CONFIG)
    assert options[name].value == WRITTEN[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("runner.postScriptGC", False),
        ("client.showErrorDetails", "none"),
        ("client.toolbarMode", "viewer"),
        ("browser.gatherUsageStats", False),
        ("server.showEmailPrompt", False),
    ],
)
def test_options_with_a_measured_reason_are_set(name: str, value: object) -> None:
    assert WRITTEN[name] == value


def test_messages_and_uploads_are_limited() -> None:
    assert WRITTEN["server.maxMessageSize"] <= 16
    assert WRITTEN["server.maxUploadSize"] <= 1


def test_both_themes_set_the_same_options() -> None:
    names = {
        theme: {key.split(".")[2] for key in WRITTEN if key.startswith(f"theme.{theme}.")}
        for theme in ("light", "dark")
    }
    assert names["light"] == names["dark"]


def page() -> None:
    import streamlit as st

    st.write("one run of a script")


@pytest.mark.parametrize("collects", [False, True])
def test_garbage_is_collected_after_a_run_only_if_the_hidden_option_says_so(
    collects: bool, options: dict[str, ConfigOption], monkeypatch: pytest.MonkeyPatch
) -> None:
    # True is the counter-check: were the option ignored, or the collection moved, it would fail.
    # AppTest's runner leaves the collection out; the server's own end of a run is put back.
    monkeypatch.setattr(LocalScriptRunner, "_on_script_finished", ScriptRunner._on_script_finished)
    collections: list[int] = []
    monkeypatch.setattr(script_runner, "gc", SimpleNamespace(collect=collections.append))
    with patch_config_options({"runner.postScriptGC": True} if collects else {}):
        app = AppTest.from_function(page).run(timeout=30)
    assert app.markdown[0].value == "one run of a script"
    assert collections == ([2] if collects else [])
