"""Many heads for one word: cut, attend, joined by W^O; the same output as a sum; what one head's values pass through.

The numbers are the trace's own. What is done differently on purpose is a trace's record with one part
replaced, so that it goes through the same ``attend()``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from attnviz.concepts.vectors import cosine
from attnviz.trace.records import Array, Attention, Projections, frozen

WrongJoin: TypeAlias = Literal["average", "no_projection", "order"]
WRONG_JOINS: tuple[WrongJoin, ...] = get_args(WrongJoin)
Exact: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Joined:
    """The output of one word, computed in both readings: as a product of matrices and as a sum over heads."""

    contribution: Array  # (head, d_model): head_output times its slice of W_O
    bias: Array  # (d_model)
    summed: Exact  # (d_model): all contributions added up, plus the bias
    output: Array  # (d_model): concat times W_O, plus the bias

    @property
    def norms(self) -> Exact:
        """Length of each head's contribution, (head)."""
        lengths: Exact = np.linalg.norm(self.contribution.astype(np.float64), axis=1)
        return lengths

    @property
    def together(self) -> float:
        """Length of the sum of all contributions, without the bias."""
        return float(np.linalg.norm(self.contribution.astype(np.float64).sum(axis=0)))

    @property
    def largest_difference(self) -> float:
        """Largest difference between the two readings, over all numbers of the output."""
        return float(np.abs(self.summed - self.output).max())


def joined(attention: Attention, query: int) -> Joined:
    """Return the output at row ``query`` of one attention call in both readings (Section 3.2.2)."""
    contribution = attention.contribution[:, query]  # (head, d_model)
    summed = contribution.astype(np.float64).sum(axis=0) + attention.b_O
    return Joined(contribution, attention.b_O, frozen(summed), attention.output[query])


@dataclass(frozen=True, eq=False)
class Likeness:
    """How close a vector comes to the right one."""

    right: Array  # (d_model)
    other: Array  # (d_model)

    @property
    def cosine(self) -> float:
        """Cosine of the angle between them: 1 is the same direction; NaN when one of them is 0."""
        return float(cosine(self.right, self.other))

    @property
    def error(self) -> float:
        """Length of the difference, as a share of the right one's length; NaN when that is 0."""
        length = float(np.linalg.norm(self.right))
        return float(np.linalg.norm(self.other - self.right)) / length if length else float("nan")


def wrongly_joined(attention: Attention, query: int, name: WrongJoin) -> Likeness:
    """Join the heads of row ``query`` in a wrong way, beside the right output.

    ``average``: the mean of all head outputs in each head's place, then W_O. ``no_projection``: concat
    taken for the output, W_O left out. ``order``: the heads joined in reverse order, then W_O.
    """
    head_output = attention.head_output[:, query]  # (head, d_k)
    right = attention.output[query]
    if name == "no_projection":
        return Likeness(right, attention.concat[query])
    wrong = head_output[::-1] if name == "order" else np.broadcast_to(head_output.mean(axis=0), head_output.shape)
    W_O = attention.W_O.reshape(-1, attention.W_O.shape[-1])  # (head * d_k, d_model)
    output = wrong.astype(np.float64).reshape(-1) @ W_O + attention.b_O
    return Likeness(right, frozen(output.astype(np.float32)))


@dataclass(frozen=True, eq=False)
class Rows:
    """The weights that all heads give from one word."""

    weights: Array  # (head, key)

    @property
    def strongest(self) -> tuple[int, ...]:
        """Each head's key with the largest weight, (head)."""
        return tuple(int(key) for key in self.weights.argmax(axis=1))

    @property
    def n_different(self) -> int:
        """How many different keys are some head's strongest."""
        return len(set(self.strongest))


def rows(attention: Attention, query: int) -> Rows:
    """Return each head's row of weights for the word ``query``."""
    return Rows(attention.weights[:, query])


def with_one_row(attention: Attention, head: int) -> Attention:
    """Return the call as it would be if all heads used the weights of ``head``; their values stay their own."""
    query, key = (np.broadcast_to(array[head], array.shape) for array in (attention.query, attention.key))
    return replace(attention, query=query, key=key)


@dataclass(frozen=True, eq=False)
class ValueMatrix:
    """What one head does to a value, as one matrix: value-down times value-up."""

    down: Array  # (d_model, d_k): W_V of the head
    up: Array  # (d_k, d_model): the head's slice of W_O
    product: Exact  # (d_model, d_model)
    singular_values: Exact  # (d_model), falling

    @property
    def rank(self) -> int:
        """How many singular values are not 0, up to the rounding of float64."""
        smallest = self.singular_values[0] * len(self.product) * np.finfo(np.float64).eps
        return int((self.singular_values > smallest).sum())

    @property
    def largest_zero(self) -> float:
        """The largest of the singular values that count as 0; 0.0 when there are none."""
        return float(self.singular_values[self.rank :].max(initial=0.0))


def value_matrix(projections: Projections, head: int) -> ValueMatrix:
    """Multiply a head's W_V by its slice of W_O.

    Source: 3Blue1Brown, "Attention in transformers", where the product is the value matrix and its
    factors are value-down and value-up; there vectors are columns, here they are rows.
    """
    down, up = projections.W_V[head], projections.W_O[head]
    product = down.astype(np.float64) @ up.astype(np.float64)  # (d_model, d_model)
    return ValueMatrix(down, up, frozen(product), frozen(np.linalg.svd(product, compute_uv=False)))
