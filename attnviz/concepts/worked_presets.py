"""Worked examples to start from: the lecture's shapes, published ones, and small integers from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from attnviz.concepts.worked_example import Given, Numbers, work
from attnviz.trace.records import Mask

PresetName: TypeAlias = Literal["lecture", "tril_average", "ch03_simple", "ch03_causal_mask", "random"]
PRESETS: tuple[PresetName, ...] = get_args(PresetName)
MAX_SEED = 9999
_DRAWS = 400  # at most, until the rows of weights can be told apart on paper


@dataclass(frozen=True, eq=False)
class Preset:
    """One example, the words that its source gives (none: any), and where it was published."""

    name: PresetName
    given: Given
    words: tuple[str, ...] = ()
    source: str = ""


_JOURNEY = ("Your", "journey", "starts", "with", "one", "step")
_JOURNEY_INPUTS = (
    (0.43, 0.15, 0.89),
    (0.55, 0.87, 0.66),
    (0.57, 0.85, 0.64),
    (0.22, 0.58, 0.33),
    (0.77, 0.25, 0.10),
    (0.05, 0.80, 0.55),
)


def preset(name: PresetName, seed: int = 1) -> Preset:
    """Return an example by name; ``seed`` counts for "random" alone."""
    return _random(seed) if name == "random" else _MAKERS[name]()


def _lecture() -> Preset:
    """Three words, d_model 3, d_k 4, as in the lecture; the integers are our own."""
    return Preset(
        "lecture",
        Given(
            inputs=_array([[1, 0, 2], [0, 2, 1], [2, 1, 0]]),
            W_Q=_array([[0, 0, -1, -1], [1, 0, 1, -1], [0, 1, 1, 0]]),
            W_K=_array([[-1, -1, 1, -1], [0, 1, 1, 1], [0, 0, 0, 0]]),
            W_V=_array([[1, 0, 2, 0], [0, 1, 0, 1], [1, 1, 0, 0]]),
            mask=_all(3),
        ),
    )


def _tril_average() -> Preset:
    """Scores of 0 and a causal mask: each row of the output is the mean of the rows so far."""
    return Preset(
        "tril_average",
        Given(
            inputs=_array([[2, 7], [6, 4], [6, 5]]),
            W_Q=np.zeros((2, 2)),
            W_K=np.zeros((2, 2)),
            W_V=np.eye(2),
            mask=_all(3, causal=True),
        ),
        source='Andrej Karpathy, "Let\'s build GPT", gpt-dev.ipynb (seed 42)',
    )


def _ch03_simple() -> Preset:
    """Attention without trainable parameters: Q = K = V = X, and no scaling."""
    return Preset(
        "ch03_simple",
        Given(_array(_JOURNEY_INPUTS), np.eye(3), np.eye(3), np.eye(3), _all(6), scaled=False),
        _JOURNEY,
        "Sebastian Raschka, LLMs from scratch, ch03.ipynb, 3.3",
    )


def _ch03_causal_mask() -> Preset:
    """The causal mask over trained shapes, d_k = 2: nn.Linear's parameters at seed 789, to four digits."""
    return Preset(
        "ch03_causal_mask",
        Given(
            inputs=_array(_JOURNEY_INPUTS),
            W_Q=_array([[0.3161, -0.1683], [0.4568, -0.3379], [0.5118, -0.0918]]),
            W_K=_array([[0.4058, 0.2134], [-0.4704, -0.2601], [0.2368, -0.5105]]),
            W_V=_array([[0.2526, 0.5191], [-0.1415, -0.0852], [-0.1962, -0.2043]]),
            mask=_all(6, causal=True),
        ),
        _JOURNEY,
        "Sebastian Raschka, LLMs from scratch, ch03.ipynb, 3.5 (seed 789)",
    )


_MAKERS: dict[PresetName, Callable[[], Preset]] = {
    "lecture": _lecture,
    "tril_average": _tril_average,
    "ch03_simple": _ch03_simple,
    "ch03_causal_mask": _ch03_causal_mask,
}


def _random(seed: int) -> Preset:
    """Draw small integers in the lecture's shapes until they make an example that can be followed on paper."""
    generator = np.random.default_rng(seed)

    def draw(low: int, high: int, shape: tuple[int, int], shares: list[float]) -> Numbers:
        return generator.choice(np.arange(low, high + 1), shape, p=shares).astype(np.float64)

    for _ in range(_DRAWS):
        inputs = draw(0, 2, (3, 3), [0.4, 0.35, 0.25])
        W_Q, W_K, W_V = (draw(-1, 2, (3, 4), [0.2, 0.4, 0.3, 0.1]) for _ in range(3))
        given = Given(inputs, W_Q, W_K, W_V, _all(3))
        if _is_clear(given):
            break
    return Preset("random", given)


def _is_clear(given: Given) -> bool:
    """No word without numbers, no row of weights a tie or nearly all on one word, not all rows on the same word."""
    weights = work(given).weights  # (query, key)
    largest, second = np.sort(weights, axis=1)[:, :-3:-1].T
    plain = bool((largest < 0.95).all() and (largest - second > 0.05).all() and given.inputs.any(axis=1).all())
    return plain and len(set(weights.argmax(axis=1))) > 1


def _array(rows: object) -> Numbers:
    return np.array(rows, dtype=np.float64)


def _all(words: int, causal: bool = False) -> Mask:
    mask = np.ones((words, words), dtype=np.bool_)
    return np.tril(mask) if causal else mask


SOURCED: tuple[PresetName, ...] = tuple(name for name, make in _MAKERS.items() if make().source)
