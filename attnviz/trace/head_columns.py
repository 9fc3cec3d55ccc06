"""What each head does on one sentence, as numbers: a column of the head table is a row of ``COLUMNS``. Pure NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from attnviz.trace.records import Array, Mask


class Column(NamedTuple):
    """One number of every head: of weights (layer, head, query, key) and mask (query, key), the numbers (layer, head).

    NaN, without a warning, where the question has no sense.
    """

    measure: Callable[[Array, Mask], Array]
    positional: bool = False  # asks where a key stands from its query: they are tokens of one sentence


def entropy(weights: Array, mask: Mask) -> Array:
    """How widely a row spreads, in nats: the mean over the rows that may attend to more than one key."""
    safe = np.where(weights > 0, weights, 1)
    of_rows: Array = -(weights * np.log(safe)).sum(axis=-1)  # (layer, head, query)
    return _mean(of_rows[..., mask.sum(axis=1) > 1])


def distance(weights: Array, mask: Mask) -> Array:
    """How many tokens away the weight lies, the mean over rows."""
    n_queries, n_keys = mask.shape
    apart = np.abs(np.arange(n_queries)[:, None] - np.arange(n_keys))
    return _mean((weights * apart).sum(axis=-1))


def neighbour(offset: int, weights: Array, mask: Mask) -> Array:
    """Share of weight on the token that is ``offset`` further: the mean over the rows that have such a token."""
    return _mean(np.diagonal(weights, offset, -2, -1))


def token(place: int, weights: Array, mask: Mask) -> Array:
    """Share of weight on the token at ``place``, the mean over rows."""
    return _mean(weights[..., place])


COLUMNS = {
    "entropy": Column(entropy),
    "distance": Column(distance, positional=True),
    "previous": Column(partial(neighbour, -1), positional=True),
    "same": Column(partial(neighbour, 0), positional=True),
    "next": Column(partial(neighbour, 1), positional=True),
    "first": Column(partial(token, 0)),
    "last": Column(partial(token, -1)),
}


def head_columns(weights: Array, mask: Mask, *, positional: bool) -> dict[str, Array]:
    """Return the columns that have a sense; ``positional``: queries and keys are the same tokens."""
    columns = {name: column for name, column in COLUMNS.items() if positional or not column.positional}
    return {name: column.measure(weights, mask) for name, column in columns.items()}


def _mean(values: Array) -> Array:
    """Mean over the last axis; NaN, without a warning, where it is empty."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan, dtype=np.float32)
    mean: Array = values.mean(axis=-1)
    return mean
