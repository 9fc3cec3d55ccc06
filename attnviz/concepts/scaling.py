"""Why scores are divided by sqrt(d_k): how widely they spread, and what that does to a row of weights.

Random queries and keys have independent numbers of mean 0 and variance 1, as in footnote 4 of "Attention
Is All You Need". Every score and every weight comes from ``attend()``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from attnviz.model.attention import attend
from attnviz.trace.records import Array, Mask, read_only

Divisor: TypeAlias = Literal["root", "none", "whole"]  # scores over sqrt(d_k), over 1, over d_k
DIVISORS: tuple[Divisor, ...] = get_args(Divisor)
D_KS = tuple(2**power for power in range(11))  # 1 to 1024
N_DRAWS, N_KEYS = 500, 16
SATURATED = 0.01  # a row whose gradient is smaller than this learns next to nothing


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of weights, and of each row how it shares itself out."""

    weights: Array  # (row, key)
    largest: Array  # (row)
    entropy: Array  # (row), over the logarithm of the number of keys: 0 one key takes all, 1 all alike
    gradient: Array  # (row), Frobenius norm of the softmax's Jacobian

    @property
    def saturated(self) -> float:
        """Share of the rows whose gradient is smaller than ``SATURATED``."""
        return float((self.gradient < SATURATED).mean())


@dataclass(frozen=True, eq=False)
class Measured:
    """What one size of queries and keys gives: a row of scores in each draw."""

    d_k: int
    scores: Array  # (draw, key), not yet divided
    scaled_scores: Array  # (draw, key)
    rows: dict[Divisor, Rows]

    @property
    def variance(self) -> float:
        """Variance of the scores about their mean, over all draws and keys."""
        return float(self.scores.var())

    @property
    def scaled_variance(self) -> float:
        """Variance after dividing by sqrt(d_k)."""
        return float(self.scaled_scores.var())


def measure(
    seed: int, d_ks: tuple[int, ...] = D_KS, n_draws: int = N_DRAWS, n_keys: int = N_KEYS
) -> tuple[Measured, ...]:
    """Draw ``n_draws`` queries with ``n_keys`` keys each, and attend with their first d_k numbers.

    All sizes read the same vectors: a larger d_k adds numbers to them. Source: Section 3.2.1, footnote 4.
    """
    chance = torch.Generator().manual_seed(seed)
    query = torch.randn(n_draws, 1, max(d_ks), generator=chance)  # (draw, 1, d_k)
    key = torch.randn(n_draws, n_keys, max(d_ks), generator=chance)  # (draw, key, d_k)
    return tuple(_measured(query[..., :d_k], key[..., :d_k]) for d_k in d_ks)


def row_numbers(weights: Array, mask: Mask) -> Rows:
    """Describe rows of weights (row, key); ``mask`` (row, key): True = may attend.

    The entropy of a row that may attend to one key only is NaN: there is nothing to share out.
    """
    return _rows(torch.tensor(weights).double(), torch.tensor(mask))


def _measured(query: Tensor, key: Tensor) -> Measured:
    d_k = query.shape[-1]
    plain = attend(query, key, key)
    scales: dict[Divisor, float | None] = {"root": None, "none": 1.0, "whole": 1 / d_k}
    rows = {}
    for divisor in DIVISORS:
        weights = attend(query, key, key, scale=scales[divisor]).weights[:, 0]  # (draw, key)
        rows[divisor] = _rows(weights, torch.ones_like(weights, dtype=torch.bool))
    return Measured(d_k, read_only(plain.scores[:, 0]), read_only(plain.scaled_scores[:, 0]), rows)


def _rows(weights: Tensor, mask: Tensor) -> Rows:
    entropy = -torch.special.xlogy(weights, weights).sum(dim=-1)  # (row), nats
    n_allowed = mask.sum(dim=-1)
    share = torch.where(n_allowed > 1, entropy / n_allowed.log().clamp_min(math.log(2)), math.nan)
    jacobian = torch.diag_embed(weights) - weights.unsqueeze(-1) * weights.unsqueeze(-2)  # (row, key, key)
    gradient = jacobian.flatten(-2).norm(dim=-1)  # (row)
    return Rows(*(read_only(values.float()) for values in (weights, weights.amax(dim=-1), share, gradient)))
