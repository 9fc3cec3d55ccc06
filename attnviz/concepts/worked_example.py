"""One head on a few words, worked out in full: every step of Equation 1 from X to the head output, in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from attnviz.concepts.wrong_ways import attend_where_allowed
from attnviz.trace.records import Mask, read_only

Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Given:
    """What a worked example starts from."""

    inputs: Numbers  # X, (word, d_model)
    W_Q: Numbers  # (d_model, d_k)
    W_K: Numbers
    W_V: Numbers
    mask: Mask  # (query, key), True = may attend
    scaled: bool = True  # whether the scores are divided by sqrt(d_k)


@dataclass(frozen=True, eq=False)
class Worked:
    """Every number of a worked example. A query that may attend to nothing has NaN from ``exponentials`` on."""

    given: Given
    query: Numbers  # (word, d_k)
    key: Numbers
    value: Numbers
    scores: Numbers  # (query, key)
    scaled_scores: Numbers  # (query, key); the scores themselves where scaling is off
    masked_scores: Numbers  # (query, key), -inf where masked
    exponentials: Numbers  # (query, key), exp(masked score - the largest of its row)
    exponential_sums: Numbers  # (query)
    weights: Numbers  # (query, key), each row sums to 1
    row_sums: Numbers  # (query)
    head_output: Numbers  # (query, d_k)
    empty_rows: tuple[int, ...]  # queries that may attend to nothing

    @property
    def divisor(self) -> float:
        """What the scores are divided by: sqrt(d_k), or 1 where scaling is off."""
        return math.sqrt(self.query.shape[1]) if self.given.scaled else 1.0

    @property
    def rows(self) -> tuple[int, ...]:
        """The queries whose softmax exists."""
        return tuple(row for row in range(len(self.weights)) if row not in self.empty_rows)


def work(given: Given) -> Worked:
    """Work out X W^Q, X W^K, X W^V and everything that ``attend()`` makes of them.

    Source: Equation 1 of the paper; a W is d_model x d_k (Section 3.2.2).
    """
    inputs, W_Q, W_K, W_V = (
        torch.from_numpy(np.array(array, dtype=np.float64)) for array in (given.inputs, given.W_Q, given.W_K, given.W_V)
    )
    query, key, value = inputs @ W_Q, inputs @ W_K, inputs @ W_V  # (word, d_k)
    mask = torch.from_numpy(np.array(given.mask, dtype=np.bool_))
    steps = attend_where_allowed(query, key, value, mask, scale=None if given.scaled else 1.0)
    exponentials = (steps.masked_scores - steps.masked_scores.amax(dim=-1, keepdim=True)).exp()
    return Worked(
        given,
        query=read_only(query),
        key=read_only(key),
        value=read_only(value),
        scores=read_only(steps.scores),
        scaled_scores=read_only(steps.scaled_scores),
        masked_scores=read_only(steps.masked_scores),
        exponentials=read_only(exponentials),
        exponential_sums=read_only(exponentials.sum(dim=-1)),
        weights=read_only(steps.weights),
        row_sums=read_only(steps.weights.sum(dim=-1)),
        head_output=read_only(steps.head_output),
        empty_rows=tuple(int(row) for row in np.flatnonzero(~given.mask.any(axis=1))),
    )


def most_looked_at(worked: Worked, row: int) -> int | None:
    """Return the key that the query ``row`` gives its largest weight; None when there is none, or a tie."""
    weights = worked.weights[row]
    if not np.isfinite(weights).all():
        return None
    best = int(weights.argmax())
    return None if np.sum(weights > weights[best] - 1e-9) > 1 else best


def has_differences(worked: Worked, row: int) -> bool:
    """Whether the scores that the query ``row`` may see differ: if not, no factor changes its weights."""
    seen = worked.scaled_scores[row][worked.given.mask[row]]
    return bool(seen.size) and float(np.ptp(seen)) > 1e-9


def without(given: Given, row: int, column: int) -> Worked:
    """Work the example out with one more cell of the mask forbidden."""
    mask = np.array(given.mask)
    mask[row, column] = False
    return work(replace(given, mask=mask))


def with_queries_times(given: Given, factor: float) -> Worked:
    """Work the example out with every query ``factor`` times as long."""
    return work(replace(given, W_Q=np.asarray(given.W_Q) * factor))


@dataclass(frozen=True)
class Pairing:
    """The first number of X W^Q for a W^Q of some number of rows: which numbers meet."""

    pairs: tuple[tuple[float | None, float | None], ...]  # (number of the word's row, of W^Q's first column)
    product: float | None  # None when a number is left without a partner


def pairing(given: Given, rows: int) -> Pairing:
    """Pair the first row of X with the first column of a W^Q that has ``rows`` rows; rows too many hold 1."""
    row = [float(number) for number in given.inputs[0]]
    column = ([float(number) for number in given.W_Q[:, 0]] + [1.0] * rows)[:rows]
    count = max(len(row), rows)
    pairs = tuple((row[at] if at < len(row) else None, column[at] if at < rows else None) for at in range(count))
    fits = len(row) == rows
    return Pairing(pairs, sum(a * b for a, b in zip(row, column, strict=True)) if fits else None)


def published_softmax(scores: tuple[float, ...], d_k: int) -> Worked:
    """Give one query these scores at this d_k: a query of ones meets keys whose numbers are all the same.

    For published examples that print only the scores, such as 112 and 96 at d_k = 64 of the Illustrated
    Transformer.
    """
    words = len(scores)
    inputs = np.eye(words)
    return work(
        Given(
            inputs,
            W_Q=np.ones((words, d_k)),
            W_K=np.array(scores)[:, None] / d_k * np.ones((words, d_k)),
            W_V=np.zeros((words, d_k)),
            mask=np.ones((words, words), dtype=np.bool_),
        )
    )
