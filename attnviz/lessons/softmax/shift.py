"""A shift of all scores on the Softmax page, and which weights are exactly 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from attnviz.charts import bars
from attnviz.components.equation import Matrix, Softmax, equation
from attnviz.concepts.softmax import Shares, shares
from attnviz.lessons.softmax.shared import SHIFT, SHIFTS, Shown, listed, row_matrix
from attnviz.session.catalog import joined
from attnviz.session.numerals import briefly, signed, written
from attnviz.ui.answers import distinct
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Option


def shift(shown: Shown) -> None:
    """The same number added to all scores: other scores, other mean, the same weights."""
    say, scores = shown.lesson.say, shown.scores
    with shown.lesson.section("shift"):
        words, picture = st.columns([2, 3], gap="large")
        with words:
            c = slider(SHIFT, say("add"), SHIFTS, signed)
            moved = shares(scores + c, shown.temperature)
            _ask_nothing(shown, moved, lambda: _shifted(shown, moved, c))
        with picture:
            st.latex(r"\frac{e^{s_i + c}}{\sum_j e^{s_j + c}} = \frac{e^c \, e^{s_i}}{e^c \sum_j e^{s_j}}"
                     r" = \frac{e^{s_i}}{\sum_j e^{s_j}}")  # fmt: skip
            both = {say("before"): scores, say("after"): moved.scores}
            drawn = bars(shown.keys, both, look(shown.lesson.choices), y_title=say("scores_of_row"), height=260)
            chart(drawn, "softmax_scores", say("scores_alt", before=listed(scores), after=listed(moved.scores)))


def _shifted(shown: Shown, moved: Shares, c: float) -> None:
    """What the shift changed, and what it did not."""
    say, scores = shown.lesson.say, shown.scores
    st.markdown(
        say(
            "shifted",
            c=briefly(c),
            n_below=int((moved.scores <= 0).sum()),
            n=len(scores),
            mean=written(float(scores.mean())),
            moved_mean=written(float(moved.scores.mean())),
            mean_weight=written(float(moved.weights.mean())),
            difference=written(float(np.abs(moved.weights - shown.shares.weights).max())),
        )
    )
    items: list[Matrix | str] = [
        row_matrix(shown, "moved", moved.scores, "s + c"),
        "→ softmax →",
        row_matrix(shown, "weights", moved.weights, "w", how=Softmax("moved", temperature=shown.temperature)),
    ]
    equation("softmax_moved", shown.lesson.texts, items, label=say("moved_label"))


def _ask_nothing(shown: Shown, moved: Shares, hides: Callable[[], None]) -> None:
    """Which keys get a weight of exactly 0?"""
    say = shown.lesson.say

    def named(chosen: NDArray[np.bool_]) -> str:
        return joined(", ", (name for name, one in zip(shown.keys, chosen, strict=True) if one)) or say("none")

    none = np.zeros(len(moved.scores), dtype=bool)
    groups = {
        "none": none,
        "not_positive": moved.scores <= 0,
        "smallest": moved.scores == moved.scores.min(),
    }
    vanished = moved.weights == 0
    answer = "vanished" if vanished.any() else "none"
    smallest = briefly(float(moved.weights.min()))
    options = [
        Option(
            name,
            named(chosen),
            say("why_vanished") if answer == "vanished" else say(f"why_none_{name}", smallest=smallest),
        )
        for name, chosen in groups.items()
    ]
    if answer == "vanished":
        options.append(Option(answer, named(vanished), say("why_vanished")))
    shown.lesson.predict("nothing", distinct(options, answer), answer, hides, scores=listed(moved.scores))
