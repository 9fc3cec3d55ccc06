"""What was measured offline: a small part of ``evaluation.json``.

Every number about the trained model is computed live; only those of the untrained models beside it,
and those of the training itself, are read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from attnviz.model.checkpoint import read_json
from attnviz.model.place import WEIGHTS
from attnviz.trace.models import find
from attnviz.trace.records import Array

# what a file that is missing, broken or of another shape raises when it is read
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError)


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
class TrainingRun:
    """How our own model learned: one number for each measurement on the way."""

    optimiser: str
    steps: tuple[int, ...]  # done so far
    seconds: tuple[float, ...]  # used up so far
    target_tokens: tuple[int, ...]  # read so far
    translation_loss: tuple[float, ...]  # mean over the steps since the measurement before
    masked_word_loss: tuple[float, ...]
    bleu: tuple[float, ...]  # on the first 300 development pairs


@dataclass(frozen=True)
class Scored:
    """BLEU and chrF on one set of pairs."""

    pairs: int
    bleu: float
    chrf: float
    standard_error: float | None = None  # of BLEU, by drawing the pairs anew; None: not measured


@dataclass(frozen=True)
class LengthScore:
    """BLEU on the test pairs whose source has so many words."""

    shortest: int
    longest: int | None  # None: any length from the shortest on
    pairs: int
    bleu: float


@dataclass(frozen=True)
class Scores:
    """How well one shipped model translates, and what it took."""

    name: str
    parameters: int
    test: Scored
    dev: Scored
    by_length: tuple[LengthScore, ...]
    bleu_signature: str
    chrf_signature: str
    training: TrainingRun
    flores: Scored | None = None  # general language, which no model has read
    first_text: int | None = None  # target tokens read before it went on with other text in tokens of its own

    @property
    def target_tokens(self) -> int:
        """How many target tokens it has read."""
        return self.training.target_tokens[-1]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The measured untrained models, and the training of ours."""

    links: tuple[NamedLink, ...]
    opening: OpeningSentence | None
    training: TrainingRun | None = None


@cache
def load_evaluation(path: Path = WEIGHTS / "translator" / "evaluation.json") -> Evaluation | None:
    """Read the file; None when it is missing or not what it should be, for the app works without it."""
    try:
        return _read(read_json(path))
    except UNREADABLE:
        return None


def evaluation_of(model_name: str) -> Evaluation | None:
    """Return what was measured beside a model, if its row says that anything was."""
    row = find(model_name)
    return load_evaluation(WEIGHTS / row.folder / "evaluation.json") if row and row.measured else None


@cache
def load_scores(name: str, weights: Path = WEIGHTS) -> Scores | None:
    """Read what was measured of the shipped model ``name``; None when the file is missing or broken."""
    try:
        found = read_json(weights / name / "evaluation.json")
        translation, test = found["translation"], found["translation"]["test"]
        return Scores(
            name=name,
            parameters=int(found["model"]["parameters"]),
            test=_scored(test),
            dev=_scored(translation["dev"]),
            by_length=tuple(_length_score(row) for row in translation["test_by_length"]),
            bleu_signature=str(test["BLEU signature"]),
            chrf_signature=str(test["chrF signature"]),
            training=_training(found["training"]),
            flores=_scored(translation["flores"]) if "flores" in translation else None,
            first_text=_first_text(found["training"].get("texts") or []),
        )
    except UNREADABLE:
        return None


def _first_text(texts: list[dict[str, Any]]) -> int | None:
    return int(texts[0]["target_tokens"]) if len(texts) > 1 else None


def _scored(found: dict[str, Any]) -> Scored:
    error = found.get("BLEU standard error")
    scored = Scored(int(found["pairs"]), float(found["BLEU"]), float(found["chrF"]), error and float(error))
    if not np.isfinite([scored.bleu, scored.chrf, scored.standard_error or 0]).all():
        raise ValueError("a score must be a finite number")
    return scored


def _length_score(found: dict[str, Any]) -> LengthScore:
    shortest, longest = found["words"]
    bleu = _scored(found).bleu
    return LengthScore(int(shortest), None if longest is None else int(longest), int(found["pairs"]), bleu)


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
    opening = _opening(found["opening"]) if "opening" in found else None
    return Evaluation(links, opening, _training(found["training"]) if "training" in found else None)


def _opening(found: dict[str, Any]) -> OpeningSentence:
    words = tuple(map(str, found["words"]))
    best = np.array(found["untrained_max"], dtype=np.float32)  # (query word, key word)
    if best.shape != (len(words), len(words)) or not np.isfinite(best).all():
        raise ValueError("untrained_max must hold one finite number for each pair of words")
    best.flags.writeable = False
    return OpeningSentence(str(found["sentence"]), words, int(found["untrained_models"]), best)


def _training(found: dict[str, Any]) -> TrainingRun:
    names = ("step", "seconds", "target_tokens", "translation_loss", "masked_word_loss", "dev_bleu_300")
    columns = np.array([[line[name] for name in names] for line in found["curve"]], dtype=np.float64).T
    if not columns.size or not np.isfinite(columns).all() or (np.diff(columns[:3], prepend=0) <= 0).any():
        raise ValueError("the learning curve must have finite numbers, and go on from each line to the next")
    step, seconds, tokens, translation, masked, bleu = (tuple(column.tolist()) for column in columns)
    return TrainingRun(
        str(found["optimiser"]), tuple(map(int, step)), seconds, tuple(map(int, tokens)), translation, masked, bleu
    )
