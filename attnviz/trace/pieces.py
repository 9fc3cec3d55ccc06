"""Tokens that are pieces of one word, written so that this can be seen: a raised point where the word goes on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_POINT = "·"


def joined(tokens: Sequence[str], words: Sequence[int | None]) -> str:
    """Write tokens in a line, those of one word with a point between them: "sn·ake is"."""
    signs = [_POINT if one else " " for one in _goes_on(words)]
    return tokens[0] + "".join(sign + token for sign, token in zip(signs, tokens[1:], strict=True))


def pieces(tokens: Sequence[str], words: Sequence[int | None]) -> tuple[str, ...]:
    """Write each token for itself, with a point on the side where its word goes on: "sn·", "·ake", "is"."""
    goes_on = _goes_on(words)
    before, after = [False, *goes_on], [*goes_on, False]
    return tuple(_POINT * before[place] + token + _POINT * after[place] for place, token in enumerate(tokens))


def _goes_on(words: Sequence[int | None]) -> list[bool]:
    return [one is not None and one == other for one, other in pairwise(words)]
