"""Sinusoidal positions (Section 3.5)."""

from __future__ import annotations

import torch
from torch import Tensor


def sinusoidal_positions(n_positions: int, d_model: int) -> Tensor:
    """Return PE (position, d_model), float32: sine in even dimensions, cosine in odd ones.

    PE(pos, 2i) = sin(pos / 10000^(2i/d_model)), PE(pos, 2i+1) = cos(the same angle).
    Odd ``d_model`` raises ``ValueError``. Computed in float64, then rounded.
    """
    if d_model % 2:
        raise ValueError(f"d_model must be even, not {d_model}")
    position = torch.arange(n_positions, dtype=torch.float64)[:, None]  # (position, 1)
    frequency = 10000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)  # (d_model / 2)
    angle = position * frequency  # (position, d_model / 2)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2).float()  # (position, d_model)
