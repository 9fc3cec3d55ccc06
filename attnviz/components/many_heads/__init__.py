"""Vectors cut into the heads' pieces, each head's row of weights, and matrices as pictures with the heads' bands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from attnviz.components.frame import pack, register
from attnviz.session.callbacks import guarded, sent_by
from attnviz.session.catalog import Texts
from attnviz.trace.records import Mask

_draw = register("many_heads")


@dataclass(frozen=True, eq=False)
class Strip:
    """One long vector as a line of coloured cells; ``heads`` pieces, 1: not cut."""

    name: str  # not shown; unique in the view
    values: NDArray[Any]  # (d_model)
    symbol: str
    title: str
    heads: int = 1
    limit: float | None = None  # the value of the last colour; None: the largest shown
    lit: bool = False  # what this step is about; the others are left out on narrow screens
    kind: Literal["strip"] = "strip"


@dataclass(frozen=True, eq=False)
class Block:
    """One row of coloured cells for each head: pieces of a vector, or weights over words."""

    name: str
    values: NDArray[Any]  # (head, number) or (head, key)
    symbol: str
    title: str
    words: Sequence[str] = ()  # names of the columns: weights from 0 to 1; none: signed numbers
    masked: Mask | None = None  # (key), True: hatched
    first: int = 0  # the head of the first row
    lit: bool = False
    kind: Literal["block"] = "block"


@dataclass(frozen=True, eq=False)
class Picture:
    """A matrix as an image; ``bands``: which heads' rows or columns these are, marked at that side."""

    name: str
    values: NDArray[Any]  # (row, column)
    symbol: str
    title: str
    side: Literal["", "left", "top"] = ""
    heads: Sequence[int] = ()  # the head of each band, from 0
    lit: bool = False
    kind: Literal["picture"] = "picture"


Item: TypeAlias = Strip | Block | Picture | str


def many_heads(
    key: str,
    texts: Texts,
    lines: Sequence[Sequence[Item]],
    *,
    label: str,
    query: str,
    head: int,
    on_head: Callable[[int], None] | None = None,
) -> None:
    """Draw ``lines`` of items, strings being signs between them; ``head`` is marked.

    ``on_head`` is called with the head, from 0, that the reader presses.
    """
    n_heads = max(
        (item.first + len(item.values) for line in lines for item in line if isinstance(item, Block)), default=0
    )

    def pressed() -> None:
        chosen = sent_by(key, "head")
        if on_head is not None and type(chosen) is int and 0 <= chosen < n_heads:
            on_head(chosen)

    _draw(key=key, data=message(texts, lines, label=label, query=query, head=head), on_head_change=guarded(pressed))


def message(texts: Texts, lines: Sequence[Sequence[Item]], *, label: str, query: str, head: int) -> bytes:
    """Pack the lines; a picture travels as one byte a number, 0 at 128."""
    arrays: dict[str, NDArray[Any]] = {}
    described = [[_described(item, arrays) for item in line] for line in lines]
    named = {name: text for name, text in texts.group("multi_head").items() if name.startswith("view_")}
    return pack({"lines": described, "label": label, "query": query, "head": head, "texts": named}, arrays)


def _described(item: Item, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    if isinstance(item, str):
        return {"kind": "sign", "text": item}
    values = np.asarray(item.values, dtype=np.float32)
    largest = float(np.abs(values).max(initial=0.0))
    described = {"kind": item.kind, "name": item.name, "symbol": item.symbol, "title": item.title, "lit": item.lit}
    if isinstance(item, Picture):
        arrays[item.name] = np.round(128 + 127 * values / (largest or 1)).astype(np.uint8)
        return described | {"limit": largest, "side": item.side, "heads": list(item.heads)}
    arrays[item.name] = values
    if isinstance(item, Strip):
        return described | {"heads": item.heads, "limit": largest if item.limit is None else item.limit}
    if item.masked is not None:
        arrays[f"{item.name}.masked"] = np.asarray(item.masked, dtype=np.bool_)
    return described | {"words": list(item.words), "first": item.first, "limit": 1.0 if item.words else largest}
