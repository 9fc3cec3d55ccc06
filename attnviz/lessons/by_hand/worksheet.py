"""A worked example on paper: a worksheet with blanks, its answer key, and all numbers as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from attnviz.concepts.worked_example import Worked
from attnviz.session.catalog import Texts
from attnviz.session.numerals import written
from attnviz.session.paper import qr_code, template

DIGITS = 2  # after the point, of every computed number on both sheets


@dataclass(frozen=True, eq=False)
class Grid:
    """One matrix on a sheet."""

    name: str
    values: NDArray[np.float64]
    rows: Sequence[str]
    columns: Sequence[str]
    is_given: bool = False  # filled in on the worksheet too

    @property
    def cells(self) -> list[list[str]]:
        """The numbers as text: whole where the whole matrix is, else with two digits; given ones as they are."""
        whole = _is_whole(self.values)
        digits = 0 if whole else 4 if self.is_given else DIGITS
        return [[_written(value, digits, self.is_given) for value in row] for row in self.values]


def sheet(texts: Texts, worked: Worked, words: Sequence[str], about: str, link: str, answers: bool) -> str:
    """Return the worksheet, or the answer key, as one HTML file that needs nothing else.

    ``about`` names the example and its seed; ``link`` is the part of the URL that opens it again.
    """
    given, steps = _grids(worked, words)
    return template(Path(__file__).with_name("worksheet.html")).render(
        say=lambda name, **places: texts(f"by_hand_sheet.{name}", **places),
        language=texts.language,
        answers=answers,
        about=about,
        words=" ".join(words),
        link=link,
        code=Markup(qr_code(link)),
        digits=DIGITS,
        given=given,
        steps=steps,
        d_model=worked.given.inputs.shape[1],
        d_k=worked.query.shape[1],
        root=_written(math.sqrt(worked.query.shape[1]), 4, True),
        scaled=worked.given.scaled,
        empty=[words[row] for row in worked.empty_rows],
    )


def numbers_csv(worked: Worked, words: Sequence[str], about: str = "") -> str:
    """Return all numbers as CSV, one a line: matrix, row, column, value, in full precision.

    ``about``: what the file shows, in a line before the numbers, as the matrix "about".
    A word stands behind its place ("1 =SUM"), so that no spreadsheet reads it as a formula. What does
    not exist has no line: masked scores, and the weights of a word that may look at nothing.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("matrix", "row", "column", "value"))
    if about:
        writer.writerow(("about", "", "", about))
    given, steps = _grids(worked, words)
    for grid in (*given, *(grid for step in steps for grid in step)):
        for (row, column), value in np.ndenumerate(grid.values):
            if np.isfinite(value):
                writer.writerow((grid.name, grid.rows[row], grid.columns[column], repr(float(value))))
    return file.getvalue()


def _grids(worked: Worked, words: Sequence[str]) -> tuple[list[Grid], list[list[Grid]]]:
    """Return what is given, and what each step of the sheet asks for."""
    given = worked.given
    asks = [f"{place} {word}" for place, word in enumerate(words, start=1)]
    d_model, d_k = (list(map(str, range(1, size + 1))) for size in given.W_Q.shape)
    start = [
        Grid("inputs", given.inputs, asks, d_model, True),
        *(Grid(name, getattr(given, name), d_model, d_k, True) for name in ("W_Q", "W_K", "W_V")),
        Grid("mask", given.mask.astype(np.float64), asks, asks, True),
    ]
    steps = [
        [Grid(name, getattr(worked, name), asks, d_k) for name in ("query", "key", "value")],
        *([Grid(name, getattr(worked, name), asks, asks)] for name in ("scores", "scaled_scores", "masked_scores")),
        [
            Grid("exponentials", worked.exponentials, asks, asks),
            Grid("exponential_sums", worked.exponential_sums[:, None], asks, ["1"]),
            Grid("weights", worked.weights, asks, asks),
        ],
        [Grid("head_output", worked.head_output, asks, d_k)],
    ]
    return start, steps


def _is_whole(values: NDArray[np.float64]) -> bool:
    finite = values[np.isfinite(values)]
    return bool((finite == finite.round()).all())


def _written(value: float, digits: int, plain: bool) -> str:
    if np.isnan(value):
        return "×"
    text = written(value, digits)
    return text.rstrip("0").rstrip(".") if plain and "." in text else text
