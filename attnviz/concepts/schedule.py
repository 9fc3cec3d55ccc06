"""How the learning rate changes while a model learns: the paper's schedule, and our own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from attnviz.model.attention import MultiHeadAttention, attend

Numbers = NDArray[np.float64]
BETA_1, BETA_2, EPSILON = 0.9, 0.98, 1e-9  # Adam's settings in the paper
OWN_WARMUP, OWN_DECAY, OWN_LEAST = 120, 0.45, 0.02  # steps, share of the time, share of the largest rate


@dataclass(frozen=True, eq=False)
class Schedule:
    """The paper's schedule over steps, with its two parts: the smaller one counts."""

    d_model: int
    warmup: int
    steps: Numbers  # (step), from 1
    rates: Numbers  # (step)
    rising: Numbers  # (step), step * warmup^-1.5, times d_model^-0.5
    falling: Numbers  # (step), step^-0.5, times d_model^-0.5: all there would be without warm-up

    @property
    def peak_step(self) -> int:
        """Where both parts are equal."""
        return self.warmup

    @property
    def peak(self) -> float:
        """The largest rate: 1 / sqrt(d_model * warmup)."""
        return rate(self.warmup, self.d_model, self.warmup)


def rate(step: float, d_model: int, warmup: int) -> float:
    """Return d_model^-0.5 * min(step^-0.5, step * warmup^-1.5); steps count from 1.

    Source: Equation 3 of "Attention Is All You Need". ``ValueError`` for a step below 1.
    """
    return float(_parts([step], d_model, warmup).min())


def schedule(d_model: int, warmup: int, last_step: int, n_points: int = 600) -> Schedule:
    """Return the schedule at about ``n_points`` whole steps from 1 to ``last_step``, the peak among them."""
    even = np.linspace(1, last_step, n_points // 2)
    dense = np.geomspace(1, last_step, n_points // 2)  # the beginning, for a logarithmic axis
    steps = np.unique(np.concatenate([even, dense, [min(warmup, last_step)]]).round())
    falling, rising = _parts(steps, d_model, warmup)
    return Schedule(d_model, warmup, steps, np.minimum(falling, rising), rising, falling)


def learning_rate_factor(step: int, progress: float, warmup: int = OWN_WARMUP, decay: float = OWN_DECAY) -> float:
    """Rise over ``warmup`` steps, hold, fall linearly to ``OWN_LEAST`` over the last ``decay`` of the time.

    Our own training uses it: ``step`` counts from 0, ``progress`` is the share of the time used up, and
    the factor is that of each optimiser's largest rate.
    """
    rise = min(1.0, (step + 1) / warmup)
    fall = min(1.0, max(0.0, 1 - progress) / decay)
    return rise * max(OWN_LEAST, fall)


def own_schedule(steps: ArrayLike, seconds: ArrayLike, n_points: int = 400) -> tuple[Numbers, Numbers]:
    """Return (steps, factors) of a training of our own that used its time up in one run.

    ``steps`` and ``seconds``: how far it was at each measurement; between them time runs evenly.
    """
    known_steps, known_seconds = (
        np.concatenate([[0.0], np.asarray(values, dtype=float)]) for values in (steps, seconds)
    )
    last = known_steps[-1]
    drawn = np.unique(np.concatenate([np.linspace(0, last - 1, n_points), np.arange(min(200, last))]).round())
    progress = np.interp(drawn, known_steps, known_seconds) / known_seconds[-1]
    factors = [learning_rate_factor(int(step), float(share)) for step, share in zip(drawn, progress, strict=True)]
    return drawn + 1, np.array(factors)


@dataclass(frozen=True, eq=False)
class FirstSteps:
    """The beginning of a small training: what it was before each step, and after the last."""

    losses: Numbers  # (step + 1)
    moved: Numbers  # (step + 1), distance of W_Q from its beginning, over its length in the beginning
    largest: Numbers  # (step + 1), mean over all rows of the largest weight


def first_steps(rates: Iterable[float], seed: int, d_model: int, n_heads: int = 8) -> FirstSteps:
    """Let one attention layer learn to imitate another one, a step of Adam for each of ``rates``.

    Parameters start as Xavier's, biases as 0, inputs are random. Adam is written out, with the settings of
    Section 5.3 of the paper: torch's own would import its compiler, seconds in which a class waits.
    """
    chance = torch.Generator().manual_seed(seed)
    model, teacher = (_random_layer(d_model, n_heads, chance) for _ in range(2))
    inputs = torch.randn(4, 12, d_model, generator=chance)  # (batch, token, d_model)
    wanted = teacher(inputs, inputs, None)[0].detach()
    start = model.W_Q.weight.detach().clone()
    parameters = list(model.parameters())
    means, squares = ([torch.zeros_like(parameter) for parameter in parameters] for _ in range(2))
    seen = [_state(model, inputs, wanted, start)]
    for step, learning_rate in enumerate(rates, start=1):
        gradients = torch.autograd.grad(seen[-1][0], parameters)
        with torch.no_grad():
            for parameter, gradient, mean, square in zip(parameters, gradients, means, squares, strict=True):
                mean.lerp_(gradient, 1 - BETA_1)
                square.lerp_(gradient.square(), 1 - BETA_2)
                size = (square / (1 - BETA_2**step)).sqrt() + EPSILON
                parameter.sub_(learning_rate * mean / (1 - BETA_1**step) / size)
        seen.append(_state(model, inputs, wanted, start))
    return FirstSteps(*(np.array([float(value.detach()) for value in column]) for column in zip(*seen, strict=True)))


def _random_layer(d_model: int, n_heads: int, chance: torch.Generator) -> MultiHeadAttention:
    layer = MultiHeadAttention(d_model, n_heads)
    for linear in (layer.W_Q, layer.W_K, layer.W_V, layer.W_O):
        nn.init.xavier_uniform_(linear.weight, generator=chance)
        nn.init.zeros_(linear.bias)
    return layer


def _state(model: MultiHeadAttention, inputs: Tensor, wanted: Tensor, start: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return (loss, how far W_Q has moved, mean largest weight)."""
    output, call = model(inputs, inputs, None)
    weights = attend(call.query, call.key, call.value).weights  # (batch, head, query, key)
    moved = (model.W_Q.weight - start).norm() / start.norm()
    return (output - wanted).square().mean(), moved, weights.amax(dim=-1).mean()


def _parts(steps: ArrayLike, d_model: int, warmup: int) -> Numbers:
    """Return (part, step): the falling and the rising part of Equation 3."""
    step = np.asarray(steps, dtype=np.float64)
    if (step < 1).any():
        raise ValueError("steps count from 1")
    return np.stack([step**-0.5, step * warmup**-1.5]) / math.sqrt(d_model)
