"""What was measured offline beside twenty untrained models: a small part of ``evaluation.json``.

Every number about the trained model is computed live; only the untrained models' are read here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from attnviz.trace.records import Array
from attnviz.trace.run import WEIGHTS


@dataclass(frozen=True, eq=False)
class NamedLink:
    """A well-known link, and the weight of the best head in each untrained model."""

    sentence: str
    query: str
    keys: tuple[str, ...]  # their weights are added up
    untrained: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class OpeningSentence:
    """The opening sentence in the untrained models: the best of all their heads for each pair of words."""

    sentence: str
    words: tuple[str, ...]
    n_models: int
    untrained_max: Array  # (query word, key word)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The measured untrained models."""

    links: tuple[NamedLink, ...]
    opening: OpeningSentence | None


@cache
def load_evaluation(path: Path = WEIGHTS / "translator" / "evaluation.json") -> Evaluation | None:
    """Read the file; None when it is missing or not what it should be, for the app works without it."""
    try:
        return _read(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(found: dict[str, Any]) -> Evaluation:
    links = tuple(
        NamedLink(
            sentence=str(link["sentence"]),
            query=str(link["query"]),
            keys=tuple(str(key) for key in link["keys"]),
            untrained=tuple(float(weight) for weight in link["untrained"]),
        )
        for link in found["links"]
    )
    return Evaluation(links, _opening(found["opening"]) if "opening" in found else None)


def _opening(found: dict[str, Any]) -> OpeningSentence:
    words = tuple(map(str, found["words"]))
    best = np.array(found["untrained_max"], dtype=np.float32)  # (query word, key word)
    if best.shape != (len(words), len(words)) or not np.isfinite(best).all():
        raise ValueError("untrained_max must hold one finite number for each pair of words")
    best.flags.writeable = False
    return OpeningSentence(str(found["sentence"]), words, int(found["untrained_models"]), best)
