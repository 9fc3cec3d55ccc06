"""What the sections of the Softmax page share: its scores and settings, and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from attnviz.components.equation import Matrix, Softmax
from attnviz.concepts.softmax import Exact, Shares, shares
from attnviz.session.matrices import Rows, array, editing, matrix
from attnviz.session.numerals import written
from attnviz.session.settings import decimal, whole
from attnviz.ui.lesson import Lesson

BOUND = 1000  # of a score that the reader types
OURS: Rows = ((2.0, 1.0, 0.0, -1.0, 3.0),)
TEMPERATURES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 20.0, 50.0, 100.0)
SHIFTS = (-100, -50, -20, -10, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 10, 20, 50, 100)

SCORES = matrix("scores", OURS, bound=BOUND, rows=range(1, 2), columns=range(2, 9))
TEMPERATURE = decimal("temperature", 1.0, TEMPERATURES[0], TEMPERATURES[-1])
SHIFT = whole("shift", -3, SHIFTS[0], SHIFTS[-1])
EDIT = editing(scores=SCORES)


@dataclass(frozen=True)
class Shown:
    """One state of the page."""

    lesson: Lesson
    scores: Exact  # (key)
    temperature: float  # as the slider shows it

    @property
    def keys(self) -> list[str]:
        """Names of the keys."""
        return [self.lesson.say("key", number=number) for number in range(1, len(self.scores) + 1)]

    @property
    def shares(self) -> Shares:
        """The softmax of the row on the screen."""
        return shares(self.scores, self.temperature)


def shown_now(opened: Lesson) -> Shown:
    """Return what the URL describes."""
    below = [option for option in TEMPERATURES if option <= TEMPERATURE.value]
    return Shown(opened, array(SCORES)[0], below[-1])


def row_matrix(
    shown: Shown, name: str, values: Exact, symbol: str, *, edit: bool = False, how: Softmax | None = None
) -> Matrix:
    """Return one row of numbers, a column a key."""
    return Matrix(
        name,
        values[None],
        symbol,
        shown.lesson.say("weights" if name == "weights" else "scores_of_row"),
        columns=shown.keys,
        column_role="key",
        scale="weights" if name == "weights" else "signed",
        edit="number" if edit else "",
        bound=BOUND,
        sums="rows" if name == "weights" else "",
        how=how,
    )


def listed(values: Exact) -> str:
    """Return numbers in a row, for a sentence."""
    return ", ".join(written(float(value)) for value in values)
