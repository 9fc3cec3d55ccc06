"""Finds how projected vectors become those that meet: a factor, a norm, a rotation, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from attnviz.hf.matching import TOLERANCE, Event, Made, by_head, difference, tokens_by_columns
from attnviz.hf.norms import constants_of, normalised
from attnviz.trace.records import HeadNorm, Meeting, Rotation, frozen, read_only

BASE = 10000.0  # of the angles, where no module tells them (GPT-J)


class Turn(NamedTuple):
    """Which rotation turns a call's vectors, and how to read it."""

    source: int | None  # place among the run's rotations; None: the angles of RoFormer, position / BASE^(2i / 2n)
    layout: int  # how many times, and how, the module repeats each angle: see ``_angles``
    n_angles: int
    neighbours: bool
    start: int


class Plan(NamedTuple):
    """How the vectors of one role of one call are made; ``turn`` is looked up again in every run."""

    factor: float = 1.0
    norm: HeadNorm | None = None
    turn: Turn | None = None
    norm_first: bool = True

    def for_each(self, n_heads: int) -> Plan:
        """Repeat the norm of keys that several heads share; across all heads its mean stays the same."""
        if self.norm is None or len(self.norm.gain) == n_heads:
            return self
        times = n_heads // len(self.norm.gain)
        gain, bias = (frozen(one.repeat(times, axis=0)) for one in (self.norm.gain, self.norm.bias))
        return self._replace(norm=self.norm._replace(gain=gain, bias=bias))

    def meeting(self, rotations: Sequence[tuple[Tensor, Tensor]], n_tokens: int) -> Meeting:
        """Return the record of this run."""
        rotation = None
        if self.turn is not None:
            cos, sin = (one.contiguous() for one in angles_of(self.turn, rotations, n_tokens))
            rotation = Rotation(read_only(cos), read_only(sin), self.turn.neighbours, self.turn.start)
        return Meeting(self.factor, self.norm, rotation, self.norm_first)


def _angles(table: Tensor, layout: int) -> Tensor:
    """One column an angle: 0 as it is, 1 all twice one after the other, 2 each twice side by side."""
    return (table, table[:, : table.shape[1] // 2], table[:, ::2])[layout]


def angles_of(turn: Turn, rotations: Sequence[tuple[Tensor, Tensor]], n_tokens: int) -> tuple[Tensor, Tensor]:
    """Return cos and sin, (token, angle)."""
    if turn.source is None:
        speed = BASE ** (-torch.arange(turn.n_angles, dtype=torch.float64) / turn.n_angles)
        angle = torch.arange(n_tokens, dtype=torch.float64)[:, None] * speed
        return angle.cos().float(), angle.sin().float()
    cos, sin = rotations[turn.source]
    return _angles(cos, turn.layout), _angles(sin, turn.layout)


def turned(vectors: Tensor, turn: Turn, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn ``vectors`` (..., token, d_k)."""
    n, start = turn.n_angles, turn.start
    if turn.neighbours:
        first, second = slice(start, start + 2 * n, 2), slice(start + 1, start + 2 * n, 2)
    else:
        first, second = slice(start, start + n), slice(start + n, start + 2 * n)
    result = vectors.clone()
    result[..., first] = vectors[..., first] * cos - vectors[..., second] * sin
    result[..., second] = vectors[..., second] * cos + vectors[..., first] * sin
    return result


def _turns(vectors: Tensor, rotations: Sequence[tuple[Tensor, Tensor]]) -> Iterator[Turn]:
    n_tokens, width = vectors.shape[-2:]
    for source, (cos, _) in enumerate(rotations):
        if cos.shape[0] != n_tokens:
            continue
        for layout in (1, 2, 0):
            n_angles = _angles(cos, layout).shape[1]
            if 0 < 2 * n_angles <= width:
                for start in dict.fromkeys((0, width - 2 * n_angles)):
                    yield from (Turn(source, layout, n_angles, pairs, start) for pairs in (False, True))
    for n_angles in range(width // 2, 0, -1):
        yield from (Turn(None, 0, n_angles, pairs, 0) for pairs in (True, False))


def _turn_between(before: Tensor, after: Tensor, rotations: Sequence[tuple[Tensor, Tensor]]) -> Turn | None:
    """Find the rotation that makes ``after`` of ``before``, (batch, head, token, d_k)."""
    small = slice(0, 1)  # most do not fit one sentence
    for turn in _turns(before, rotations):
        cos, sin = (one.double() for one in angles_of(turn, rotations, before.shape[-2]))
        if all(
            difference(turned(before[cut], turn, cos, sin), after[cut]) <= TOLERANCE for cut in (small, slice(None))
        ):
            return turn
    return None


def _head_norm(made: Made, events: Sequence[Event], n_heads: int) -> HeadNorm | None:
    (x, y) = next((x, y) for module, x, y in reversed(events) if module is made.norm)
    assert made.norm is not None and made.norm_index is not None
    found = constants_of(made.norm, x, y)
    if found is None:
        return None
    gain, bias, eps, rms = found
    n_columns = len(made.norm_index)
    whole = int(made.norm_index.max()) < n_columns
    if not whole or n_columns % gain.numel() or x.shape[-1] not in (n_columns, n_columns // n_heads):
        return None
    gain, bias = (
        one.flatten().repeat(n_columns // one.numel())[made.norm_index].view(n_heads, -1) for one in (gain, bias)
    )
    across = x.shape[-1] == n_columns and n_heads > 1
    return HeadNorm(read_only(gain), read_only(bias), eps, rms, across)


def apply_norm(vectors: Tensor, norm: HeadNorm) -> Tensor:
    """Normalise ``vectors`` (batch, head, token, d_k) in float64."""
    gain, bias = (torch.tensor(one).double() for one in (norm.gain, norm.bias))  # (head, d_k)
    if norm.across:
        flat = normalised(vectors.transpose(1, 2).flatten(2), gain.flatten(), bias.flatten(), norm.eps, norm.rms)
        return by_head(flat, vectors.shape[1])
    return normalised(vectors, gain[:, None], bias[:, None], norm.eps, norm.rms)


def plan_of(
    made: Made, vectors: Tensor, events: Sequence[Event], rotations: Sequence[tuple[Tensor, Tensor]]
) -> Plan | None:
    """Find how ``vectors`` (batch, head, token, d_k) are made of what the Linear gave; None where nothing fits."""
    batch, n_heads, n_tokens, _ = vectors.shape
    given = next(y for module, _, y in reversed(events) if module is made.linear)
    columns = tokens_by_columns(given, batch, n_tokens)
    assert columns is not None
    projected = by_head(columns[..., made.index], n_heads).double()
    final = vectors.double()
    if made.norm is None:
        for factor in dict.fromkeys((made.factor, 1.0)):  # a factor found at position 0 may be the rotation's own
            if difference(projected * factor, final) <= TOLERANCE:
                return Plan(factor)
            turn = _turn_between(projected * factor, final, rotations)
            if turn is not None:
                return Plan(factor, None, turn)
        return None
    norm = _head_norm(made, events, n_heads)
    if norm is None:
        return None
    after = apply_norm(projected, norm)
    if difference(after, final) <= TOLERANCE:
        return Plan(1.0, norm)
    turn = _turn_between(after, final, rotations)
    if turn is not None:
        return Plan(1.0, norm, turn)
    entered = next(x for module, x, _ in reversed(events) if module is made.norm)
    columns = tokens_by_columns(entered, batch, n_tokens)
    if columns is None:
        return None
    before = by_head(columns[..., made.norm_index], n_heads).double()
    turn = _turn_between(projected, before, rotations)
    if turn is None:
        return None
    cos, sin = (one.double() for one in angles_of(turn, rotations, n_tokens))
    fits = difference(apply_norm(turned(projected, turn, cos, sin), norm), final) <= TOLERANCE
    return Plan(1.0, norm, turn, norm_first=False) if fits else None
