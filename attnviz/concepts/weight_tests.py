"""What follows for a prediction when the weights it was made with are shuffled, made equal, or a head is taken out.

Sources: Jain and Wallace 2019 (shuffled), Wiegreffe and Pinter 2019 (equal).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import Tensor

from attnviz.concepts.ablation import Head, without_heads
from attnviz.concepts.explanation import Asked, Exact
from attnviz.trace.records import read_only
from attnviz.trace.run import Model

Scope: TypeAlias = Literal["head", "layer", "all"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, eq=False)
class Changed:
    """The distribution over the vocabulary after a change of weights, beside the model's own."""

    own: Exact  # (vocabulary)
    after: Exact  # (draw, vocabulary)

    @property
    def distance(self) -> Exact:
        """Total variation distance of each draw from the model's own: 0 nothing moves, 1 everything, (draw)."""
        found: Exact = np.abs(self.after - self.own).sum(axis=1) / 2
        return found

    def probability(self, token: int) -> tuple[float, Exact]:
        """Return a token's probability before, and after each draw."""
        return float(self.own[token]), self.after[:, token]

    @property
    def predictions(self) -> tuple[int, tuple[int, ...]]:
        """The likeliest token before, and after each draw."""
        return int(self.own.argmax()), tuple(int(token) for token in self.after.argmax(axis=1))


def shuffled(question: Asked, scope: Scope, layer: int, head: int, n_draws: int, seed: int) -> Changed:
    """Permute the predicting row's cross-attention weights over the source tokens, another way in each draw.

    ``scope``: of the one head, of all heads of the layer, or of all heads of all layers; each head is
    shuffled for itself.
    """
    chance = torch.Generator().manual_seed(seed)

    def shuffle(row: Tensor) -> Tensor:  # (draw, head, source token)
        order = torch.rand(row.shape, generator=chance).argsort(dim=-1)
        return row.gather(-1, order)

    return changed(question, scope, layer, head, shuffle, n_draws)


def uniform(question: Asked, scope: Scope, layer: int, head: int) -> Changed:
    """Give every source token the same weight in the predicting row."""
    return changed(question, scope, layer, head, lambda row: torch.full_like(row, 1 / row.shape[-1]))


@torch.inference_mode()
def changed(
    question: Asked, scope: Scope, layer: int, head: int, change: Callable[[Tensor], Tensor], n_draws: int = 1
) -> Changed:
    """Run the decoder with ``change`` applied to the weights (draw, head, source token) of the predicting row.

    The model's own distribution is computed the same way: weights that stay, drawn once, change nothing, exactly.
    """
    transformer = question.transformer
    memory = transformer.encode(question.source).hidden
    own = transformer.decode(question.target, memory, change=lambda _, weights: weights).hidden[0, -1]

    def apply(at: int, weights: Tensor) -> Tensor:  # (draw, head, row, source token)
        if scope != "all" and at != layer:
            return weights
        heads = slice(head, head + 1) if scope == "head" else slice(None)
        weights = weights.clone()
        weights[:, heads, -1] = change(weights[:, heads, -1])
        return weights

    target, memory = question.target.expand(n_draws, -1), memory.expand(n_draws, -1, -1)
    after = transformer.decode(target, memory, change=apply).hidden[:, -1]
    return Changed(*(read_only(transformer.logits(states).softmax(dim=-1)) for states in (own, after)))


@torch.inference_mode()
def taken_out(model: Model, heads: Iterable[Head], question: Asked) -> Changed:
    """Predict with these heads' outputs set to 0 before W_O; with no heads nothing changes, exactly."""
    other = deepcopy(without_heads(model, heads).transformer).double()
    states = [
        transformer.decode(question.target, transformer.encode(question.source).hidden).hidden[:, -1]
        for transformer in (question.transformer, other)
    ]
    own, after = (question.transformer.logits(state).softmax(dim=-1) for state in states)
    return Changed(read_only(own[0]), read_only(after))
