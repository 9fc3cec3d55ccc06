"""The Softmax page's matrix: along rows, along columns, over all cells; and what float32 makes of large scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from attnviz.components.equation import Matrix, Softmax, equation
from attnviz.concepts.softmax import Exact, in_float32, weigh
from attnviz.lessons.softmax.shared import Shown
from attnviz.session.markdown import markdown_table
from attnviz.session.matrices import Rows, array, editing, matrix
from attnviz.session.numerals import adding_up, briefly, signed, written
from attnviz.session.settings import flag, one_of, whole
from attnviz.ui.answers import distinct
from attnviz.ui.inputs import segments, slider, switch
from attnviz.ui.lesson import Lesson, Option

GRID_OURS: Rows = ((2.0, 0.0, 1.0, -1.0), (0.0, 3.0, 0.0, 1.0), (1.0, 1.0, -2.0, 4.0))
LARGE = (-200, -100, -50, 0, 50, 80, 85, 90, 100, 200)

GRID = matrix("grid", GRID_OURS, bound=100)
ACROSS = flag("across")
Wrong: TypeAlias = Literal["column", "all"]
OVER = one_of("over", "column", "all")
ADDED = whole("added", 200, LARGE[0], LARGE[-1])
_EDIT = editing(grid=GRID)


def axes(opened: Lesson) -> None:
    """A matrix of scores: each query's row is a softmax of its own."""
    say, texts, grid = opened.say, opened.texts, array(GRID)
    with opened.section("axes"):
        across = switch(ACROSS, say("across"))
        right = weigh(grid)
        if across:
            scores = _matrix(opened, "scores", grid.T, across=True)
            weights = _matrix(opened, "weights", right.T, across=True, how=Softmax("scores", "column"), sums="columns")
            equation("softmax_across", texts, [scores, "→ softmax ↓", weights], label=say("axes_label"))
        else:
            scores = _matrix(opened, "grid", grid)
            weights = _matrix(opened, "weights", right, how=Softmax("grid"), sums="rows")
            items: list[Matrix | str] = [scores, "→ softmax →", weights, _column_sums(opened, right)]
            equation("softmax_grid", texts, items, label=say("axes_label"), on_edit=_EDIT)
        st.markdown(say("across_on" if across else "across_off"))


def wrong_axis(opened: Lesson) -> None:
    """The softmax taken along the columns, or over the whole matrix."""
    say, texts, grid = opened.say, opened.texts, array(GRID)
    with opened.mistake("axis"):
        over: Wrong = segments(OVER, say("over"), ("column", "all"), lambda name: say(f"over_{name}"))  # type: ignore[assignment]
        wrong = weigh(grid, over)

        def shown() -> None:
            sums = ", ".join(written(float(total)) for total in wrong.sum(axis=1))
            st.markdown(say(f"over_{over}_text", total=written(float(wrong.sum())), sums=sums))
            items: list[Matrix | str] = [
                _matrix(opened, "scores", grid),
                "→ softmax →",
                _matrix(opened, "weights", wrong, how=Softmax("scores", over), sums="rows"),
                _column_sums(opened, wrong),
            ]
            equation("softmax_wrong_axis", texts, items, label=say("axis_title"))

        _ask_sum(opened, wrong, weigh(grid), over, shown)


def overflow(shown: Shown) -> None:
    """Softmax by its definition in float32, where e to the power of a large score is infinite."""
    opened = shown.lesson
    say = opened.say
    with opened.mistake("overflow"):
        added = slider(ADDED, say("added"), LARGE, signed)
        found = in_float32(shown.scores + added)
        apart = float(np.abs(found.naive - found.stable).max())  # NaN where the definition fails
        broken = not apart < 0.01  # also where only the sum is infinite, and all weights become 0
        largest = briefly(float(found.scores.max()))
        left, right = st.columns(2, gap="large")
        for box, name, rows in (
            (left, "naive", (found.scores, found.powers, found.naive)),
            (right, "stable", (found.below, found.stable_powers, found.stable)),
        ):
            with box:
                st.markdown(f"**{say(f'{name}_title')}**")
                st.markdown(_lines(shown, name, rows))
        limit = briefly(float(np.log(np.finfo(np.float32).max)))
        said = "overflow_broken" if broken else "overflow_fine"
        st.markdown(say(said, largest=largest, limit=limit, difference=briefly(apart)))


def _lines(shown: Shown, name: str, rows: Sequence[NDArray[np.float32]]) -> str:
    """A Markdown table of one way to compute: the steps across, keys down."""
    say = shown.lesson.say
    head = [shown.lesson.texts("steps.matrix_key"), *(say(f"{name}_{step}") for step in ("exponent", "power", "share"))]
    lines = [
        [key.replace(" ", "\u00a0"), *(_told(float(value)) for value in values)]
        for key, values in zip(shown.keys, zip(*rows, strict=True), strict=True)
    ]
    with np.errstate(over="ignore"):  # as the powers, their sum can be more than float32 holds
        sums = [float(values.sum()) for values in rows[1:]]
    lines.append([say("sum"), "", *(_told(total) for total in sums)])
    return markdown_table(head, lines, "l" + "r" * len(rows))


def _told(value: float) -> str:
    return briefly(value) if np.isfinite(value) else f"**{written(value)}**"


def _ask_sum(opened: Lesson, wrong: Exact, right: Exact, over: Wrong, hides: Callable[[], None]) -> None:
    """What do the weights of the first query sum to?"""
    say = opened.say
    values = {
        "sum_right": float(wrong[0].sum()),
        "sum_one": float(right[0].sum()),
        "sum_part": 1 / len(wrong),
        "sum_mean": wrong.shape[1] / len(wrong),
    }
    cells, total = adding_up(wrong[0].tolist())
    places = {"cells": " + ".join(cells), "sum": total}
    options = [
        Option(name, written(value), say(f"why_{name}", **places))
        for name, value in sorted(values.items(), key=lambda item: item[1])
    ]
    opened.predict("sum", distinct(options, "sum_right"), "sum_right", hides, over=say(f"over_{over}_phrase"))


def _matrix(
    opened: Lesson, name: str, values: Exact, *, across: bool = False, how: Softmax | None = None, sums: str = ""
) -> Matrix:
    say = opened.say
    queries, keys = array(GRID).shape
    names = ([f"q{number}" for number in range(1, queries + 1)], [f"k{number}" for number in range(1, keys + 1)])
    return Matrix(
        name,
        values,
        "A" if name == "weights" else "S",
        say("weights" if name == "weights" else "scores"),
        rows=names[across],
        columns=names[not across],
        row_role="key" if across else "query",
        column_role="query" if across else "key",
        scale="weights" if name == "weights" else "signed",
        edit="number" if name == "grid" else "",
        bound=100,
        sums=sums,  # type: ignore[arg-type]
        how=how,
    )


def _column_sums(opened: Lesson, weights: Exact) -> Matrix:
    keys = [f"k{number}" for number in range(1, weights.shape[1] + 1)]
    return Matrix("sums", weights.sum(axis=0), "", opened.say("column_sums"), columns=keys, column_role="key")
