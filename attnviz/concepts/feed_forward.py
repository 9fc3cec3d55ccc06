"""The inside of a feed-forward network: which hidden units fire for a token, and what each of them adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attnviz.model.layers import FeedForward
from attnviz.trace.records import Array, frozen

Exact = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inside:
    """One feed-forward network on the tokens of a sentence."""

    fired: Exact  # (token, hidden unit): after the ReLU, 0 where it cut
    added: Exact  # (token, hidden unit): length of what the unit adds to the token
    output: Exact  # (token, d_model): all that they add, plus the bias

    @property
    def zeros(self) -> NDArray[np.int64]:
        """How many units are exactly 0, (token)."""
        counted: NDArray[np.int64] = (self.fired == 0).sum(axis=1)
        return counted

    @property
    def silent(self) -> int:
        """How many units fire for no token."""
        return int((self.fired == 0).all(axis=0).sum())

    def strongest(self, token: int, count: int) -> NDArray[np.int64]:
        """Return the units that add most to a token, the strongest first."""
        order: NDArray[np.int64] = np.argsort(-self.added[token], kind="stable")[:count]
        return order

    def half(self, token: int) -> int:
        """Return how many units, the strongest first, add half of the summed lengths."""
        lengths = np.sort(self.added[token])[::-1].cumsum()
        return int(np.searchsorted(lengths, lengths[-1] / 2)) + 1


def inside(network: FeedForward, inputs: Array) -> Inside:
    """Run ``network`` on what it reads, (token, d_model), in float64 and keep its hidden units.

    FFN(x) = max(0, x W_1 + b_1) W_2 + b_2: Equation 2 of the paper.
    """
    first, _, second = network
    parameters = (*first.parameters(), *second.parameters())  # W_1 (d_ff, d_model), b_1, W_2 (d_model, d_ff), b_2
    W_1, b_1, W_2, b_2 = (parameter.detach().double().numpy() for parameter in parameters)
    fired = np.maximum(0.0, inputs.astype(np.float64) @ W_1.T + b_1)
    return Inside(frozen(fired), frozen(fired * np.linalg.norm(W_2, axis=0)), frozen(fired @ W_2.T + b_2))
