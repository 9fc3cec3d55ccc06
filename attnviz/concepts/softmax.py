"""Softmax: scores to weights that sum to 1; its temperature, its blindness to a shift, and along which axis it runs.

The softmax is the one inside ``attend()``: every line of scores is the row of a query of one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.model.attention import attend

Over: TypeAlias = Literal["row", "column", "all"]
Exact: TypeAlias = NDArray[np.float64]


def softmax_over(scores: Tensor, over: Over = "row", mask: Tensor | None = None) -> Tensor:
    """Return the softmax of ``scores`` (row, column) over each row, each column, or all cells at once.

    ``mask`` is boolean (row, column), True = takes part; a masked cell gets exactly 0. A line in which
    nothing takes part has no softmax: ``ValueError``.
    """
    if over == "column":
        return softmax_over(scores.T, "row", None if mask is None else mask.T).T
    if over == "all":
        flat = softmax_over(scores.reshape(1, -1), "row", None if mask is None else mask.reshape(1, -1))
        return flat.reshape(scores.shape)
    key = scores[..., None]  # (row, column, 1): the product with a query of 1 is the score itself
    query = torch.ones_like(key[:, :1])  # (row, 1, 1), so that the scale is sqrt(1)
    steps = attend(query, key, torch.zeros_like(key), None if mask is None else mask[:, None])
    return steps.weights[:, 0]  # (row, column)


def weigh(scores: Exact, over: Over = "row", temperature: float = 1.0) -> Exact:
    """Return the softmax of ``scores`` / ``temperature``, (row, column).

    A score of -inf gets exactly 0; a line of nothing else has no softmax, its weights are NaN.
    """
    weights: Exact = softmax_over(torch.from_numpy(np.asarray(scores, dtype=np.float64) / temperature), over).numpy()
    return weights


def entropy(weights: Exact) -> Exact:
    """Return the entropy of each row in nats, (row): 0 for all on one, ln(n) for an even share; 0 ln 0 = 0."""
    logs = np.log(np.where(weights > 0, weights, 1.0))
    found: Exact = -(weights * logs).sum(axis=-1) + 0.0
    return found


@dataclass(frozen=True, eq=False)
class Shares:
    """One row of scores, and every number on the way to its weights, (key) each."""

    scores: Exact
    divided: Exact  # scores / temperature
    below: Exact  # divided - the largest of them: at most 0
    powers: Exact  # e to the power of below: at most 1
    weights: Exact

    @property
    def total(self) -> float:
        """Sum of the powers, by which each of them is divided."""
        return float(self.powers.sum())

    @property
    def entropy(self) -> float:
        """Entropy of the weights in nats."""
        return float(entropy(self.weights))

    @property
    def as_if_even(self) -> float:
        """Among how many keys an even share would have this entropy."""
        return float(np.exp(self.entropy))


def shares(scores: Exact, temperature: float = 1.0) -> Shares:
    """Work out the softmax of one row of ``scores`` (key)."""
    divided = scores / temperature
    below = divided - divided.max()
    return Shares(scores, divided, below, np.exp(below), weigh(scores[None], temperature=temperature)[0])


def by_temperature(scores: Exact, temperatures: Exact) -> Exact:
    """Return the weights of one row of ``scores`` (key) at each temperature, (temperature, key)."""
    return weigh(scores[None] / np.asarray(temperatures)[:, None])


def coldest(scores: Exact) -> Exact:
    """Return the limit for temperature 0: all on the largest score, shared evenly where several are largest."""
    largest = scores == scores.max()
    weights: Exact = largest / largest.sum()
    return weights


@dataclass(frozen=True, eq=False)
class InFloat32:
    """One row of scores in float32, by the definition and with the largest score subtracted first, (key) each."""

    scores: NDArray[np.float32]
    powers: NDArray[np.float32]  # inf from a score of about 88.7 on
    naive: NDArray[np.float32]  # NaN where inf is divided by inf, or 0 by 0
    below: NDArray[np.float32]
    stable_powers: NDArray[np.float32]
    stable: NDArray[np.float32]


def in_float32(scores: Exact) -> InFloat32:
    """Work out one row of ``scores`` (key) in float32, the number format of the models."""
    short = np.asarray(scores, dtype=np.float32)
    below = short - short.max()
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        powers = np.exp(short)
        naive = powers / powers.sum()
        stable_powers = np.exp(below)
    stable = softmax_over(torch.from_numpy(short)[None])[0].numpy()
    return InFloat32(short, powers, naive, below, stable_powers, stable)
