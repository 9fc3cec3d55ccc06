"""Sub-layers with their residual connection and LayerNorm, and the layers made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from attnviz.model.attention import AttentionInputs, MultiHeadAttention
from attnviz.model.config import Config


class Residual(nn.Module):
    """One residual connection with its LayerNorm, before or after the sub-layer."""

    def __init__(self, config: Config) -> None:
        """Make the LayerNorm; ``config.norm_first`` says on which side of the sub-layer it stands."""
        super().__init__()
        self.norm = nn.LayerNorm(config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.norm_first = config.norm_first

    def enter(self, x: Tensor) -> Tensor:
        """Return what the sub-layer reads."""
        read: Tensor = self.norm(x) if self.norm_first else x
        return read

    def leave(self, x: Tensor, output: Tensor) -> Tensor:
        """Add the sub-layer's output to ``x``."""
        total: Tensor = x + self.dropout(output)
        if not self.norm_first:
            total = self.norm(total)
        return total


class FeedForward(nn.Sequential):
    """Two linear maps with a ReLU between them, the same for each token (Section 3.3)."""

    def __init__(self, config: Config) -> None:
        """Make the maps d_model -> d_ff -> d_model."""
        super().__init__(nn.Linear(config.d_model, config.d_ff), nn.ReLU(), nn.Linear(config.d_ff, config.d_model))


class LayerRun(NamedTuple):
    """What one layer leaves behind: its attention calls, the stream after each sub-layer, and what one of them adds."""

    attention: dict[str, AttentionInputs]  # sub-layer name -> call
    residual: dict[str, Tensor]  # sub-layer name -> (batch, token, d_model)
    feed_forward: Tensor  # (batch, token, d_model): what the feed-forward network adds to the stream


class EncoderLayer(nn.Module):
    """Self-attention, then feed-forward."""

    def __init__(self, config: Config) -> None:
        """Make both sub-layers."""
        super().__init__()
        self.self_attention = MultiHeadAttention(config.d_model, config.n_heads, config.dropout)
        self.self_residual = Residual(config)
        self.feed_forward = FeedForward(config)
        self.feed_forward_residual = Residual(config)

    def forward(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, LayerRun]:
        """Return the stream (batch, token, d_model) after this layer, and the layer's run."""
        x, call = _self_attention(x, self.self_attention, self.self_residual, mask)
        after_self = x
        x, added = _position_wise(x, self.feed_forward, self.feed_forward_residual)
        return x, LayerRun({"self": call}, {"self": after_self, "feed_forward": x}, added)


class Past(NamedTuple):
    """Keys and values that a decoder layer made for earlier positions and for the encoder's memory."""

    own: tuple[Tensor, Tensor]  # (batch, head, target token, d_k) each
    cross: tuple[Tensor, Tensor]  # (batch, head, source token, d_k) each


class DecoderLayer(nn.Module):
    """Masked self-attention, cross-attention to the encoder, then feed-forward."""

    def __init__(self, config: Config) -> None:
        """Make the three sub-layers."""
        super().__init__()
        self.self_attention = MultiHeadAttention(config.d_model, config.n_heads, config.dropout)
        self.self_residual = Residual(config)
        self.cross_attention = MultiHeadAttention(config.d_model, config.n_heads, config.dropout)
        self.cross_residual = Residual(config)
        self.feed_forward = FeedForward(config)
        self.feed_forward_residual = Residual(config)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        self_mask: Tensor | None,
        cross_mask: Tensor | None,
        change: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, LayerRun]:
        """Return the stream (batch, token, d_model) after this layer, and the layer's run.

        ``change``: what to put in the place of the cross-attention's weights.
        """
        x, self_call = _self_attention(x, self.self_attention, self.self_residual, self_mask)
        after_self = x
        inputs = self.cross_residual.enter(x)
        output, cross_call = self.cross_attention(inputs, memory, cross_mask, change=change)
        x = after_cross = self.cross_residual.leave(x, output)
        x, added = _position_wise(x, self.feed_forward, self.feed_forward_residual)
        attention = {"self": self_call, "cross": cross_call}
        return x, LayerRun(attention, {"self": after_self, "cross": after_cross, "feed_forward": x}, added)

    def start(self, memory: Tensor) -> Past:
        """Return what :meth:`extend` starts from: nothing of its own, and the projected ``memory``."""
        key, value = self.cross_attention.keys_and_values(memory)
        return Past((key[:, :, :0], value[:, :, :0]), (key, value))

    def extend(self, x: Tensor, memory: Tensor, past: Past, cross_mask: Tensor | None) -> tuple[Tensor, Past, LayerRun]:
        """Run one more position (batch, 1, d_model); the same numbers as the last row of :meth:`forward`."""
        inputs = self.self_residual.enter(x)
        new = self.self_attention.keys_and_values(inputs)
        key, value = (torch.cat(pair, dim=2) for pair in zip(past.own, new, strict=True))
        output, self_call = self.self_attention(inputs, inputs, None, (key, value))
        x = after_self = self.self_residual.leave(x, output)
        output, cross_call = self.cross_attention(self.cross_residual.enter(x), memory, cross_mask, past.cross)
        x = after_cross = self.cross_residual.leave(x, output)
        x, added = _position_wise(x, self.feed_forward, self.feed_forward_residual)
        calls = {"self": self_call, "cross": cross_call}
        run = LayerRun(calls, {"self": after_self, "cross": after_cross, "feed_forward": x}, added)
        return x, Past((key, value), past.cross), run


def _self_attention(
    x: Tensor, attention: MultiHeadAttention, residual: Residual, mask: Tensor | None
) -> tuple[Tensor, AttentionInputs]:
    inputs = residual.enter(x)
    output, call = attention(inputs, inputs, mask)
    return residual.leave(x, output), call


def _position_wise(x: Tensor, feed_forward: Callable[[Tensor], Tensor], residual: Residual) -> tuple[Tensor, Tensor]:
    output = feed_forward(residual.enter(x))
    return residual.leave(x, output), output
