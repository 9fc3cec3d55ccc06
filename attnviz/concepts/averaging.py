"""From averaging to attention in four stages: the mean so far, the same by softmax, chosen by the words, Q, K and V.

All stages mix the vectors of the words so far; they differ in where the weights come from. The first is
a plain mean. The other three are one call of ``attend()`` each, with other queries, keys and values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from attnviz.model.attention import attend
from attnviz.model.masks import causal_mask

Stage: TypeAlias = Literal["mean", "zeros", "dots", "roles"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Exact: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Numbers:
    """What the reader edits."""

    x: Exact  # (word, 2)
    W_Q: Exact  # (2, 2)
    W_K: Exact
    W_V: Exact

    @property
    def projections(self) -> tuple[Exact, Exact, Exact]:
        """W_Q, W_K and W_V."""
        return self.W_Q, self.W_K, self.W_V


@dataclass(frozen=True, eq=False)
class Mixed:
    """One stage worked out: the weights, what they mix, and the result."""

    query: Exact  # (query, d_k)
    key: Exact  # (key, d_k)
    value: Exact  # (key, d_k): what is mixed
    scores: Exact  # (query, key)
    scaled_scores: Exact  # (query, key)
    masked_scores: Exact  # (query, key), -inf where a word would look ahead
    weights: Exact  # (query, key)
    head_output: Exact  # (query, d_k)

    @property
    def row_sums(self) -> Exact:
        """Sum of each row of weights, (query)."""
        total: Exact = self.weights.sum(axis=1)
        return total

    @property
    def ahead(self) -> NDArray[np.bool_]:
        """The cells in which a word would look at a later one, (query, key)."""
        return np.triu(np.ones(self.weights.shape, dtype=bool), 1)


def running_mean(x: Exact) -> tuple[Exact, Exact]:
    """Return the triangular matrix of 1 / i, (word, word), and the mean of rows 1 to i of ``x``, (word, d).

    Source: Andrej Karpathy, "Let's build GPT", the notebook gpt-dev.
    """
    count = np.arange(1, len(x) + 1)[:, None]
    weights = np.tril(np.ones((len(x), len(x)))) / count
    return weights, np.cumsum(x, axis=0) / count


def mixed(numbers: Numbers, stage: Stage, *, masked: bool = True) -> Mixed:
    """Work out one stage; without ``masked`` every word looks at the later words too.

    ``mean``: weights 1 / i. ``zeros``: all queries are 0, and so are all scores. ``dots``: queries, keys
    and values are the vectors themselves. ``roles``: they are the vectors times W_Q, W_K and W_V.
    """
    x = torch.from_numpy(np.array(numbers.x))  # (word, 2)
    projections = (torch.from_numpy(np.array(matrix)) for matrix in numbers.projections)
    query, key, value = (x @ matrix for matrix in projections) if stage == "roles" else (x, x, x)
    if stage in ("mean", "zeros"):
        query = torch.zeros_like(x)
    steps = attend(query, key, value, causal_mask(len(x)) if masked else None)
    kept = (steps.scores, steps.scaled_scores, steps.masked_scores, steps.weights, steps.head_output)
    found = Mixed(*(array.numpy() for array in (query, key, value, *kept)))
    if stage == "mean" and masked:
        weights, output = running_mean(numbers.x)
        return replace(found, weights=weights, head_output=output)
    return found


def undivided(right: Mixed) -> Mixed:
    """Forget to divide by the sum of the row: every weight stays e to the power of its score.

    A weight too large for float32 is inf, and NaN may follow.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.exp(right.masked_scores)
        weights[weights > np.finfo(np.float32).max] = np.inf
        return replace(right, weights=weights, head_output=weights @ right.value)


def with_last_word_moved(numbers: Numbers, by: float = 1.0) -> Numbers:
    """Return the same numbers, with ``by`` added to all numbers of the last word's vector."""
    x = np.array(numbers.x)
    x[-1] += by
    return replace(numbers, x=x)


def rows_that_change(before: Mixed, after: Mixed) -> tuple[int, ...]:
    """Return the words whose result differs by more than rounding, from 0."""
    differs = ~np.isclose(before.head_output, after.head_output, rtol=1e-9, atol=1e-9).all(axis=1)
    return tuple(int(row) for row in np.flatnonzero(differs))


def weights_of_equal_scores(n: int, score: float) -> Exact:
    """Return the weights (query, key) of ``n`` words when every score is ``score``."""
    query, ones = torch.full((n, 1), score, dtype=torch.float64), torch.ones(n, 1, dtype=torch.float64)
    weights: Exact = attend(query, ones, ones, causal_mask(n)).weights.numpy()
    return weights


def most_different_pair(scores: Exact) -> tuple[int, int]:
    """Return the later and the earlier of the two words that score each other most differently."""
    difference = np.tril(np.abs(scores - scores.T), -1)
    later, earlier = np.unravel_index(int(difference.argmax()), difference.shape)
    return (int(later), int(earlier)) if later > earlier else (len(scores) - 1, 0)
