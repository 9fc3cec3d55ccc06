"""Small matrices that the reader edits: each lives in the URL, as rows joined by "_" of numbers joined by ","."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from attnviz.session.settings import Setting, decimal

Rows: TypeAlias = tuple[tuple[float, ...], ...]
T = TypeVar("T")


def matrix(
    name: str,
    default: Rows,
    *,
    bound: float = 100.0,
    rows: range | None = None,
    columns: range | None = None,
    digits: int | None = None,
) -> Setting[Rows]:
    """Declare a matrix of numbers from ``-bound`` to ``bound``.

    ``rows`` and ``columns``: how many there may be; without them, as many as ``default`` has. ``digits``:
    how many may stand after the point of numbers as they are written on paper; without it, any number goes.
    """
    plain = re.compile(r".*" if digits is None else rf"-?[0-9]+(\.[0-9]{{1,{digits}}})?", re.DOTALL)
    cell = decimal(name, 0.0, -bound, bound)
    allowed = rows or range(len(default), len(default) + 1), columns or range(len(default[0]), len(default[0]) + 1)

    def read(text: str) -> Rows | None:
        found: list[tuple[float, ...]] = []
        lines = text.split("_") if len(text) < 2000 else []
        for line in lines:
            numbers = [cell.read(part) if plain.fullmatch(part) else None for part in line.split(",")]
            found.append(tuple(number + 0.0 for number in numbers if number is not None))  # + 0.0: no -0
            if len(found[-1]) != len(numbers) or len(numbers) != len(found[0]):
                return None
        return tuple(found) if found and len(found) in allowed[0] and len(found[0]) in allowed[1] else None

    def written(number: float) -> str:
        return f"{(number if digits is None else round(number, digits)) + 0.0:g}"

    return Setting(name, default, read, lambda value: "_".join(",".join(map(written, row)) for row in value))


def array(setting: Setting[Rows]) -> NDArray[np.float64]:
    """Return a matrix as it is set, (row, column)."""
    return np.array(setting.value)


def editing(**settings: Setting[Rows]) -> Callable[[str, int, int, float], None]:
    """Return an ``on_edit`` for ``equation()`` that writes to ``settings``, by the name of the matrix."""

    def on_edit(name: str, row: int, column: int, value: float) -> None:
        settings[name].set(with_cell(settings[name].value, row, column, value))

    return on_edit


def with_cell(rows: tuple[tuple[T, ...], ...], row: int, column: int, value: T) -> tuple[tuple[T, ...], ...]:
    """Return ``rows`` with one cell changed."""
    line = (*rows[row][:column], value, *rows[row][column + 1 :])
    return (*rows[:row], line, *rows[row + 1 :])
