"""Attention in a recurrent translator, step by step, and what is left of a sentence without it.

Every number is the trace's own; weights that are computed anew come from ``attend()``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from attnviz.concepts.vectors import cosine
from attnviz.model.attention import attend
from attnviz.trace.records import Array, frozen, read_only
from attnviz.trace.recurrent import RecurrentModel, RecurrentTrace
from attnviz.trace.tokens import tokenize

Exact = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Terms:
    """A dot product written out: its largest terms, what all the others add up to, and the whole."""

    places: tuple[int, ...]  # of the largest terms, from 0
    left: Exact
    right: Exact
    products: Exact
    n_rest: int
    rest: float
    total: float


def terms(left: Array, right: Array, count: int = 12) -> Terms:
    """Write the dot product of two vectors (n) out, the ``count`` terms of largest size first."""
    products = left.astype(np.float64) * right.astype(np.float64)
    order = np.argsort(-np.abs(products), kind="stable")[:count]
    kept = products[order]
    total = float(products.sum())
    return Terms(
        tuple(int(place) for place in order), left[order].astype(np.float64), right[order].astype(np.float64), kept,
        len(products) - len(order), total - float(kept.sum()), total,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Joined:
    """Step four of one position: the attention value and the state side by side, and what is made of them."""

    joined: Array  # (2 d_hidden): the attention value first, then the decoder's state
    summed: Exact  # (d_model): joined times W_c plus b_c
    combined: Array  # (d_model): its tanh


def joined(trace: RecurrentTrace, row: int) -> Joined:
    """Return step four at ``row``; without attention the state stands alone."""
    state = trace.decoder_states[row]
    value = trace.attention_value
    both = state if value is None else np.concatenate([value[row], state])
    summed = both.astype(np.float64) @ trace.W_c.astype(np.float64) + trace.b_c
    return Joined(frozen(both), frozen(summed), trace.combined_state[row])


def with_previous_state(trace: RecurrentTrace) -> Array:
    """Return the weights (target token, token) when the state before asks, as in Bahdanau et al. 2014.

    The first row's previous state is the encoder's last one. This is not what the model was trained
    with, and Bahdanau's own score is a small network, not a dot product.
    """
    before = np.concatenate([trace.encoder_states[-1:], trace.decoder_states[:-1]])
    states = torch.tensor(trace.encoder_states).double()
    found: Array = read_only(attend(torch.tensor(before).double(), states, states, scale=1.0).weights.float())
    return found


@dataclass(frozen=True, eq=False)
class LastState:
    """The one vector that reaches the decoder without attention, and how much each source token moves it."""

    state: Array  # (d_hidden)
    moved: Exact  # (source token): length of the change when the token is left out, over the length of the state
    alike: Exact  # (source token): cosine of the state with and without the token

    def halves(self) -> tuple[float, float]:
        """Return the mean of ``moved`` over the first and the second half of the tokens, the end token left out."""
        own = self.moved[:-1]
        half = len(own) // 2
        return (float(own[:half].mean()), float(own[-half:].mean())) if half else (float("nan"),) * 2

    @property
    def second_half_with_end(self) -> float:
        """The mean of ``moved`` over the second half and the end token, which :meth:`halves` leaves out."""
        half = (len(self.moved) - 1) // 2
        return float(self.moved[-half - 1 :].mean())


@torch.inference_mode()
def last_state(model: RecurrentModel, text: str | Sequence[str]) -> LastState:
    """Read ``text``, then read it again without each of its tokens in turn."""
    ids = list(tokenize(model.tokenizer, text).ids)
    whole = model.network.encode(torch.tensor([ids])).last[0, 0].double()  # (d_hidden)
    shorter = torch.tensor([ids[:place] + ids[place + 1 :] for place in range(len(ids))])
    without = model.network.encode(shorter).last[0].double()  # (left out, d_hidden)
    moved = (without - whole).norm(dim=-1) / whole.norm()
    alike = np.array([cosine(state, whole.numpy()) for state in without.numpy()])
    return LastState(read_only(whole.float()), read_only(moved), frozen(alike))
