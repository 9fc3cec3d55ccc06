"""Exercises for paper: small numbers from a seed, and every number that is to be found.

What a lesson computes is computed here by the same functions: softmax and masks through ``attend()``, LayerNorm and
BatchNorm by PyTorch's own, sine waves by the model's encoding. All in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from attnviz.concepts.normalisation import bare_batch_norm, bare_layer_norm
from attnviz.concepts.position import encoding
from attnviz.model.attention import attend

Numbers: TypeAlias = NDArray[np.float64]
Topic: TypeAlias = Literal["masking", "softmax", "position", "block", "rnn"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
MOST_SEED = 9999


@dataclass(frozen=True, eq=False)
class Exercise:
    """One sheet: matrices by name, each (row, column); -inf where a score is masked."""

    topic: Topic
    seed: int
    given: dict[str, Numbers]
    steps: dict[str, dict[str, Numbers]]  # by the name of the step, in the order in which they are worked out


def exercise(topic: Topic, seed: int) -> Exercise:
    """Make the exercise of a topic; ``ValueError`` for a seed outside 0 to 9999."""
    if not 0 <= seed <= MOST_SEED:
        raise ValueError(f"a seed is 0 to {MOST_SEED}, not {seed}")
    given, steps = _MAKERS[topic](np.random.default_rng(seed))
    return Exercise(topic, seed, given, steps)


_Made: TypeAlias = tuple[dict[str, Numbers], dict[str, dict[str, Numbers]]]


def _masking(random: np.random.Generator) -> _Made:
    scores = _whole(random, (4, 4), -2, 4)
    mask = np.tril(np.ones((4, 4)))
    hidden = mask == 0
    late = np.where(hidden, 0.0, _softmax(scores))  # the wrong way: zeros after softmax
    masked = np.where(hidden, -np.inf, scores)
    return {"scores": scores, "mask": mask}, {
        "mask": {"masked_scores": masked},
        "softmax": _exponentials(masked, mask != 0),
        "late": {"late": late, "late_sums": late.sum(axis=1, keepdims=True)},
    }


def _softmax_sheet(random: np.random.Generator) -> _Made:
    scores = random.permutation(np.arange(-2.0, 4.0))[None, :5]  # no two alike
    return {"scores": scores}, {
        "softmax": _exponentials(scores),
        "warm": {"halved": scores / 2, **_exponentials(scores / 2)},
        "shift": {"shifted": scores + 10, "shifted_weights": _softmax(scores + 10)},
    }


def _position(random: np.random.Generator) -> _Made:
    embeddings = np.repeat(_whole(random, (1, 4), -2, 2), 3, axis=0)  # the same word three times
    waves = encoding(3, 4).astype(np.float64)
    added = embeddings + waves
    return {"embeddings": embeddings}, {
        "waves": {"encoding": waves},
        "add": {"sums": added},
        "products": {"products": waves @ waves.T},
    }


def _block(random: np.random.Generator) -> _Made:
    x = _whole(random, (3, 4), -3, 5)
    while (np.ptp(x, axis=0) == 0).any() or (np.ptp(x, axis=1) == 0).any():  # what is all alike has no spread
        x = _whole(random, (3, 4), -3, 5)
    rows, columns = (np.stack([x.mean(axis=axis), x.var(axis=axis)]) for axis in (1, 0))
    tensor = torch.from_numpy(x)
    return {"inputs": x}, {
        "row_moments": {"row_moments": rows.T},
        "layer": {"layer": bare_layer_norm(tensor).numpy()},
        "column_moments": {"column_moments": columns},
        "batch": {"batch": bare_batch_norm(tensor).numpy()},
    }


def _rnn(random: np.random.Generator) -> _Made:
    encoder, state = _whole(random, (4, 3), -2, 3), _whole(random, (1, 3), -1, 2)
    query, key = torch.from_numpy(state), torch.from_numpy(encoder)
    found = attend(query, key, key, scale=1)
    value = found.head_output.numpy()
    return {"encoder_states": encoder, "state": state}, {
        "scores": {"scores": found.scores.numpy()},
        "softmax": _exponentials(found.scores.numpy()),
        "value": {"attention_value": value},
        "concat": {"concat": np.concatenate([value, state], axis=1)},
    }


_MAKERS: dict[Topic, Callable[[np.random.Generator], _Made]] = {
    "masking": _masking,
    "softmax": _softmax_sheet,
    "position": _position,
    "block": _block,
    "rnn": _rnn,
}


def _whole(random: np.random.Generator, shape: tuple[int, int], low: int, high: int) -> Numbers:
    return random.integers(low, high, size=shape, endpoint=True).astype(np.float64)


def _softmax(scores: Numbers, mask: NDArray[np.bool_] | None = None) -> Numbers:
    """The softmax of each row, by ``attend()``: a query of 1 meets keys that are the scores."""
    clean = np.where(np.isfinite(scores), scores, 0.0)
    key = torch.from_numpy(clean)[..., None]  # (row, key, 1)
    found = attend(
        torch.ones_like(key[:, :1]),
        key,
        torch.zeros_like(key),
        None if mask is None else torch.from_numpy(mask)[:, None],
    )
    weights: Numbers = found.weights[:, 0].numpy()
    return weights


def _exponentials(scores: Numbers, mask: NDArray[np.bool_] | None = None) -> dict[str, Numbers]:
    """What a softmax is worked out by: e to the power of each score less its row's largest, their sum, the weights."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return {
        "exponentials": powers,
        "exponential_sums": powers.sum(axis=1, keepdims=True),
        "weights": _softmax(scores, mask),
    }
