"""The classic slips of "Averaging to attention", and its four stages side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, Product, equation
from attnviz.concepts.averaging import STAGES, mixed, undivided, with_last_word_moved
from attnviz.lessons.averaging.matrices import output_matrix
from attnviz.lessons.averaging.questions import ask_reach
from attnviz.lessons.averaging.shared import SLIP, Shown
from attnviz.session.numerals import briefly, written
from attnviz.ui.inputs import segments


def slip(shown: Shown) -> None:
    """The two classic slips on the stage on the screen, with what each of them breaks."""
    with shown.lesson.mistake("slip"):
        if shown.stage == "dots":
            ask_reach(shown, lambda: _slip(shown))
        else:
            _slip(shown)


def _slip(shown: Shown) -> None:
    say, right = shown.lesson.say, shown.mixed
    moved = with_last_word_moved(shown.numbers)
    name = segments(SLIP, say("slips"), ("future", "undivided"), lambda slip: say(f"slip_{slip}_name"))
    wrong = mixed(shown.numbers, shown.stage, masked=False) if name == "future" else undivided(right)
    leak = mixed(moved, shown.stage, masked=False).head_output[0] - wrong.head_output[0]
    kept = mixed(moved, shown.stage).head_output[0] - right.head_output[0]
    st.markdown(
        say(
            f"slip_{name}_text",
            first=shown.words[0],
            last=shown.words[-1],
            leak=f"{np.abs(leak).max():.2f}",
            kept=f"{np.abs(kept).max():.2f}",
            sums=", ".join(written(total) if total < 1e6 else briefly(total) for total in wrong.row_sums),
        )
    )
    values = Matrix("value", right.value, "V" if shown.stage == "roles" else "X", scale="signed")
    weights = Matrix(
        "weights",
        wrong.weights,
        "A",
        say("matrix_weights"),
        rows=shown.words,
        columns=shown.words,
        scale="weights",
        sums="rows",
        forced=wrong.ahead if name == "future" else None,
    )
    items: list[Matrix | str] = [
        weights,
        "×",
        values,
        "=",
        output_matrix(shown, "wrong", wrong, Product("weights", "value"), "matrix_wrong"),
        "≠",
        output_matrix(shown, "right", right, None, "matrix_right"),
    ]
    equation("averaging_slip", shown.lesson.texts, items, label=say("slip_title"))


def side_by_side(shown: Shown) -> None:
    """The weights of all four stages: one place in the formula, four ways to fill it."""
    say, words = shown.lesson.say, shown.words
    with (
        shown.lesson.section("four", word=words[shown.row]),
        st.container(horizontal=True, gap="medium", key="averaging_four"),
    ):
        for name in STAGES:
            found = mixed(shown.numbers, name)
            weights = Matrix("weights", found.weights, "A", say("matrix_weights"), rows=words, scale="weights")
            first, second = found.head_output[shown.row]
            with st.container(width=285):
                st.markdown(f"**{say(f'{name}_name')}**")
                equation(f"averaging_four_{name}", shown.lesson.texts, [weights], label=say(f"{name}_name"))
                st.markdown(say(f"four_{name}", word=words[shown.row], first=written(first), second=written(second)))
