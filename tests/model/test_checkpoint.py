"""Safe checkpoints: what is broken never loads, and the message says what mends it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import attnviz
from attnviz.model import checkpoint
from attnviz.model.checkpoint import MANIFEST, ModelError, load_checkpoint, save_checkpoint, sha256_of
from attnviz.model.place import WEIGHTS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the translator, in a project of its own."""
    shutil.copytree(WEIGHTS / "translator", tmp_path / "weights" / "translator")
    monkeypatch.setattr(checkpoint, "PROJECT", tmp_path)
    return tmp_path / "weights" / "translator"


def sign(folder: Path) -> None:
    """Make the manifest agree with what now stands in the folder."""
    sums = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({name: sha256_of(folder / name) for name in sums}))


def change_tensors(change: Callable[[dict[str, torch.Tensor]], None]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors")
        sign(folder)

    return damage


def set_nan(tensors: dict[str, torch.Tensor]) -> None:
    tensors["embedding.weight"][7, 7] = torch.nan


def drop_one(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["encoder_norm.bias"]


def add_one(tensors: dict[str, torch.Tensor]) -> None:
    tensors["stranger"] = torch.zeros(3)


def reshape_one(tensors: dict[str, torch.Tensor]) -> None:
    tensors["encoder_norm.bias"] = torch.zeros(3)


def flip_a_bit(folder: Path) -> None:
    path = folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1000] ^= 4
    path.write_bytes(content)


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    sign(folder)


def empty(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")
    sign(folder)


def config_of_another_shape(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"d_ff": config["d_ff"] + 2}))
    sign(folder)


def config_with_a_strange_name(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"stranger": 1}))
    sign(folder)


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")
    sign(folder)


def no_file(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def folder_in_its_place(folder: Path) -> None:
    no_file(folder)
    (folder / "model.safetensors").mkdir()


def no_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    "damage",
    [
        change_tensors(set_nan), change_tensors(drop_one), change_tensors(add_one), change_tensors(reshape_one),
        flip_a_bit, truncate, empty, config_of_another_shape, config_with_a_strange_name, no_tokenizer, no_file,
        folder_in_its_place, no_manifest,
    ],
)  # fmt: skip
def test_a_broken_model_is_refused_with_path_and_remedy(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder)
    with pytest.raises(ModelError) as caught:
        attnviz.load_model(weights=folder.parent)
    assert str(caught.value).startswith("weights/translator/")
    assert str(folder.parent.parent) not in str(caught.value)  # a server's own path is nobody's business
    assert str(caught.value).endswith("git checkout -- weights/translator")
    assert caught.value.path.is_relative_to(folder)
    assert isinstance(caught.value, ValueError)


def test_a_folder_that_is_not_the_projects_own_is_not_to_be_checked_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    no_file(folder)
    with pytest.raises(ModelError, match=r"^translator/model\.safetensors: .* Copy the whole folder"):
        attnviz.load_model(weights=folder.parent)


@pytest.mark.parametrize("name", ["../../etc/passwd", "nobody", ""])
def test_an_unknown_name_is_refused_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(ModelError, match="Choose one of: translator, ") as caught:
        attnviz.load_model(name)
    assert repr(name) in str(caught.value)
    assert "git" not in str(caught.value)
    assert str(WEIGHTS.parent) not in str(caught.value)


def write_config(**values: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | values))
        sign(folder)

    return damage


def nested(file: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / file).write_text("[" * 100_000 + "]" * 100_000)
        if file != MANIFEST:
            sign(folder)

    return damage


HUGE = [
    write_config(**{name: 100_000})
    for name in ("vocabulary_size", "d_model", "n_encoder_layers", "n_decoder_layers", "d_ff")
]


@pytest.mark.parametrize(
    "damage",
    [
        *HUGE,
        write_config(d_model=10**30, n_heads=1), write_config(n_heads=5), write_config(d_ff=True),
        *(write_config(embedding_std=value) for value in (-1, None, "1", True, 1e9)),
        *(write_config(dropout=value) for value in (-0.1, 1, "x")), write_config(norm_first=1),
        nested(MANIFEST), nested("config.json"), nested("tokenizer.json"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["translator", "untrained"])
def test_strange_settings_are_refused(folder: Path, damage: Callable[[Path], None], name: str) -> None:
    damage(folder)
    with pytest.raises(ModelError, match=r"^weights/translator/"):
        attnviz.load_model(name, weights=folder.parent)


@pytest.mark.parametrize("damage", HUGE)
@pytest.mark.parametrize("name", ["translator", "untrained"])
def test_no_memory_is_taken_for_sizes_that_the_file_does_not_have(
    folder: Path, damage: Callable[[Path], None], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a configuration asks for: the only tensors that are made have no memory."""
    damage(folder)
    taken: list[int] = []
    real = torch.empty

    def counted(*sizes: Any, **more: Any) -> torch.Tensor:
        made = real(*sizes, **more)
        taken.append(0 if made.is_meta else made.numel())
        return made

    monkeypatch.setattr(torch, "empty", counted)
    with pytest.raises(ModelError):
        attnviz.load_model(name, weights=folder.parent)
    assert sum(taken) == 0
    monkeypatch.undo()


def test_a_recurrent_configuration_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(WEIGHTS / "recurrent", tmp_path / "weights" / "recurrent")
    monkeypatch.setattr(checkpoint, "PROJECT", tmp_path)
    own = (tmp_path / "weights" / "recurrent" / "config.json").read_text()
    for values in ({"d_hidden": 100_000}, {"embedding_std": -1}, {"attention": 1}, {"dropout": 2}):
        (tmp_path / "weights" / "recurrent" / "config.json").write_text(own)
        write_config(**values)(tmp_path / "weights" / "recurrent")
        with pytest.raises(ModelError, match=r"^weights/recurrent/"):
            attnviz.load_model("recurrent", weights=tmp_path / "weights")


def test_what_is_saved_is_what_loads(folder: Path, tmp_path: Path) -> None:
    own = load_checkpoint(folder)
    save_checkpoint(tmp_path / "again", own.transformer, own.tokenizer)
    again = load_checkpoint(tmp_path / "again").transformer.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in own.transformer.state_dict().items())


def test_the_shipped_model_is_small() -> None:
    assert (WEIGHTS / "translator" / "model.safetensors").stat().st_size <= 13_000_000


def test_the_untrained_model_is_the_same_each_time_and_not_the_trained_one() -> None:
    first, second, trained = (attnviz.load_model(name) for name in ("untrained", "untrained", "translator"))
    for name, value in first.transformer.state_dict().items():
        assert torch.equal(value, second.transformer.state_dict()[name])
        assert value.shape == trained.transformer.state_dict()[name].shape
    assert not torch.equal(first.transformer.embedding.weight, trained.transformer.embedding.weight)
