"""Reads a norm's constants off its module, held against what it did to the probe's numbers."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from attnviz.hf.matching import TOLERANCE, difference
from attnviz.trace.records import Norm, read_only

EPSILONS = ("eps", "variance_epsilon", "epsilon", "layer_norm_eps", "norm_eps")


def normalised(x: Tensor, gain: Tensor, bias: Tensor, eps: float, rms: bool) -> Tensor:
    """Normalise the last axis of ``x``."""
    moved = x if rms else x - x.mean(dim=-1, keepdim=True)
    return moved / (moved.square().mean(dim=-1, keepdim=True) + eps).sqrt() * gain + bias


def _candidates(module: nn.Module) -> Iterator[tuple[Tensor | None, Tensor | None, float, bool]]:
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    weight, bias = (one.detach().double() if isinstance(one, Tensor) else None for one in (weight, bias))
    eps = next(
        (float(getattr(module, name)) for name in EPSILONS if isinstance(getattr(module, name, None), float)), 1e-5
    )
    for gain in [weight, 1 + weight, None] if weight is not None else [None]:  # Gemma stores gain - 1
        for rms in (False, True):
            yield gain, bias, eps, rms


def constants_of(module: nn.Module, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, float, bool] | None:
    """Return (gain, bias, eps, rms) that make ``y`` of ``x`` along the last axis; None where none fit.

    gain and bias have the shape of the module's parameters, float32.
    """
    width = x.shape[-1]
    for gain, bias, eps, rms in _candidates(module):
        gain = torch.ones(width, dtype=torch.float64) if gain is None else gain
        bias = torch.zeros_like(gain) if bias is None else bias
        try:
            made = normalised(x.double(), gain, bias, eps, rms)
        except RuntimeError:
            continue
        if difference(made, y) <= TOLERANCE:
            return gain.float(), bias.float(), eps, rms
    return None


def norm_of(module: nn.Module, x: Tensor, y: Tensor) -> Norm | None:
    """Return the record of a norm of the stream; None where its arithmetic is another."""
    found = constants_of(module, x, y)
    if found is None or found[0].dim() != 1:
        return None
    gain, bias, eps, rms = found
    return Norm(read_only(gain), read_only(bias), eps, rms)
