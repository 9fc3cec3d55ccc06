"""What a layer costs: Table 1 of the paper as numbers, and our own attention measured against it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from attnviz.concepts.parameters import PRESETS as SHAPES
from attnviz.model.attention import AttentionSteps, MultiHeadAttention, attend
from attnviz.trace.records import frozen

Exact: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["self_attention", "recurrent", "convolution", "restricted"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FORMULAS: dict[Kind, tuple[str, str, str]] = {  # operations, sequential operations, maximum path length: Table 1
    "self_attention": ("n^2 d", "1", "1"),
    "recurrent": ("n d^2", "n", "n"),
    "convolution": ("k n d^2", "1", r"\log_k n"),
    "restricted": ("r n d", "1", "n/r"),
}
PROJECTIONS = "4 n d^2"  # W_Q, W_K, W_V and W_O on n vectors: what the table leaves out
MEASURED_AT = (8, 16, 32, 64, 128, 256, 512)
SEED = 0


@dataclass(frozen=True)
class Sizes:
    """n words of d numbers; a convolution sees k of them at once, restricted attention r."""

    n: int
    d: int
    k: int
    r: int

    def __post_init__(self) -> None:
        """Refuse sizes for which the table has no numbers."""
        if min(self.n, self.d, self.r) < 1 or self.k < 2:
            raise ValueError(f"n, d and r must be at least 1 and k at least 2, not {self}")


# d_model and the longest text: the paper's base model (Table 3; it names no longest sentence, 64 words are a long one),
# GPT-2 small (1024 learned positions), GPT-3 (Brown et al. 2020, 2.1: n_ctx = 2048)
PRESETS: dict[str, tuple[int, int]] = {
    "paper": (64, SHAPES["base"].d_model),
    "gpt2": (SHAPES["gpt2"].positions, SHAPES["gpt2"].d_model),
    "gpt3": (2048, SHAPES["gpt3"].d_model),
}


@dataclass(frozen=True)
class Cost:
    """One row of Table 1 at given sizes, the O() left away: leading terms, constants not counted."""

    kind: Kind
    operations: int
    sequential: int  # operations that must wait for each other
    path: int  # steps between the two words that are furthest apart


def operations(kind: Kind, n: int, sizes: Sizes, projections: bool = False) -> int:
    """Return the operations of one layer on ``n`` words; ``projections`` adds 4 n d^2 to both attentions.

    Restricted attention can't see more than all words: beyond r = n it is full self-attention.
    """
    d = sizes.d
    added = 4 * n * d**2 if projections else 0
    counts: dict[Kind, int] = {
        "self_attention": n**2 * d + added,
        "recurrent": n * d**2,
        "convolution": sizes.k * n * d**2,
        "restricted": min(sizes.r, n) * n * d + added,
    }
    return counts[kind]


def cost(kind: Kind, sizes: Sizes, projections: bool = False) -> Cost:
    """Return one row of Table 1 in numbers; a convolution's path is that of dilated ones, as in the table."""
    paths: dict[Kind, int] = {
        "self_attention": 1,
        "recurrent": sizes.n,
        "convolution": dilated_layers(sizes.n, sizes.k),
        "restricted": -(-sizes.n // sizes.r),
    }
    sequential = sizes.n if kind == "recurrent" else 1
    return Cost(kind, operations(kind, sizes.n, sizes, projections), sequential, paths[kind])


def dilated_layers(n: int, k: int) -> int:
    """Return log_k n, rounded up: how many dilated convolutions of width ``k`` let one word see ``n``; at least 1."""
    layers, seen = 1, k
    while seen < n:
        layers, seen = layers + 1, seen * k
    return layers


def crossing(sizes: Sizes, projections: bool = False) -> int | None:
    """Return the n at which self-attention costs what a recurrent layer costs; None when it never does.

    n^2 d = n d^2 gives n = d. With 4 n d^2 on its side self-attention is above for every n.
    """
    return None if projections else sizes.d


@dataclass(frozen=True, eq=False)
class Measured:
    """One attention layer run at growing n: seconds of each run, and the bytes that its arrays hold."""

    n: NDArray[np.int64]  # (size)
    seconds: Exact  # (size, run): of computing, for projections, attend() and output projection
    square: Exact  # (size): bytes of the arrays with one number for each pair of words
    linear: Exact  # (size): bytes of the arrays with a vector for each word

    @property
    def time(self) -> Exact:
        """The median run, (size)."""
        median: Exact = np.median(self.seconds, axis=1)
        return median

    @property
    def memory(self) -> Exact:
        """All bytes, (size)."""
        return self.square + self.linear

    @property
    def noise(self) -> float:
        """How many times as long as the median a run took at most."""
        return float((self.seconds.max(axis=1) / self.time).max())


@torch.inference_mode()
def measure(attention: MultiHeadAttention, at: Sequence[int] = MEASURED_AT, runs: int = 7) -> Measured:
    """Run ``attention`` by ``attend()``, every step kept, on random vectors: ``runs`` times for each n of ``at``.

    What is timed runs in the calling thread when PyTorch uses one thread, as it does in the app.
    """
    d_model = attention.W_Q.in_features
    random = torch.Generator().manual_seed(SEED)
    seconds, square, linear = [], [], []
    for _ in range(10):  # what only the very first runs pay for
        run_once(attention, torch.zeros(1, 8, d_model))
    for n in at:
        inputs = torch.randn(1, n, d_model, generator=random)  # (batch, token, d_model)
        query, key, value, steps, output = run_once(attention, inputs)  # not timed: it also fetches code and memory
        square.append(_held(steps.scores, steps.scaled_scores, steps.masked_scores, steps.weights))
        linear.append(_held(query, key, value, steps.head_output, output))
        seconds.append([_seconds(attention, inputs) for _ in range(runs)])
    return Measured(
        frozen(np.array(at)),
        frozen(np.array(seconds)),
        frozen(np.array(square, dtype=np.float64)),
        frozen(np.array(linear, dtype=np.float64)),
    )


def run_once(attention: MultiHeadAttention, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor, AttentionSteps, Tensor]:
    """Return query, key, value, every step of ``attend()`` and the output, (batch, token, d_model)."""
    query = attention.split_heads(attention.W_Q(inputs))  # (batch, head, query, d_k)
    key, value = attention.keys_and_values(inputs)
    steps = attend(query, key, value)
    concat = steps.head_output.transpose(1, 2).flatten(-2)  # (batch, query, d_model)
    return query, key, value, steps, attention.W_O(concat)


def _held(*arrays: Tensor) -> int:
    """Bytes of all arrays; those that share their memory count once."""
    return sum({array.untyped_storage().data_ptr(): array.untyped_storage().nbytes() for array in arrays}.values())


def _seconds(attention: MultiHeadAttention, inputs: Tensor) -> float:
    start = _clock()
    run_once(attention, inputs)
    return _clock() - start


def _clock() -> float:
    """Seconds that this thread has computed, whatever else the machine does; where that is too coarse, plain time."""
    fine = time.get_clock_info("thread_time").resolution < 1e-5
    return time.thread_time() if fine else time.perf_counter()


@dataclass(frozen=True)
class Fit:
    """y = factor * n^exponent, by least squares on the logarithms of both."""

    exponent: float
    factor: float

    def at(self, n: ArrayLike) -> Exact:
        """Return the fitted y."""
        return self.factor * np.asarray(n, dtype=np.float64) ** self.exponent


def fit(n: ArrayLike, y: ArrayLike) -> Fit:
    """Fit a power law to at least two points; all numbers must be above 0."""
    slope, intercept = np.polyfit(np.log(np.asarray(n, dtype=np.float64)), np.log(np.asarray(y, dtype=np.float64)), 1)
    return Fit(float(slope), float(np.exp(intercept)))
