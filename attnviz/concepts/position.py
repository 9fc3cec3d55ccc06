"""Positions: the sinusoidal encoding, two orders of the same words, and whether a word survives its position."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.model.attention import attend
from attnviz.model.masks import causal_mask
from attnviz.model.positions import sinusoidal_positions
from attnviz.trace.records import Array, membership, read_only
from attnviz.trace.run import Model
from attnviz.trace.tokens import Tokens, tokenize

Numbers: TypeAlias = NDArray[np.float64]
Way: TypeAlias = Literal["plain", "positions", "causal"]
WAYS: tuple[Way, ...] = get_args(Way)
RANDOM_WORDS, RANDOM_POSITIONS = 1000, 50  # of the vocabulary of random embeddings


@lru_cache(maxsize=32)  # some figures of a page, and every reader's, begin from the same one
def encoding(n_positions: int, d_model: int) -> Array:
    """Return the model's own encoding, (position, d_model)."""
    return read_only(sinusoidal_positions(n_positions, d_model))


def tensor2tensor_layout(n_positions: int, d_model: int) -> Array:
    """Return the other layout, (position, d_model): all sines, then all cosines, the last wavelength exactly 10000.

    Source: the library Tensor2Tensor; drawn in "The Illustrated Transformer". Not the paper's formula.
    """
    half = d_model // 2
    angle = np.arange(n_positions)[:, None] * 10000.0 ** (-np.arange(half) / max(half - 1, 1))  # (position, half)
    return np.concatenate((np.sin(angle), np.cos(angle)), axis=1).astype(np.float32)


@dataclass(frozen=True)
class Entry:
    """How one number of the encoding is made."""

    position: int
    dimension: int
    pair: int  # i: dimensions 2i and 2i + 1 share one angle
    angle: float  # position / 10000^(2i / d_model)
    wavelength: float  # positions after which the wave starts again
    value: float


def entry(position: int, dimension: int, d_model: int) -> Entry:
    """Return one number of the encoding with what it is made from."""
    pair = dimension // 2
    wavelength = 10000.0 ** (2 * pair / d_model)
    value = float(encoding(position + 1, d_model)[position, dimension])
    return Entry(position, dimension, pair, position / wavelength, 2 * math.pi * wavelength, value)


def similarity(position: int, n_offsets: int, d_model: int) -> Numbers:
    """Return the cosine of the encoding at ``position`` with that 0, 1, ... positions later, (offset)."""
    table = encoding(position + n_offsets, d_model).astype(np.float64)[position:]
    lengths = np.linalg.norm(table, axis=1)
    cosine: Numbers = table @ table[0] / (lengths * lengths[0])
    return cosine


def match(first: Sequence[str], second: Sequence[str]) -> tuple[int, ...] | None:
    """Return where each word of ``first`` stands in ``second``; None when these are not the same words.

    The n-th of several equal words is the n-th in both.
    """
    if sorted(first) != sorted(second):
        return None
    left = {word: [place for place, other in enumerate(second) if other == word] for word in set(second)}
    return tuple(left[word].pop(0) for word in first)


@dataclass(frozen=True, eq=False)
class TwoOrders:
    """The same words in two orders, one vector a word; the second order's rows are put in the first's order."""

    first: NDArray[Any]  # (..., word, d_model)
    second: NDArray[Any]  # (..., word, d_model)

    @property
    def largest(self) -> Numbers:
        """Largest absolute difference of each word's numbers, (..., word)."""
        found: Numbers = np.abs(self.second.astype(np.float64) - self.first).max(axis=-1)
        return found

    @property
    def share(self) -> Numbers:
        """Length of the difference over the mean length of the two vectors, (..., word)."""
        lengths = np.linalg.norm(self.first, axis=-1) + np.linalg.norm(self.second, axis=-1)
        apart = np.linalg.norm(self.second.astype(np.float64) - self.first, axis=-1)
        found: Numbers = 2 * apart / lengths
        return found


@dataclass(frozen=True, eq=False)
class Layer:
    """One head of self-attention with random parameters, float64; each matrix (d_model, d_model)."""

    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor

    def __call__(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the output (word, d_model) for ``x`` (word, d_model); ``mask`` (word, word), True = may attend."""
        return attend(x @ self.W_Q, x @ self.W_K, x @ self.W_V, mask).head_output @ self.W_O


def random_layer(d_model: int, generator: torch.Generator) -> Layer:
    """Draw the four matrices of a layer, standard deviation 1 / sqrt(d_model)."""
    shape = (4, d_model, d_model)
    return Layer(*torch.randn(shape, generator=generator, dtype=torch.float64) / math.sqrt(d_model))


def random_layer_in_two_orders(
    first: Sequence[str], second: Sequence[str], d_model: int, seed: int
) -> dict[Way, TwoOrders]:
    """Run one random layer on both orders: without positions, with them, and without them under a causal mask.

    Equal words get equal embeddings, drawn from N(0, 1). Words that differ raise ``ValueError``.
    """
    places = match(first, second)
    if places is None:
        raise ValueError("both orders must hold the same words")
    generator = torch.Generator().manual_seed(seed)
    layer = random_layer(d_model, generator)
    names = sorted(set(first))
    table = torch.randn((len(names), d_model), generator=generator, dtype=torch.float64)
    positions = sinusoidal_positions(len(first), d_model).double()  # (word, d_model)
    masks = {"plain": None, "positions": None, "causal": causal_mask(len(first))}
    found: dict[Way, TwoOrders] = {}
    for way in WAYS:
        outputs = []
        for order in (first, second):
            x = table[[names.index(word) for word in order]]  # (word, d_model)
            outputs.append(layer(x + positions if way == "positions" else x, masks[way]))
        found[way] = TwoOrders(read_only(outputs[0]), read_only(outputs[1][list(places)]))
    return found


def terms_in_two_orders(
    first: Sequence[str], second: Sequence[str], d_model: int, seed: int, word: str
) -> tuple[Numbers, Numbers]:
    """Return what each word adds to the first number that the layer mixes for ``word``, in both orders, no positions.

    Each is a weight times the first number of a value, (word); the layer is that of
    :func:`random_layer_in_two_orders` with the same seed.
    """
    generator = torch.Generator().manual_seed(seed)
    layer = random_layer(d_model, generator)
    names = sorted(set(first))
    table = torch.randn((len(names), d_model), generator=generator, dtype=torch.float64)

    def terms(order: Sequence[str]) -> Numbers:
        x = table[[names.index(other) for other in order]]  # (word, d_model)
        value = x @ layer.W_V
        weights = attend(x @ layer.W_Q, x @ layer.W_K, value).weights[list(order).index(word)]
        found: Numbers = read_only(weights * value[:, 0])
        return found

    return terms(first), terms(second)


@torch.inference_mode()
def model_in_two_orders(model: Model, first: Sequence[str], second: Sequence[str], *, positions: bool) -> TwoOrders:
    """Run the model's own encoder on both orders; vectors are (stage, word, d_model).

    Stages: embedding times sqrt(d_model), the sum with its position, then the stream after each layer.
    Without ``positions`` zeros are added instead. A word of several pieces is the mean of its pieces.
    Words that differ, or more than the model reads, raise ``ValueError``.
    """
    places = match(first, second)
    read = [tokenize(model.tokenizer, list(order)) for order in (first, second)]
    if places is None or any(tokens.n_dropped for tokens in read):
        raise ValueError("both orders must hold the same words, no more than the model reads")
    stages = [_stages(model, tokens, positions) for tokens in read]
    return TwoOrders(stages[0], stages[1][:, list(places)])


def _stages(model: Model, tokens: Tokens, positions: bool) -> Array:
    transformer = model.transformer
    embeddings, encoded, _ = transformer.embed(torch.tensor([tokens.ids]))  # (1, token, d_model), (token, d_model)
    x = embeddings + encoded if positions else embeddings
    streams = [embeddings, x]
    for layer in transformer.encoder:
        x, _ = layer(x, None)
        streams.append(x)
    words = membership(tokens.word_of)  # (word, token)
    words = words / words.sum(axis=1, keepdims=True)
    found: Array = words @ torch.cat(streams).numpy()  # (stage, word, d_model)
    return found


def embedding_table(model: Model, *, factor: bool) -> Array:
    """Return every token's embedding, (token, d_model), times sqrt(d_model) or without that factor."""
    table = model.transformer.embedding.weight
    return read_only(table * (math.sqrt(table.shape[1]) if factor else 1.0))


def random_table(d_model: int, seed: int, *, factor: bool) -> Array:
    """Draw embeddings from N(0, 1 / d_model), (RANDOM_WORDS, d_model), times sqrt(d_model) or without that factor."""
    table = torch.randn((RANDOM_WORDS, d_model), generator=torch.Generator().manual_seed(seed))
    return read_only(table if factor else table / math.sqrt(d_model))


def survives(table: Array, positions: Array, words: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """Tell for each (position, word) whether word + position is nearer (L2) to its own embedding than to any other.

    ``table`` (word, d_model), ``positions`` (position, d_model), ``words``: rows to ask about, all by default.
    |x + p - y|^2 is compared without what all y share: |y|^2 - 2 p.y - 2 x.y.
    """
    every, encoded = torch.tensor(table), torch.tensor(positions)
    asked = torch.arange(len(every)) if words is None else torch.tensor(words)
    shared = (every * every).sum(dim=1) - 2 * encoded @ every.T  # (position, word)
    found = torch.empty((len(encoded), len(asked)), dtype=torch.bool)
    block = max(1, 262144 // len(every))  # what is compared at once stays in the processor's cache
    for start in range(0, len(asked), block):
        rows = asked[start : start + block]
        products = -2 * every[rows] @ every.T  # (row, word)
        own = products[torch.arange(len(rows)), rows]  # (row)
        for position, row in enumerate(shared):
            found[position, start : start + block] = (products + row).amin(dim=1) >= own + row[rows]
    return found.numpy()


def nearest(table: Array, vectors: Array, count: int) -> tuple[NDArray[np.int64], Array]:
    """Return the rows of ``table`` nearest (L2) to each of ``vectors`` (vector, d_model), and their distances.

    Both are (vector, count), the nearest first.
    """
    every, asked = torch.tensor(table), torch.tensor(vectors)
    compared = (every * every).sum(dim=1) - 2 * asked @ every.T  # (vector, word): |v - y|^2 without |v|^2
    rows = compared.topk(min(count + 4, len(every)), largest=False).indices  # a few more: rounding may swap them
    distances = (every[rows] - asked[:, None]).norm(dim=-1)  # (vector, row)
    order = distances.argsort(dim=1, stable=True)[:, :count]
    return rows.gather(1, order).numpy(), distances.gather(1, order).numpy()


@dataclass(frozen=True)
class Crowd:
    """How far apart random words are, and in how many directions."""

    apart: float  # mean distance of two words
    cosine: float  # mean absolute cosine of two words


def crowd(table: Array) -> Crowd:
    """Measure all pairs of the words of ``table`` (word, d_model)."""
    words = torch.tensor(table)
    first, second = torch.triu_indices(len(words), len(words), 1)
    unit = words / words.norm(dim=1, keepdim=True)
    return Crowd(float(torch.pdist(words).mean()), float((unit @ unit.T)[first, second].abs().mean()))


@dataclass(frozen=True, eq=False)
class InSentence:
    """A sentence's tokens before and after their positions are added."""

    embedding: Array  # (token), length of the embedding
    position: Array  # (token), length of the position's encoding
    cosine: Array  # (token), between the two
    kept: NDArray[np.bool_]  # (token), whether the nearest embedding to the sum is still the token's own


def in_sentence(embeddings: Array, positions: Array, table: Array) -> InSentence:
    """Measure ``embeddings`` and ``positions`` (token, d_model) against ``table`` (vocabulary, d_model)."""
    lengths = np.linalg.norm(embeddings, axis=1), np.linalg.norm(positions, axis=1)
    rows, _ = nearest(table, embeddings + positions, 1)
    kept = (table[rows[:, 0]] == embeddings).all(axis=1)
    return InSentence(*lengths, (embeddings * positions).sum(axis=1) / (lengths[0] * lengths[1]), kept)
