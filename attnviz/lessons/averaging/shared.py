"""What the sections of the page "Averaging to attention" share: its settings, and what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attnviz.concepts.averaging import STAGES, Mixed, Numbers, Stage, mixed
from attnviz.session.catalog import words_of
from attnviz.session.matrices import Rows, array, editing, matrix
from attnviz.session.settings import one_of
from attnviz.ui.lesson import Lesson

BOUND = 9  # of a number that the reader types
OURS: Rows = ((2.0, 0.0), (0.0, 1.0), (1.0, 2.0), (2.0, 1.0))
NOTEBOOK: Rows = ((2.0, 7.0), (6.0, 4.0), (6.0, 5.0))  # tests/data/golden.json, karpathy.tril_average

STAGE = one_of("stage", *STAGES)
WORD = one_of("word", "4", "1", "2", "3")
SLIP = one_of("slip", "future", "undivided")
X = matrix("x", OURS, bound=BOUND, rows=range(2, 5))
W_Q = matrix("wq", ((-1.0, 1.0), (1.0, 0.0)), bound=BOUND)
W_K = matrix("wk", ((1.0, 1.0), (1.0, 0.0)), bound=BOUND)
W_V = matrix("wv", ((1.0, 1.0), (0.0, 1.0)), bound=BOUND)
SETTINGS = (STAGE, WORD, SLIP, X, W_Q, W_K, W_V)
EDIT = editing(x=X, W_Q=W_Q, W_K=W_K, W_V=W_V)


@dataclass(frozen=True)
class Shown:
    """One state of the page."""

    lesson: Lesson
    numbers: Numbers
    stage: Stage
    words: Sequence[str]
    row: int  # the chosen word, from 0

    @property
    def mixed(self) -> Mixed:
        """The stage on the screen, worked out."""
        return mixed(self.numbers, self.stage)


def shown_now(opened: Lesson) -> Shown:
    """Return what the URL describes; a word that these numbers don't have becomes the last."""
    numbers = Numbers(*(array(setting) for setting in (X, W_Q, W_K, W_V)))
    words = words_of(opened.say("words"))[: len(numbers.x)]
    return Shown(opened, numbers, STAGE.value, words, min(int(WORD.value), len(words)) - 1)  # type: ignore[arg-type]
