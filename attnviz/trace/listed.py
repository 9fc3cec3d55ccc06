"""Which models of others this server offers: what ``make model`` fetched, and what its owner lists.

``ATTNVIZ_MODELS="bert=hf:google-bert/bert-base-uncased@<revision>,mine=hf:./folder"``. A reader's text never
becomes a path or the name of a repository: the URL carries the alias, and only the owner says what it stands for.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from attnviz.model.place import MODELS

_log = logging.getLogger(__name__)
VARIABLE = "ATTNVIZ_MODELS"
FETCHED = MODELS
NOTE = "fetched.json"  # what it writes beside each: where it came from
_ALIAS = r"[A-Za-z0-9][\w.-]{0,63}"
_ENTRY = re.compile(rf"({_ALIAS})=(hf:[^@]+)(?:@([\w./-]+))?", re.ASCII)
# what configurations call the number of layers and of heads; of an encoder-decoder its encoder's
_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads")


@dataclass(frozen=True)
class Listed:
    """One model of others."""

    alias: str  # in the URL
    source: str  # what ``attnviz.load_model`` is given: "hf:<repository or folder>"
    revision: str | None
    origin: str  # what a reader may know of its source: the repository, or the folder's own name
    about: str  # type, layers and heads, where its configuration is on this machine: "bert, 6 × 12"
    copy: str = ""  # where it isn't the published file: "a 4-bit copy (GGUF Q4_1)"


def listed() -> tuple[Listed, ...]:
    """Return every model of others, the fetched ones first; what is no entry is left out and logged once."""
    notes = tuple((note, note.stat().st_mtime_ns) for note in sorted(FETCHED.glob(f"*/{NOTE}")))
    return _read(notes, os.environ.get(VARIABLE, ""))


@lru_cache(maxsize=8)
def _read(notes: tuple[tuple[Path, int], ...], variable: str) -> tuple[Listed, ...]:
    found: dict[str, Listed] = {}
    for one in (*_fetched([path for path, _ in notes]), *_owners(variable)):
        if one.alias in found:
            _log.warning("two models are called %s; the first of them is shown", one.alias)
        found.setdefault(one.alias, one)
    return tuple(found.values())


def _fetched(notes: list[Path]) -> Iterator[Listed]:
    for note in notes:
        if re.fullmatch(_ALIAS, note.parent.name, re.ASCII):
            yield _of_folder(note.parent.name, f"hf:{note.parent}", note.parent)


def _owners(variable: str) -> Iterator[Listed]:
    for entry in filter(None, (part.strip() for part in variable.split(","))):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            _log.warning("%s: %r is no alias=hf:repository@revision and no alias=hf:folder", VARIABLE, entry)
            continue
        alias, source, revision = found.groups()
        folder = Path(source.removeprefix("hf:")).expanduser()
        if folder.is_dir():
            yield _of_folder(alias, source, folder)
        else:
            yield Listed(alias, source, revision, source.removeprefix("hf:"), "")


def _of_folder(alias: str, source: str, folder: Path) -> Listed:
    """Describe what lies in a folder; where it was fetched from, its note says."""
    told = _json(folder / NOTE)
    origin = str(told.get("repository") or folder.resolve().name)
    return Listed(alias, source, None, origin, _about(folder), str(told.get("copy") or ""))


def _json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _about(folder: Path) -> str:
    config = _json(folder / "config.json")
    kind = config.get("model_type")
    layers, heads = (next((config[name] for name in names if name in config), None) for names in (_LAYERS, _HEADS))
    if not isinstance(kind, str):
        return ""
    return f"{kind}, {layers} × {heads}" if isinstance(layers, int) and isinstance(heads, int) else kind
