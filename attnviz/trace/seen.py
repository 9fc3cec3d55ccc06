"""All heads of one part as the reader sees them: as tokens or as words, with or without special tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attnviz.trace.records import Array, Attention, Mask, Part, Trace

Groups = tuple[tuple[int, ...], ...]  # the tokens that make up each row or column


@dataclass(frozen=True, eq=False)
class Seen:
    """The weights of every head of a part, and which tokens each row and column stands for."""

    part: Part
    by_word: bool
    weights: Array  # (layer, head, row, column)
    mask: Mask  # (row, column), True = at least one pair of tokens in the cell may attend, in one layer or more
    masks: Mask  # (layer, row, column), the same layer by layer: windows differ
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    row_tokens: Groups
    column_tokens: Groups
    hidden_labels: tuple[str, ...]  # the key tokens that no column shows
    hidden: Array  # (layer, head, row, hidden token): the weight that they take from the row

    def row_of(self, token: int) -> int:
        """Return the row that holds a query token, or the nearest one when it is hidden."""
        return _holding(self.row_tokens, token)

    def column_of(self, token: int) -> int:
        """Return the column that holds a key token, or the nearest one when it is hidden."""
        return _holding(self.column_tokens, token)


def seen(trace: Trace, part: Part, *, by_word: bool, special: bool, weights: Array | None = None) -> Seen:
    """Return a part's weights by word, or by token with or without the special ones.

    A word's row is the mean of its pieces' rows, its column the sum of its pieces' columns, as in
    ``Trace.by_word``. A row of cross-attention stands for what is *written* there, not for the token
    that the decoder reads: that is the word with which its weights align. Where nothing but special
    tokens exists (an empty translation), these are shown. ``weights``: the part's, (layer, head, query, key),
    where they are there already.
    """
    row_words = trace.word_of if part == "encoder_self" else trace.target_word_of
    if part == "cross":
        row_words = (*row_words[1:], None)  # what each position writes; the last writes the end
    column_words = trace.target_word_of if part == "decoder_self" else trace.word_of
    nothing = all(word is None for word in row_words) or all(word is None for word in column_words)
    by_word, special = by_word and not nothing, special or nothing
    row_tokens, column_tokens = (_groups(words, by_word, special) for words in (row_words, column_words))
    if weights is None:
        weights = trace.weights(part)
    masks = np.stack([mask_of(call) for call in trace.attention(part)])  # (layer, query, key)
    in_row = _membership(row_tokens, weights.shape[2])  # (row, query token)
    mean_row = in_row / in_row.sum(axis=1, keepdims=True)
    left_out = sorted(set(range(weights.shape[3])) - {token for group in column_tokens for token in group})
    hidden = mean_row @ weights[..., left_out]  # (layer, head, row, hidden token)
    if by_word:
        in_column = _membership(column_tokens, weights.shape[3])
        weights = mean_row @ weights @ in_column.T  # (layer, head, row, column)
        masks = (in_row @ masks @ in_column.T) > 0
        target, source = trace.target_words, trace.words
    else:
        rows, columns = (np.array([token for (token,) in groups]) for groups in (row_tokens, column_tokens))
        weights = weights[:, :, rows[:, None], columns]  # (layer, head, row, column)
        masks = masks[:, rows[:, None], columns]
        target, source = trace.target_tokens, trace.tokens
    row_names = trace.next_tokens if part == "cross" and not by_word else source if part == "encoder_self" else target
    column_names = target if part == "decoder_self" else source
    mask: Mask = np.asarray(masks.any(axis=0))
    for array in (weights, mask, masks, hidden):
        array.flags.writeable = False
    return Seen(
        part,
        by_word,
        weights,
        mask,
        masks,
        _labels(row_tokens, row_names, row_words if by_word else None),
        _labels(column_tokens, column_names, column_words if by_word else None),
        row_tokens,
        column_tokens,
        tuple(trace.key_labels(part)[token] for token in left_out),
        hidden,
    )


def mask_of(call: Attention) -> Mask:
    """Return the call's mask, or where only its weights are known the pairs that some head gives any."""
    return np.asarray((call.weights > 0).any(axis=0)) if "mask" in call.missing else call.mask


def _groups(words: Sequence[int | None], by_word: bool, special: bool) -> Groups:
    if not by_word:
        return tuple((token,) for token, word in enumerate(words) if special or word is not None)
    found: dict[int, list[int]] = {}
    for token, word in enumerate(words):
        if word is not None:
            found.setdefault(word, []).append(token)
    return tuple(tuple(found[word]) for word in sorted(found))


def _labels(groups: Groups, names: Sequence[str], words: Sequence[int | None] | None) -> tuple[str, ...]:
    at = [group[0] if words is None else words[group[0]] for group in groups]
    return tuple(names[index] for index in at if index is not None)


def _membership(groups: Groups, n_tokens: int) -> Array:
    matrix = np.zeros((len(groups), n_tokens), dtype=np.float32)
    for index, group in enumerate(groups):
        matrix[index, list(group)] = 1
    return matrix


def _holding(groups: Groups, token: int) -> int:
    return min(range(len(groups)), key=lambda index: min(abs(token - piece) for piece in groups[index]))
