"""Position: one word plus a position, among all words of the model's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attnviz.concepts.position import (
    RANDOM_POSITIONS,
    embedding_table,
    encoding,
    nearest,
    survives,
)
from attnviz.session.kept import kept
from attnviz.session.models import model_named
from attnviz.session.settings import whole
from attnviz.trace.records import Array
from attnviz.trace.tokens import label_of
from attnviz.ui.lesson import Lesson

NEIGHBOURS = 6
ASKED = 400  # tokens of the real vocabulary, drawn at random
MEASURED = 50  # lost tokens whose neighbours are measured, at most
INSIDE = "…"  # before a piece that does not open a word
DRAW = whole("draw", 0, 0, 9999)


@dataclass(frozen=True, eq=False)
class Asked:
    """One token plus a position, among all tokens of the model's vocabulary."""

    token: int
    other: int
    at: int
    rows: NDArray[np.int64]  # the nearest tokens to the sum, the nearest first
    apart: Array  # (row), their distances from the sum
    before: float  # distance from the token's own embedding to the other's
    kept: int  # at how many positions the token stays its own nearest
    length: float  # of the position's encoding


@kept
def real_table(model: str, factor: bool) -> Array:
    """Return a model's embeddings, kept once for all users."""
    return embedding_table(model_named(model), factor=factor)


@dataclass(frozen=True)
class Drawn:
    """What was measured on tokens drawn from the model's vocabulary."""

    share: float  # of (position, token) pairs that keep their token
    lost: int  # tokens that get lost at some position
    gap: float  # median distance from a lost token to the nearest other; NaN when none is lost


@kept
def drawn_tokens(model: str, seed: int, factor: bool) -> Drawn:
    """Draw tokens from the model's own vocabulary, and compare them with all of it."""
    words = real_table(model, factor)
    asked = np.random.default_rng(seed).permutation(len(words))[:ASKED]
    found = survives(words, encoding(RANDOM_POSITIONS, words.shape[1]), asked)  # (position, token)
    lost = asked[~found.all(axis=0)]
    gap = float(np.median(nearest(words, words[lost[:MEASURED]], 2)[1][:, 1])) if len(lost) else float("nan")
    return Drawn(float(found.mean()), len(lost), gap)


@kept
def asked_about(model: str, token: int, other: int, at: int, factor: bool) -> Asked:
    """Add a position to a token's embedding and look for the nearest tokens."""
    words = real_table(model, factor)
    positions = encoding(RANDOM_POSITIONS, words.shape[1])
    rows, _ = nearest(words, words[token][None] + positions[at], NEIGHBOURS)
    chosen = np.array(list(dict.fromkeys([*rows[0].tolist(), token, other])))
    apart = np.linalg.norm(words[chosen] - (words[token] + positions[at]), axis=1).astype(np.float32)
    before = float(np.linalg.norm(words[other] - words[token]))
    kept = int(survives(words, positions, np.array([token])).sum())
    return Asked(token, other, at, chosen, apart, before, kept, float(np.linalg.norm(positions[at])))


def vocabulary_label(opened: Lesson, token: int) -> str:
    """Return a token's text; a piece that does not open a word starts with three dots."""
    tokenizer = model_named(opened.choices.model).tokenizer
    shown = label_of(tokenizer, token)
    piece = tokenizer.id_to_token(token) or ""
    return shown if shown.startswith("‹") or piece.startswith("Ġ") else INSIDE + shown
