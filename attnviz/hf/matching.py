"""Finds by matching numbers which Linear makes queries, keys and values, and which norm stands between.

No table of model families: a probe's numbers tell. Shapes: batch, head, token, d_k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

Event = tuple[nn.Module, Tensor, Tensor]
TOLERANCE = 1e-5  # relative: |a - b| / max(1, |a|)


@dataclass(frozen=True, eq=False)
class Made:
    """Where the columns of all heads' vectors, side by side, come from."""

    linear: nn.Module
    index: Tensor  # column of the vectors -> column of the Linear's output
    factor: float = 1.0
    norm: nn.Module | None = None
    norm_index: Tensor | None = None  # column of the vectors -> column of the norm's output


def is_linear(module: nn.Module) -> bool:
    """Whether a module is a projection."""
    return isinstance(module, nn.Linear | Conv1D)


def is_norm(module: nn.Module) -> bool:
    """Whether a module is a norm, by its class's name."""
    return "Norm" in type(module).__name__ and not list(module.children())


def matrix(linear: nn.Module) -> Tensor:
    """Return the parameters (in, out) of a projection."""
    weight: Tensor = linear.weight  # type: ignore[assignment]
    return weight.detach() if isinstance(linear, Conv1D) else weight.detach().T


def difference(a: Tensor, b: Tensor) -> float:
    """Return the largest |a - b| / max(1, |a|); infinite for other shapes or where one is not a number."""
    if a.shape != b.shape:
        return float("inf")
    if not a.numel():
        return 0.0
    a, b = a.double(), b.double()
    found = float(((a - b).abs() / a.abs().clamp(min=1)).max())
    return found if found == found else float("inf")


def tokens_by_columns(x: Tensor, batch: int, n_tokens: int) -> Tensor | None:
    """Return any layout of numbers that belong to tokens as (batch, token, column)."""
    if x.dim() == 3 and x.shape[:2] == (batch, n_tokens):
        return x
    if x.dim() == 4 and x.shape[:2] == (batch, n_tokens):
        return x.flatten(2)
    if x.dim() == 4 and (x.shape[0], x.shape[2]) == (batch, n_tokens):
        return x.transpose(1, 2).flatten(2)
    if x.dim() == 2 and x.shape[0] == batch * n_tokens:
        return x.view(batch, n_tokens, -1)
    if x.dim() == 3 and x.shape[:2] == (n_tokens, batch):
        return x.transpose(0, 1)
    return None


def columns_of(wanted: Tensor, source: Tensor, factor: float, *, first_token: bool) -> Tensor | None:
    """Say which column of ``source`` (batch, token, column) is each column of ``wanted``; None where one is not.

    ``first_token``: compared at the first token alone, which a rotation leaves as it is. Candidates stand next to
    each other among the sorted values of one row; they are held to all rows.
    """
    cut = slice(0, 1) if first_token else slice(None)
    target = wanted[:, cut].flatten(0, 1).T.double()  # (column, row)
    found = source[:, cut].flatten(0, 1).T.double() * factor
    allowed = 2e-5 * target.abs().max().clamp(min=1e-3)
    index = torch.full((len(target),), -1)
    for row in range(min(4, target.shape[1])):
        values, order = found[:, row].sort()
        place = torch.searchsorted(values, target[:, row].contiguous())
        for step in (-1, 0, 1):
            candidate = order[(place + step).clamp(0, len(order) - 1)]
            fits = (found[candidate] - target).abs().amax(1) <= allowed
            index = torch.where(fits & (index < 0), candidate, index)
        if float((index < 0).float().mean()) > 0.5:
            return None
        if bool((index >= 0).all()):
            return index if len(set(index.tolist())) == len(index) else None
    return None


def by_head(x: Tensor, n_heads: int) -> Tensor:
    """Cut the columns of ``x`` (..., token, column) into heads, (..., head, token, d_k)."""
    return x.reshape(*x.shape[:-1], n_heads, -1).transpose(-3, -2)


def take(x: Tensor, index: Tensor) -> Tensor:
    """Return the columns ``index`` of ``x``: a view where they lie side by side."""
    start = int(index[0])
    if torch.equal(index, torch.arange(start, start + len(index))):
        return x[..., start : start + len(index)]
    return x[..., index]


def made_by(vectors: Tensor, events: Sequence[Event], factors: Sequence[float], *, may_turn: bool) -> Made | None:
    """Find what made ``vectors`` (batch, head, token, d_k): a Linear, or a Linear and a norm; None if neither.

    ``may_turn``: a rotation may stand between.
    """
    batch, _, n_tokens, _ = vectors.shape
    flat = vectors.transpose(1, 2).flatten(2)
    seen = [
        (module, tokens_by_columns(x, batch, n_tokens), tokens_by_columns(y, batch, n_tokens))
        for module, x, y in reversed(events)
    ]
    wide = [(module, x, y) for module, x, y in seen if y is not None and y.shape[-1] >= flat.shape[-1]]
    linears = [(module, y) for module, _, y in wide if is_linear(module)]
    for first_token in (False, True) if may_turn else (False,):
        for factor in factors:
            for module, y in linears:
                index = columns_of(flat, y, factor, first_token=first_token)
                if index is not None:
                    return Made(module, index, factor)
        for norm, x, y in wide:
            if not is_norm(norm) or x is None:
                continue
            outer = columns_of(flat, y, 1.0, first_token=first_token)
            if outer is None:
                continue
            for module, made in ((m, c) for m, _, c in wide if is_linear(m)):
                for early in (False, True) if may_turn else (False,):  # early: turned before the norm
                    inner = columns_of(x, made, 1.0, first_token=early)
                    if inner is not None and len(inner) == len(outer):
                        return Made(module, inner[outer], 1.0, norm, outer)
    return None
