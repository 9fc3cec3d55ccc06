"""The residual connection: what each sub-layer adds to a word's vector, and what depth does without it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from attnviz.concepts.vectors import cosine
from attnviz.model.config import Config
from attnviz.model.layers import EncoderLayer
from attnviz.trace.records import Array, Norm, Part, Trace, frozen, layer_norm

Stack: TypeAlias = Literal["encoder", "decoder"]
Kind: TypeAlias = Literal["self", "cross", "feed_forward"]
WIDTH, TOKENS = 32, 8  # of the random stack
_SHAPE = Config(vocabulary_size=1, d_model=WIDTH, n_heads=4, d_ff=4 * WIDTH, dropout=0.0)


@dataclass(frozen=True, eq=False)
class SubLayer:
    """One sub-layer on the stream, for all tokens: the four vectors of a block."""

    layer: int  # from 0
    name: Kind  # as in ``Trace.residual``
    norm: Norm  # the sub-layer's own
    x: Array  # (token, d_model): the stream before
    output: Array  # (token, d_model): what is added
    total: Array  # (token, d_model): x + output
    normalised: Array  # (token, d_model): LayerNorm of x, which the sub-layer reads; post-norm: of the total


@dataclass(frozen=True)
class Addition:
    """What one sub-layer added to one token's vector."""

    layer: int
    name: Kind
    before: float  # length of the vector before
    added: float  # length of what was added
    after: float  # length of the sum
    ratio: float  # added / before
    cosine: float  # between what was added and the vector before


@dataclass(frozen=True, eq=False)
class Depth:
    """A random stack, sub-layer by sub-layer; index 0 is the input."""

    apart: NDArray[np.float64]  # share of the vectors' length that tells the tokens apart
    cosine: NDArray[np.float64]  # of each token's vector with its own input, mean over tokens
    gradient: NDArray[np.float64]  # length of the gradient that arrives there from the end


def sub_layers(trace: Trace, stack: Stack) -> tuple[SubLayer, ...]:
    """Take the encoder's or the decoder's stream apart into its sub-layers, in order."""
    encoder = stack == "encoder"
    x = frozen(trace.embeddings + trace.positions if encoder else trace.target_embeddings + trace.target_positions)
    found = []
    for name, stream in trace.residual.items():
        if name.startswith(stack):
            _, layer, kind = name.split(".")
            norm = trace.norms[name]
            output = _output(trace, stack, int(layer), kind)
            total = frozen(x + output)
            normalised = layer_norm(x if trace.norm_first else total, norm)
            found.append(SubLayer(int(layer), cast(Kind, kind), norm, x, output, total, normalised))
            x = stream
    return tuple(found)


def _output(trace: Trace, stack: Stack, layer: int, kind: str) -> Array:
    if kind == "feed_forward":
        return trace.feed_forward[f"{stack}.{layer}.{kind}"]
    part: Part = "cross" if kind == "cross" else "encoder_self" if stack == "encoder" else "decoder_self"
    return trace.attention(part)[layer].output


def additions(found: tuple[SubLayer, ...], token: int) -> tuple[Addition, ...]:
    """Measure what each sub-layer added to one token's vector."""
    return tuple(_addition(sub_layer, token) for sub_layer in found)


def _addition(sub_layer: SubLayer, token: int) -> Addition:
    x, output, total = (
        torch.tensor(array[token]).double() for array in (sub_layer.x, sub_layer.output, sub_layer.total)
    )
    return Addition(
        sub_layer.layer,
        sub_layer.name,
        before=float(x.norm()),
        added=float(output.norm()),
        after=float(total.norm()),
        ratio=float(output.norm() / x.norm()),
        cosine=float(cosine(output, x)),
    )


def random_depth(n_layers: int, seed: int, *, residual: bool, norm: bool) -> Depth:
    """Run ``TOKENS`` random vectors through ``n_layers`` untrained encoder layers, and a gradient back.

    Parameters, input and the gradient at the end depend on ``seed`` alone, so that runs with and without
    ``residual`` connections, or with and without LayerNorm before each sub-layer (``norm``), compare. In
    float64. Rank collapse without residual connections: Dong, Cordonnier and Loukas 2021.
    """
    draw = torch.Generator().manual_seed(seed)  # not the one that all threads share
    x = torch.randn(1, TOKENS, WIDTH, generator=draw).double().requires_grad_()  # (batch, token, d_model)
    arriving = torch.randn(1, TOKENS, WIDTH, generator=draw).double()
    streams = [x]
    for _ in range(n_layers):
        layer = _layer(draw)
        for around in (layer.self_residual, layer.feed_forward_residual):
            inputs = around.enter(x) if norm else x
            attends = around is layer.self_residual
            output = layer.self_attention(inputs, inputs, None)[0] if attends else layer.feed_forward(inputs)
            x = around.leave(x, output) if residual else output
            streams.append(x)
    gradients = torch.autograd.grad((x * arriving).sum(), streams)
    vectors = [stream.detach().numpy() for stream in streams]
    with torch.inference_mode():
        return Depth(
            apart=_read([_apart(stream) for stream in streams]),
            cosine=_read([float(cosine(at, vectors[0]).mean()) for at in vectors]),
            gradient=_read([float(gradient.norm()) for gradient in gradients]),
        )


def _layer(draw: torch.Generator) -> EncoderLayer:
    layer = EncoderLayer(_SHAPE)
    for module in layer.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight, generator=draw)  # as in our own model before training
            limit = 1 / math.sqrt(module.in_features)
            nn.init.uniform_(module.bias, -limit, limit, generator=draw)
    return layer.double()


def _apart(stream: Tensor) -> float:
    """Return the length of what differs from the mean of all tokens, over the length of all."""
    return float((stream - stream.mean(dim=1, keepdim=True)).norm() / stream.norm())


def _read(values: list[float]) -> NDArray[np.float64]:
    return frozen(np.array(values))
