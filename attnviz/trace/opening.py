"""Where a page opens when the reader has not chosen yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attnviz.trace.function_words import FUNCTION_WORDS
from attnviz.trace.records import Array, Part, Trace
from attnviz.trace.recurrent import RecurrentTrace

_PREFERRED = 10.0  # more than any weight


def opening(
    trace: Trace,
    part: Part,
    layer: int | None = None,
    head: int | None = None,
    query: int | None = None,
    key: int | None = None,
    *,
    sink: int | None = None,
    weights: Array | None = None,
) -> tuple[int, int, int, int]:
    """Fill in what is None: the heaviest link that fits the rest, telling ones first.

    Returns (layer, head, query token, key token). A link is telling when it joins two words that are
    spelled out, and within one sentence not the same or neighbours; among these, the more content words
    it joins, the sooner it comes. None to ``sink``, a key token that takes weight from everywhere.
    ``weights``: the part's, (layer, head, query, key), where they are there already.
    """
    if weights is None:
        weights = trace.weights(part)
    telling = _telling(trace, part)
    if sink is not None:
        telling[:, sink] = 0
    preference = weights + _PREFERRED * telling
    for axis, chosen in enumerate((layer, head, query, key)):
        if chosen is not None:
            others = np.arange(weights.shape[axis]) != chosen
            preference[(slice(None),) * axis + (others,)] = -np.inf
    best = np.unravel_index(int(preference.argmax()), weights.shape)
    return (int(best[0]), int(best[1]), int(best[2]), int(best[3]))


def is_spelled(word: str) -> bool:
    """Whether a word is made of letters, with apostrophes inside or without."""
    return word.replace("'", "").isalpha()


def is_content(word: str) -> bool:
    """Whether a word is spelled out and more than a function word: it names something, or stands for a name."""
    return is_spelled(word) and word.lower() not in FUNCTION_WORDS


def writes_content(trace: Trace | RecurrentTrace) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say of each row of a translation whether the token that it writes belongs to a content word."""
    written = (*trace.target_word_of[1:], None)
    return np.array([word is not None and is_content(trace.target_words[word]) for word in written])


def _telling(trace: Trace, part: Part) -> np.ndarray[tuple[int, ...], np.dtype[np.int_]]:
    """Return (query, key): 1 where the link would tell a reader something, one more for each content word in it."""
    rows = trace.word_of if part == "encoder_self" else trace.target_word_of
    if part == "cross":
        rows = (*rows[1:], None)  # the word that a position writes: its weights align with that one
    columns = trace.target_word_of if part == "decoder_self" else trace.word_of
    row_words = trace.words if part == "encoder_self" else trace.target_words
    column_words = trace.target_words if part == "decoder_self" else trace.words
    asking, answering = _tells(row_words, rows)[:, None], _tells(column_words, columns)
    found = np.where((asking > 0) & (answering > 0), asking + answering - 1, 0)
    if part != "cross":
        row, column = (np.array([-2 if word is None else word for word in words]) for words in (rows, columns))
        found[np.abs(row[:, None] - column) <= 1] = 0
    return found


def _tells(words: Sequence[str], word_of: Sequence[int | None]) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
    """Return for each token 0 where it is no piece of a spelled word, 1 of a function word, 2 of a content word."""
    tells = [is_spelled(word) + is_content(word) for word in words]
    return np.array([0 if word is None else tells[word] for word in word_of])
