"""Heads taken out of a model, before W^O, where they are still heads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch

from attnviz.model.attention import MultiHeadAttention
from attnviz.model.layers import DecoderLayer, EncoderLayer
from attnviz.trace.records import PARTS, Array, Part
from attnviz.trace.run import Model, wrap


class Head(NamedTuple):
    """One head's place; layer and head count from 0."""

    part: Part
    layer: int
    head: int


def all_heads(model: Model) -> tuple[Head, ...]:
    """Return every head of the model, part by part."""
    config = model.transformer.config
    layers = {"encoder_self": config.n_encoder_layers}
    return tuple(
        Head(part, layer, head)
        for part in PARTS
        for layer in range(layers.get(part, config.n_decoder_layers))
        for head in range(config.n_heads)
    )


def without_heads(model: Model, heads: Iterable[Head]) -> Model:
    """Return a model in which these heads add nothing: their slices of W_O are 0.

    That is the same as setting their ``head_output`` to 0 before W_O. The model itself stays as it is,
    for it serves all users; with no heads to take out it is returned unchanged. ``ValueError`` for a
    head that the model does not have.
    """
    heads = tuple(heads)
    if not heads:
        return model
    known = set(all_heads(model))
    transformer = deepcopy(model.transformer)
    with torch.no_grad():
        for place in heads:
            if place not in known:
                raise ValueError(f"{model.name} has no {place}")
            d_k = transformer.config.d_k
            own = slice(place.head * d_k, (place.head + 1) * d_k)
            _attention(transformer.encoder, transformer.decoder, place).W_O.weight[:, own] = 0
    return wrap(model.name, transformer, model.tokenizer)


def moved(before: Array, after: Array, word_of: Sequence[int | None]) -> tuple[float, ...]:
    """Return how far the vector of each word moves, as a share of its length; (token, d_model) each.

    A word's vector is the mean of its tokens' vectors.
    """
    words = sorted({word for word in word_of if word is not None})
    own = [[token for token, word in enumerate(word_of) if word == wanted] for wanted in words]
    pairs = [[vectors[tokens].astype(np.float64).mean(axis=0) for vectors in (before, after)] for tokens in own]
    return tuple(float(np.linalg.norm(new - old) / np.linalg.norm(old)) for old, new in pairs)


def _attention(encoder: torch.nn.ModuleList, decoder: torch.nn.ModuleList, place: Head) -> MultiHeadAttention:
    layer = (encoder if place.part == "encoder_self" else decoder)[place.layer]
    assert isinstance(layer, EncoderLayer | DecoderLayer)
    if place.part == "cross":
        assert isinstance(layer, DecoderLayer)
        return layer.cross_attention
    return layer.self_attention
