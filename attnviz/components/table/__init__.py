"""Numbers as a real HTML table that can be sorted: the readable side of every picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from attnviz.components.frame import pack, register
from attnviz.session.callbacks import guarded, sent_by
from attnviz.session.catalog import Texts

_draw = register("table")


def table(
    key: str,
    texts: Texts,
    values: NDArray[np.float32],
    *,
    caption: str,
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    digits: int = 3,
    roles: tuple[str, str] = ("", ""),
    chosen: tuple[int | None, int | None] = (None, None),
    on_row: Callable[[int], None] | None = None,
) -> None:
    """Show ``values`` (row, column) under ``columns`` and beside ``rows``; NaN is an empty cell.

    ``roles``: "query" or "key" colours the names of rows and of columns. ``chosen``: row and column to
    mark. ``on_row``: the names of the rows become buttons, and the index of a pressed one is passed on.
    """

    def pressed() -> None:
        index = sent_by(key, "row")
        if on_row is not None and type(index) is int and 0 <= index < len(rows):
            on_row(index)

    message = {
        "caption": caption,
        "corner": corner,
        "rows": rows,
        "columns": columns,
        "digits": digits,
        "roles": roles,
        "chosen": chosen,
        "pressable": on_row is not None,
        "texts": texts.group("table"),
    }
    _draw(key=key, data=pack(message, {"values": values.astype(np.float32)}), on_row_change=guarded(pressed))
