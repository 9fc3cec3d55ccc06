"""Where a page opens when the reader has not chosen yet."""

from __future__ import annotations

import numpy as np

from attnviz.trace.function_words import FUNCTION_WORDS
from attnviz.trace.records import Part, Trace
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
) -> tuple[int, int, int, int]:
    """Fill in what is None: the heaviest link that fits the rest, telling ones first.

    Returns (layer, head, query token, key token). A link is telling when it joins two words that are
    spelled out, and within one sentence not the same or neighbours; among these, the more content words
    it joins, the sooner it comes. None to ``sink``, a key token that takes weight from everywhere.
    """
    weights = np.stack([call.weights for call in trace.attention(part)])  # (layer, head, query, key)
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

    def tells(row: int | None, column: int | None) -> int:
        if row is None or column is None:
            return 0
        apart = part == "cross" or abs(row - column) > 1
        telling = apart and is_spelled(row_words[row]) and is_spelled(column_words[column])
        return telling * (1 + is_content(row_words[row]) + is_content(column_words[column]))

    return np.array([[tells(row, column) for column in columns] for row in rows])
