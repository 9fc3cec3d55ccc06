"""Safe checkpoints: what is broken never loads, and the message says what mends it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import attnviz
from attnviz.model.checkpoint import MANIFEST, ModelError, load_checkpoint, save_checkpoint, sha256_of
from attnviz.trace.run import WEIGHTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(WEIGHTS / "translator", tmp_path / "translator")
    return tmp_path / "translator"


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
    assert str(folder) in str(caught.value)
    assert "git checkout" in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ModelError, match="no model of that name"):
        attnviz.load_model("../../etc/passwd")


def test_what_is_saved_is_what_loads(folder: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(folder)
    save_checkpoint(tmp_path / "again", checkpoint.transformer, checkpoint.tokenizer)
    again = load_checkpoint(tmp_path / "again").transformer.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in checkpoint.transformer.state_dict().items())


def test_the_shipped_model_is_small() -> None:
    assert (WEIGHTS / "translator" / "model.safetensors").stat().st_size <= 13_000_000


def test_the_untrained_model_is_the_same_each_time_and_not_the_trained_one() -> None:
    first, second, trained = (attnviz.load_model(name) for name in ("untrained", "untrained", "translator"))
    for name, value in first.transformer.state_dict().items():
        assert torch.equal(value, second.transformer.state_dict()[name])
        assert value.shape == trained.transformer.state_dict()[name].shape
    assert not torch.equal(first.transformer.embedding.weight, trained.transformer.embedding.weight)
