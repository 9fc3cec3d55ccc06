"""Models on disk: safetensors, config.json, tokenizer.json and a manifest of their sha256 sums.

Nothing here can run code from a file, and nothing loads that is not exactly what was saved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from attnviz.model.config import Config
from attnviz.model.place import INSTALLED, PROJECT
from attnviz.model.recurrent import RecurrentConfig, RecurrentTranslator
from attnviz.model.transformer import Transformer

Network = TypeVar("Network", Transformer, RecurrentTranslator)
Settings = TypeVar("Settings", Config, RecurrentConfig)
Shapes: TypeAlias = dict[str, tuple[int, ...]]

FILES = ("model.safetensors", "config.json", "tokenizer.json")
MANIFEST = "manifest.json"


class ModelError(ValueError):
    """A model can't be loaded; the message names the file as the project knows it, and what mends it."""

    def __init__(self, path: Path, what: str) -> None:
        """Tell ``what`` is wrong with ``path``."""
        self.path = path
        inside = path.is_relative_to(PROJECT)
        self.file = (path.relative_to(PROJECT) if inside else Path(*path.parts[-2:])).as_posix()
        self.command = f"git checkout -- {Path(self.file).parent.as_posix()}" if inside and not INSTALLED else ""
        remedy = "Install attnviz again" if inside else "Copy the whole folder of this model again"
        remedy = f"Restore it with: {self.command}" if self.command else remedy
        super().__init__(f"{self.file}: {what}. {remedy}")


class UnknownModelError(ModelError):
    """There is no model of the name that was asked for."""

    def __init__(self, name: str, *known: str, what: str = "there is no model of the name") -> None:
        """Tell which name was asked for, and which ones are ``known``."""
        ValueError.__init__(self, f"{what} {name!r}. Choose one of: {', '.join(known)}")
        self.path, self.file, self.command = Path(), "", ""


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
    transformer = _with_parameters(Transformer, config, folder / "model.safetensors")
    return Checkpoint(transformer, load_tokenizer(folder / "tokenizer.json", config.vocabulary_size))


def load_recurrent(folder: Path) -> RecurrentCheckpoint:
    """Load a recurrent translator for inference, in float32; raises as :func:`load_checkpoint` does."""
    check_manifest(folder)
    config = load_config(folder / "config.json", RecurrentConfig)
    network = _with_parameters(RecurrentTranslator, config, folder / "model.safetensors")
    return RecurrentCheckpoint(network, load_tokenizer(folder / "tokenizer.json", config.vocabulary_size))


def _with_parameters(kind: Callable[[Settings], Network], config: Settings, path: Path) -> Network:
    _check_shapes(kind, config, path)
    state = load_file(path)
    for name, value in state.items():
        if not bool(torch.isfinite(value).all()):
            raise ModelError(path, f"{name} holds numbers that are not finite")
    network = kind(config)
    network.load_state_dict({name: value.float() for name, value in state.items()}, strict=True)
    return freeze(network)


def _check_shapes(kind: Callable[[Settings], Network], config: Settings, path: Path) -> None:
    """Hold the sizes of a configuration to the file of its tensors, before memory is taken for any of them."""
    try:
        with safe_open(path, "pt") as file:
            found: Shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError) as error:
        raise ModelError(path, f"not a readable safetensors file ({_reason(error, path)})") from error
    layers = sum(value for name, value in config.to_dict().items() if name.endswith("_layers"))
    if layers > len(found):
        raise ModelError(path, f"it has {len(found)} tensors, and config.json asks for {layers} layers")
    try:
        with torch.device("meta"):  # shapes without numbers
            wanted: Shapes = {name: tuple(value.shape) for name, value in kind(config).state_dict().items()}
    except (RuntimeError, OverflowError, TypeError) as error:
        raise ModelError(path.with_name("config.json"), "no network can have these sizes") from error
    if different := sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name)):
        raise ModelError(path, f"its tensors are not those of config.json ({', '.join(different[:3])})")


def _reason(error: Exception, path: Path) -> str:
    """Say why a file can't be read, without where it lies."""
    return str(getattr(error, "strerror", None) or error).replace(str(path), path.name)


def read_json(path: Path) -> Any:
    """Read a file of JSON; ``OSError`` or ``ValueError`` when it can't be, however deep it is nested."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def untrained(folder: Path, seed: int) -> Checkpoint:
    """Make a model of the same shape and tokenizer as ``folder``'s with random parameters."""
    check_manifest(folder)
    config = load_config(folder / "config.json", Config)
    _check_shapes(Transformer, config, folder / "model.safetensors")
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
        sums = read_json(path)
    except (OSError, ValueError) as error:
        raise ModelError(path, f"the manifest can't be read ({_reason(error, path)})") from error
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
        return kind.from_dict(read_json(path))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(path, f"not a valid configuration ({_reason(error, path)})") from error


def load_tokenizer(path: Path, vocabulary_size: int) -> Tokenizer:
    """Read tokenizer.json; ``ModelError`` when it is broken or of another vocabulary size."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise ModelError(path, f"not a readable tokenizer ({_reason(error, path)})") from error
    if tokenizer.get_vocab_size() != vocabulary_size:
        raise ModelError(path, f"{tokenizer.get_vocab_size()} tokens, but config.json has {vocabulary_size}")
    return tokenizer
