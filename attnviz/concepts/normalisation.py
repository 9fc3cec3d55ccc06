"""LayerNorm written out for one vector, and beside BatchNorm on a small batch.

What is normalised here is normalised by PyTorch's own ``layer_norm`` and ``batch_norm``. Sources:
Ba, Kiros and Hinton 2016 (LayerNorm), Ioffe and Szegedy 2015 (BatchNorm); both divide by the biased
variance, sum of squares over n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from attnviz.trace.records import Norm, frozen, read_only

Numbers: TypeAlias = NDArray[np.float64]
WrongNorm: TypeAlias = Literal["n_minus_1", "columns", "no_mean"]
WRONG_NORMS: tuple[WrongNorm, ...] = get_args(WrongNorm)
EPS = 1e-5  # PyTorch's default, and what our own model has


@dataclass(frozen=True)
class Moments:
    """What a vector looks like as a whole."""

    mean: float
    variance: float  # biased
    length: float  # square root of the sum of squares


@dataclass(frozen=True, eq=False)
class WrittenOut:
    """LayerNorm of one vector, term by term: result = standard * gain + bias."""

    x: Numbers  # (d_model)
    before: Moments
    standard: Numbers  # (d_model): (x - mean) / sqrt(variance + eps)
    between: Moments  # of ``standard``
    norm: Norm
    result: Numbers  # (d_model)
    after: Moments


@dataclass(frozen=True, eq=False)
class Batch:
    """One batch under both normalisations; the first sentence is the one that is watched."""

    x: Numbers  # (token, feature): the tokens of all sentences that are present
    layer: Numbers  # (token, feature)
    batch: Numbers  # (token, feature)
    n_tokens: int  # of one sentence
    layer_whole: Numbers  # (token of the first sentence, feature): with every sentence present
    batch_whole: Numbers

    @property
    def layer_change(self) -> float:
        """How far the first sentence's numbers moved under LayerNorm, at most."""
        return float(np.abs(self.layer[: self.n_tokens] - self.layer_whole).max())

    @property
    def batch_change(self) -> float:
        """How far the first sentence's numbers moved under BatchNorm, at most."""
        return float(np.abs(self.batch[: self.n_tokens] - self.batch_whole).max())


def moments(vector: NDArray[np.floating]) -> Moments:
    """Return mean, biased variance and length of ``vector`` (feature)."""
    values = torch.tensor(vector).double()
    variance, mean = torch.var_mean(values, correction=0)
    return Moments(float(mean), float(variance), float(values.norm()))


def written_out(x: NDArray[np.floating], norm: Norm) -> WrittenOut:
    """Write LayerNorm of ``x`` (d_model) out, in float64."""
    values, gain, bias = (torch.tensor(array).double() for array in (x, norm.gain, norm.bias))
    standard = read_only(F.layer_norm(values, values.shape, eps=norm.eps))
    result = read_only(F.layer_norm(values, values.shape, gain, bias, norm.eps))
    return WrittenOut(read_only(values), moments(x), standard, moments(standard), norm, result, moments(result))


def bare_layer_norm(x: Tensor) -> Tensor:
    """Normalise each token of ``x`` (token, feature) over its own features; no gain, no bias."""
    return F.layer_norm(x, x.shape[-1:], eps=EPS)


def bare_batch_norm(x: Tensor) -> Tensor:
    """Normalise each feature of ``x`` (token, feature) over all tokens, as in training; no gain, no bias."""
    return F.batch_norm(x, None, None, training=True, eps=EPS)


def drawn_batch(seed: int, n_sentences: int = 4, n_tokens: int = 2, n_features: int = 4) -> Numbers:
    """Draw a batch (sentence, token, feature) with one decimal; the mean differs from sentence to sentence."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1.5, (n_sentences, 1, n_features))
    return frozen((centres + rng.normal(0, 1, (n_sentences, n_tokens, n_features))).round(1) + 0.0)


def compare(sentences: Numbers, mates: Sequence[int]) -> Batch:
    """Normalise the first of ``sentences`` (sentence, token, feature) among ``mates`` and among all others.

    ``mates`` are indices from 1 of the sentences that are present beside the first.
    """
    n_tokens = sentences.shape[1]
    whole = torch.tensor(sentences).double().flatten(0, 1)  # (token, feature)
    x = torch.tensor(sentences[[0, *mates]]).double().flatten(0, 1)
    return Batch(
        x=read_only(x),
        layer=read_only(bare_layer_norm(x)),
        batch=read_only(bare_batch_norm(x)),
        n_tokens=n_tokens,
        layer_whole=read_only(bare_layer_norm(whole)[:n_tokens]),
        batch_whole=read_only(bare_batch_norm(whole)[:n_tokens]),
    )


def wrong_norm(x: Numbers, way: WrongNorm) -> Numbers:
    """Normalise ``x`` (token, feature) as LayerNorm does, with one mistake.

    ``n_minus_1`` divides the sum of squares by n - 1, ``columns`` goes down the features of all tokens
    instead of along one token, ``no_mean`` leaves the mean where it is.
    """
    values = torch.tensor(x).double()
    if way == "columns":
        return read_only(F.layer_norm(values.T, values.T.shape[-1:], eps=EPS).T)
    if way == "no_mean":
        return read_only(F.rms_norm(values, values.shape[-1:], eps=EPS))
    variance, mean = torch.var_mean(values, dim=-1, keepdim=True, correction=1)
    return read_only((values - mean) / (variance + EPS).sqrt())


def row_moments(x: Numbers) -> Numbers:
    """Return (token, 2): each row's mean and biased variance."""
    found = (moments(row) for row in x)
    return np.array([(row.mean, row.variance) for row in found])
