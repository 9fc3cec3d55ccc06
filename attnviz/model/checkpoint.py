"""Models on disk: safetensors, config.json, tokenizer.json and a manifest of their sha256 sums.

Nothing here can run code from a file, and nothing loads that is not exactly what was saved.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from attnviz.model.config import Config
from attnviz.model.recurrent import RecurrentConfig, RecurrentTranslator
from attnviz.model.transformer import Transformer

Network = TypeVar("Network", Transformer, RecurrentTranslator)
Settings = TypeVar("Settings", Config, RecurrentConfig)

FILES = ("model.safetensors", "config.json", "tokenizer.json")
MANIFEST = "manifest.json"
REMEDY = "Restore the folder with: git checkout -- weights"


class ModelError(ValueError):
    """A model can't be loaded; the message holds the path and what mends it."""

    def __init__(self, path: Path, what: str) -> None:
        """Tell ``what`` is wrong with ``path``."""
        super().__init__(f"{path}: {what}. {REMEDY}")
        self.path = path


class Checkpoint(NamedTuple):
    """A loaded Transformer with its tokenizer."""

    transformer: Transformer
    tokenizer: Tokenizer


class RecurrentCheckpoint(NamedTuple):
    """A loaded recurrent translator with its tokenizer."""

    network: RecurrentTranslator
    tokenizer: Tokenizer


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_checkpoint(folder: Path, network: Transformer | RecurrentTranslator, tokenizer: Tokenizer) -> None:
    """Write all files of a model, in half precision, and their manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(network.config.to_dict(), indent=2) + "\n", encoding="utf-8")
    tokenizer.save(str(folder / "tokenizer.json"))
    sums = {name: sha256_of(folder / name) for name in FILES}
    (folder / MANIFEST).write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")


def load_checkpoint(folder: Path) -> Checkpoint:
    """Load a Transformer for inference, in float32.

    Raises :class:`ModelError` if a file is missing or not the one in the manifest, if a tensor's
    name or shape differs from the configuration's, or if a number is not finite.
    """
    check_manifest(folder)
    config = load_config(folder / "config.json", Config)
    transformer = _with_parameters(Transformer(config), folder / "model.safetensors")
    return Checkpoint(transformer, load_tokenizer(folder / "tokenizer.json", config.vocabulary_size))


def load_recurrent(folder: Path) -> RecurrentCheckpoint:
    """Load a recurrent translator for inference, in float32; raises as :func:`load_checkpoint` does."""
    check_manifest(folder)
    config = load_config(folder / "config.json", RecurrentConfig)
    network = _with_parameters(RecurrentTranslator(config), folder / "model.safetensors")
    return RecurrentCheckpoint(network, load_tokenizer(folder / "tokenizer.json", config.vocabulary_size))


def _with_parameters(network: Network, path: Path) -> Network:
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(path, f"not a readable safetensors file ({error})") from error
    for name, value in state.items():
        if not bool(torch.isfinite(value).all()):
            raise ModelError(path, f"{name} holds numbers that are not finite")
    try:
        network.load_state_dict({name: value.float() for name, value in state.items()}, strict=True)
    except RuntimeError as error:
        raise ModelError(path, f"its tensors are not those of config.json ({error})") from error
    return freeze(network)


def untrained(folder: Path, seed: int) -> Checkpoint:
    """Make a model of the same shape and tokenizer as ``folder``'s with random parameters."""
    check_manifest(folder)
    config = load_config(folder / "config.json", Config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer = Transformer(config)
    return Checkpoint(freeze(transformer), load_tokenizer(folder / "tokenizer.json", config.vocabulary_size))


def freeze(network: Network) -> Network:
    """Switch dropout and gradients off, for good."""
    return network.eval().requires_grad_(False)


def check_manifest(folder: Path) -> None:
    """Compare each file with the manifest; ``ModelError`` on the first that differs."""
    path = folder / MANIFEST
    try:
        sums = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(path, f"the manifest can't be read ({error})") from error
    if not isinstance(sums, dict) or set(sums) != set(FILES):
        raise ModelError(path, f"the manifest must name {', '.join(FILES)}")
    for name in FILES:
        file = folder / name
        if not file.is_file():
            raise ModelError(file, "the file is missing")
        if sha256_of(file) != sums[name]:
            raise ModelError(file, "the file is damaged: its sha256 is not the manifest's")


def load_config(path: Path, kind: type[Settings]) -> Settings:
    """Read config.json; ``ModelError`` when it does not describe a network of this ``kind``."""
    try:
        return kind.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(path, f"not a valid configuration ({error})") from error


def load_tokenizer(path: Path, vocabulary_size: int) -> Tokenizer:
    """Read tokenizer.json; ``ModelError`` when it is broken or of another vocabulary size."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise ModelError(path, f"not a readable tokenizer ({error})") from error
    if tokenizer.get_vocab_size() != vocabulary_size:
        raise ModelError(path, f"{tokenizer.get_vocab_size()} tokens, but config.json has {vocabulary_size}")
    return tokenizer
