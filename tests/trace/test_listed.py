"""Models of others: what the owner lists and what was fetched become rows; nothing else does."""

import json
import logging
import runpy
from pathlib import Path

import pytest

from attnviz.model import place
from attnviz.trace import listed as module
from attnviz.trace.listed import NOTE, VARIABLE, Listed, listed
from attnviz.trace.models import MODELS, choosable, find, others


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secret place" / "mine"
    made.mkdir(parents=True)
    (made / "config.json").write_text(json.dumps({"model_type": "bert", "num_hidden_layers": 6, "n_head": 12}))
    return made


def test_the_owner_lists_repositories_and_folders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f" gpt=hf:openai/gpt2@v1.0 , mine=hf:{folder},")
    assert listed() == (
        Listed("gpt", "hf:openai/gpt2", "v1.0", "openai/gpt2", ""),
        Listed("mine", f"hf:{folder}", None, "mine", "bert, 6 × 12"),
    )
    assert choosable()[-2:] == ("gpt", "mine")
    row = find("mine")
    assert row and row.kind == "other" and not row.is_ours and not row.translates


def test_another_folder_can_hold_what_was_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for named, folder in ((str(tmp_path), tmp_path), ("", place.PROJECT / "models")):
        monkeypatch.setenv("ATTNVIZ_FETCHED", named)
        assert runpy.run_path(place.__file__)["MODELS"] == folder


NO_ENTRIES = ["gpt2", "=hf:a/b", "../x=hf:a/b", "x=a/b", "x=hf:", "x=hf:a/b@", "é=hf:a/b"]


@pytest.mark.parametrize("entry", [*NO_ENTRIES, "a b=hf:a/b", "x" * 65 + "=hf:a/b"])
def test_what_is_no_entry_is_left_out_and_logged(
    entry: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, f"{entry},good=hf:a/b")
    with caplog.at_level(logging.WARNING):
        assert [one.alias for one in listed()] == ["good"]
    assert repr(entry) in caplog.text


def test_our_own_names_stay_ours_and_the_first_of_two_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "translator=hf:a/b,x=hf:a/first,x=hf:a/second")
    assert [row.folder for row in others()] == ["hf:a/first"]
    row = find("translator")
    assert row and row.is_ours
    assert choosable()[0] == MODELS[0].name


def test_what_was_fetched_is_a_row_as_soon_as_it_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FETCHED", folder.parent)
    assert listed() == ()  # a folder without a note is none, and half of one never has one
    note = {"repository": "some/one", "revision": "abc", "copy": "a 4-bit copy"}
    (folder / NOTE).write_text(json.dumps(note))
    assert listed() == (Listed("mine", f"hf:{folder}", None, "some/one", "bert, 6 × 12", "a 4-bit copy"),)


@pytest.mark.parametrize("config", ["", "[]", "{", '{"model_type": 3}', "[" * 9999])
def test_a_broken_configuration_says_nothing(folder: Path, config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "config.json").write_text(config)
    monkeypatch.setenv(VARIABLE, f"mine=hf:{folder},other=hf:{folder}")
    assert [one.about for one in listed()] == ["", ""]
