"""What attention would give if it were done differently: other masks, no scaling, a softmax misapplied.

Everything goes through ``attend()``; only the one change that a name tells is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.concepts.softmax import softmax_over
from attnviz.model.attention import AttentionSteps, attend
from attnviz.trace.records import Array, Attention, Mask, read_only

Wrong: TypeAlias = Literal["no_scaling", "other_mask", "drawn_mask", "whole_matrix", "zero_after"]
WRONG_WAYS: tuple[Wrong, ...] = get_args(Wrong)
Masking: TypeAlias = Literal["minus_inf", "zero_after", "renormalised", "zero_before", "minus_100"]
MASKINGS: tuple[Masking, ...] = get_args(Masking)


@dataclass(frozen=True, eq=False)
class Way:
    """One way to get weights: the scores that the softmax reads, its result, and the sum of each row."""

    scores: Array  # (query, key), what the exponential is taken of; -inf where masked
    weights: Array  # (query, key); NaN in a row without any allowed key
    mask: Mask  # (query, key), True = may attend
    row_sums: NDArray[np.float64]  # (query)


@dataclass(frozen=True, eq=False)
class Comparison:
    """The right way beside the wrong one, for one head."""

    name: Wrong
    right: Way
    wrong: Way
    forced: Mask  # (query, key), True = set to 0 after the softmax
    empty_rows: tuple[int, ...]  # queries that may attend to nothing: their softmax does not exist


@dataclass(frozen=True, eq=False)
class Masked:
    """One way to apply a mask, in the precision of what it was given."""

    scores: NDArray[Any]  # (query, key), what the exponential is taken of
    weights: NDArray[Any]  # (query, key); NaN in a row that divides 0 by 0
    mask: Mask  # (query, key), True = may attend
    row_sums: NDArray[np.float64]  # (query)
    hidden: NDArray[np.float64]  # (query), the share of the row that masked keys keep


def masked_ways(query: Tensor, key: Tensor, mask: Tensor, **own: Any) -> dict[Masking, Masked]:
    """Apply ``mask`` (query, key) in five ways to the scores of ``query`` and ``key``, (token, d_k) each.

    ``minus_inf``: scores become -inf before the softmax, the right way. ``zero_after``: weights become 0
    after it. ``renormalised``: then each row is divided by its sum. ``zero_before``, ``minus_100``: scores
    become that number before the softmax. All is computed in the precision of ``query`` and ``key``. ``own``: what
    else the model does to scores, as ``attend()`` takes it.
    """
    right = attend_where_allowed(query, key, key, mask, **own)
    unmasked = attend(query, key, key, **own)
    zeroed = unmasked.weights.masked_fill(~mask, 0)
    found: dict[Masking, tuple[Tensor, Tensor]] = {
        "minus_inf": (right.masked_scores, right.weights),
        "zero_after": (unmasked.biased_scores, zeroed),
        "renormalised": (unmasked.biased_scores, zeroed / zeroed.sum(dim=-1, keepdim=True)),
    }
    fills: dict[Masking, float] = {"zero_before": 0.0, "minus_100": -100.0}
    for name, fill in fills.items():
        filled = unmasked.biased_scores.masked_fill(~mask, fill)
        found[name] = (filled, filled.softmax(dim=-1))
    return {name: _applied(*found[name], mask) for name in MASKINGS}


def _applied(scores: Tensor, weights: Tensor, mask: Tensor) -> Masked:
    hidden = weights.double().masked_fill(mask, 0)
    sums = (weights.double().sum(dim=-1), hidden.sum(dim=-1))
    return Masked(read_only(scores), read_only(weights), read_only(mask), *(read_only(total) for total in sums))


def compare(attention: Attention, head: int, name: Wrong, drawn: Mask | None = None) -> Comparison:
    """Compute one head's weights in the right and in a wrong way.

    ``no_scaling`` leaves sqrt(d_k) out. ``other_mask`` puts a causal mask where the model has none, and
    takes it away where the model has one. ``drawn_mask`` uses ``drawn`` (query, key), True = may attend.
    ``whole_matrix`` takes one softmax over all cells. ``zero_after`` sets masked weights to 0 after the
    softmax, instead of -inf before: with the model's own mask, or with a causal one where it masks nothing.
    """
    # float64, rounded once at the end: the same numbers as Attention.steps
    query, key, value = (
        torch.tensor(array[head]).double() for array in (attention.query, attention.key, attention.value)
    )
    mask = torch.tensor(attention.mask)
    causal = mask.tril() if bool(mask.all()) else mask
    none = torch.zeros_like(mask)
    bias = None if attention.bias is None else torch.tensor(attention.bias[head]).double()
    also: dict[str, Any] = {"scale": attention.scale, "softcap": attention.softcap, "bias": bias}
    own = attend(query, key, value, mask, **also)
    right = _way(own.masked_scores, own.weights, mask)
    if name == "no_scaling":
        plain = attend(query, key, value, mask, **also | {"scale": 1.0})
        return _comparison(name, right, _way(plain.masked_scores, plain.weights, mask), none)
    if name == "whole_matrix":
        everything = softmax_over(own.masked_scores, "all")  # (query, key)
        return _comparison(name, right, _way(own.masked_scores, everything, mask), none)
    if name == "zero_after":
        ways = masked_ways(query, key, causal, **also)
        applied = (ways["minus_inf"], ways["zero_after"])
        before, late = (_way(torch.tensor(way.scores), torch.tensor(way.weights), causal) for way in applied)
        return _comparison(name, before, late, ~causal)
    if name == "other_mask":
        other = causal if bool(mask.all()) else torch.ones_like(mask)
    else:
        other = mask if drawn is None else torch.tensor(drawn)
    return _comparison(name, right, _masked(query, key, value, other, **also), none)


def _masked(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, **own: Any) -> Way:
    steps = attend_where_allowed(query, key, value, mask, **own)
    return _way(steps.masked_scores, steps.weights, mask)


def attend_where_allowed(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, **own: Any) -> AttentionSteps:
    """Attend with any mask (query, key): a row that allows nothing has no softmax, its weights and output are NaN."""
    empty = ~mask.any(dim=-1, keepdim=True)  # (query, 1)
    steps = attend(query, key, value, mask | empty, **own)
    return steps._replace(
        masked_scores=steps.masked_scores.masked_fill(empty, -math.inf),
        weights=steps.weights.masked_fill(empty, math.nan),
        head_output=steps.head_output.masked_fill(empty, math.nan),
    )


def _way(scores: Tensor, weights: Tensor, mask: Tensor) -> Way:
    weights = weights.float()
    return Way(read_only(scores.float()), read_only(weights), read_only(mask), read_only(weights.double().sum(dim=-1)))


def _comparison(name: Wrong, right: Way, wrong: Way, forced: Tensor) -> Comparison:
    empty = np.flatnonzero(~wrong.mask.any(axis=1))
    return Comparison(name, right, wrong, read_only(forced), tuple(int(row) for row in empty))
