"""Small matrices in a row with signs between them, as an equation; each cell tells how it is made.

For matrices whose numbers can be read: up to some 16 by 16. Hover or a click lights the numbers that a
cell is made from and writes the calculation out below; cells may be edited in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from attnviz.components.frame import pack, register
from attnviz.session.callbacks import guarded, sent_by
from attnviz.session.catalog import Texts

_draw = register("equation")


@dataclass(frozen=True)
class Product:
    """Cell = row of ``left`` times column of ``right``, plus ``bias`` of that column."""

    left: str
    right: str
    bias: str = ""  # name of a matrix of one row
    kind: Literal["product"] = "product"


@dataclass(frozen=True)
class Divide:
    """Cell = the same cell of ``of``, over ``by``, which is written as ``symbol``."""

    of: str
    by: float
    symbol: str
    kind: Literal["divide"] = "divide"


@dataclass(frozen=True)
class Softmax:
    """Cell = exponential of the same cell of ``of`` over the sum of those ``over`` its row, its column or all."""

    of: str
    over: Literal["row", "column", "all"] = "row"
    temperature: float = 1.0
    kind: Literal["softmax"] = "softmax"


@dataclass(frozen=True)
class Sum:
    """Cell = the same cell of each matrix ``of``, added up."""

    of: tuple[str, ...]
    kind: Literal["sum"] = "sum"


@dataclass(frozen=True)
class Where:
    """Cell = the same cell of ``of`` where ``mask`` is not 0, else minus infinity."""

    of: str
    mask: str
    kind: Literal["where"] = "where"


How: TypeAlias = Product | Divide | Softmax | Sum | Where


@dataclass(frozen=True, eq=False)
class Matrix:
    """One matrix of an equation. What a mark names belongs to the same (row, column)."""

    name: str  # not shown; unique in the equation
    values: NDArray[Any]  # (row, column); -inf and NaN are shown as such
    symbol: str = ""  # "W^Q", "K^T", "d_k": one level of ^ and _ is set high or low
    title: str = ""
    rows: Sequence[str] = ()  # names, shown literally; none: no names
    columns: Sequence[str] = ()
    role: Literal["", "query", "key", "value"] = ""  # colour of symbol and title
    row_role: Literal["", "query", "key", "value"] = ""
    column_role: Literal["", "query", "key", "value"] = ""
    scale: Literal["plain", "signed", "weights"] = "plain"
    limit: float | None = None  # the value of the scale's last colour; None: the largest shown, or 1 for weights
    digits: int = 2
    edit: Literal["", "number", "switch"] = ""  # switch: cells are 1 (on) or 0 (off)
    bound: float = 1e6  # a number that is typed becomes one from -bound to bound
    masked: NDArray[np.bool_] | None = None  # True: hatched
    forced: NDArray[np.bool_] | None = None  # True: set by hand, a red dot
    sums: Literal["", "rows", "columns"] = ""  # shown at the edge; red unless 1.00
    how: How | None = None


def equation(
    key: str,
    texts: Texts,
    items: Sequence[Matrix | str],
    *,
    label: str,
    on_edit: Callable[[str, int, int, float], None] | None = None,
) -> None:
    """Draw ``items``: matrices, and strings as signs between them. ``label`` says what they show.

    ``on_edit`` is called with a matrix's name, row, column (from 0) and the new value, which is finite.
    """
    matrices = {item.name: item for item in items if isinstance(item, Matrix)}

    def edited() -> None:
        change = sent_by(key, "edit")
        if on_edit is not None and (known := _known(change, matrices)):
            on_edit(*known)

    _draw(key=key, data=message(texts, items, label=label), on_edit_change=guarded(edited))


def message(texts: Texts, items: Sequence[Matrix | str], *, label: str) -> bytes:
    """Pack an equation for its view."""
    described: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    for item in items:
        if isinstance(item, str):
            described.append({"sign": item})
            continue
        values = np.atleast_2d(np.asarray(item.values))
        arrays[item.name] = values.astype(np.float32)
        for mark, cells in (("masked", item.masked), ("forced", item.forced)):
            if cells is not None:
                arrays[f"{item.name}.{mark}"] = np.asarray(cells, dtype=np.bool_)
        finite = np.abs(values[np.isfinite(values)])
        largest = 1.0 if item.scale == "weights" else float(finite.max(initial=0))
        described.append(
            {
                "name": item.name,
                "symbol": item.symbol,
                "title": item.title,
                "shape": values.shape,
                "rows": list(item.rows),
                "columns": list(item.columns),
                "roles": [item.role, item.row_role, item.column_role],
                "scale": item.scale,
                "limit": largest if item.limit is None else item.limit,
                "digits": item.digits,
                "edit": item.edit,
                "bound": item.bound,
                "sums": item.sums,
                "how": asdict(item.how) if item.how else None,
            }
        )
    return pack({"items": described, "label": label, "texts": texts.group("equation")}, arrays)


def _known(change: object, matrices: dict[str, Matrix]) -> tuple[str, int, int, float] | None:
    """Return an edit that a browser sent, if it names a cell that can be edited and a finite value."""
    if not isinstance(change, dict):
        return None
    name, row, column, value = (change.get(part) for part in ("matrix", "row", "column", "value"))
    matrix = matrices.get(name) if isinstance(name, str) else None
    if matrix is None or not matrix.edit or type(row) is not int or type(column) is not int:
        return None
    rows, columns = np.atleast_2d(matrix.values).shape
    if not (
        isinstance(value, int | float) and abs(value) <= matrix.bound and 0 <= row < rows and 0 <= column < columns
    ):
        return None
    return matrix.name, row, column, float(value)
