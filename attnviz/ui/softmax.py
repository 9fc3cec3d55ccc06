"""What only the Softmax page has: its scores and settings, the way from scores to weights, limits, questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from attnviz.components.equation import Matrix, Softmax, equation
from attnviz.components.table import table
from attnviz.concepts.softmax import Exact, Shares, by_temperature, coldest, entropy, shares
from attnviz.figures import Curve, Mark, bars, curves
from attnviz.ui.answers import distinct
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.matrices import Rows, array, editing, matrix
from attnviz.ui.numerals import briefly, signed, written
from attnviz.ui.settings import decimal, whole

BOUND = 1000  # of a score that the reader types
OURS: Rows = ((2.0, 1.0, 0.0, -1.0, 3.0),)
EXAMPLES: dict[str, tuple[Rows, float]] = {
    "ours": (OURS, 1.0),
    "scaled": (((112.0, 96.0),), 8.0),  # tests/data/golden.json, illustrated_transformer.softmax
    "unscaled": (((112.0, 96.0),), 1.0),
    "negative": (((-5.0, 0.0, -3.0, -4.0),), 1.0),
}
TEMPERATURES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 20.0, 50.0, 100.0)
SHIFTS = (-100, -50, -20, -10, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 10, 20, 50, 100)

SCORES = matrix("scores", OURS, bound=BOUND, rows=range(1, 2), columns=range(2, 9))
TEMPERATURE = decimal("temperature", 1.0, TEMPERATURES[0], TEMPERATURES[-1])
SHIFT = whole("shift", -3, SHIFTS[0], SHIFTS[-1])
_EDIT = editing(scores=SCORES)


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


def exponents(shown: Shown) -> None:
    """Scores to weights: edit them, see the exponentials and their sum, and the distribution as bars."""
    say, found = shown.lesson.say, shown.shares
    with shown.lesson.section("exponents"):
        st.latex(r"w_i = \frac{e^{s_i / T}}{e^{s_1 / T} + e^{s_2 / T} + \dots + e^{s_n / T}}")
        numbers, picture = st.columns([5, 3], gap="large")
        with numbers:
            items: list[Matrix | str] = [
                _row(shown, "scores", shown.scores, "s", edit=True),
                "→ softmax →",
                _row(shown, "weights", found.weights, "w", how=Softmax("scores", temperature=shown.temperature)),
            ]
            equation("softmax_row", shown.lesson.texts, items, label=say("row_label"), on_edit=_EDIT)
            with st.container(horizontal=True, key="softmax_examples"):
                for name, example in EXAMPLES.items():
                    st.button(say(f"example_{name}"), key=f"softmax_{name}", on_click=_take, args=example)
            _ledger(shown, found)
        with picture:
            drawn = bars(
                shown.keys, {say("weights"): found.weights}, look(shown.lesson.choices), y_title=say("weights"),
                limits=(0, 1.08),
            )  # fmt: skip
            chart(drawn, "softmax_bars", say("bars_alt", weights=_listed(found.weights)))
            st.markdown(
                say("entropy", entropy=written(found.entropy), even=written(found.as_if_even), n=len(shown.scores))
            )


def _row(
    shown: Shown, name: str, values: Exact, symbol: str, *, edit: bool = False, how: Softmax | None = None
) -> Matrix:
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


def _ledger(shown: Shown, found: Shares) -> None:
    say = shown.lesson.say
    columns = np.stack([found.scores, found.divided, found.below, found.powers, found.weights], axis=1)
    table(
        "softmax_ledger",
        shown.lesson.texts,
        columns.astype(np.float32),
        caption=say("ledger", largest=written(float(found.divided.max())), total=written(found.total, 4)),
        corner=say("keys"),
        rows=shown.keys,
        columns=[say(f"column_{name}") for name in ("score", "divided", "below", "power", "weight")],
        digits=4,
        roles=("key", ""),
    )


def _take(rows: Rows, temperature: float) -> None:
    SCORES.set(rows)
    TEMPERATURE.set(temperature)


def temperature(shown: Shown) -> None:
    """The same scores at every temperature, from all on one to the same for all."""
    say, scores = shown.lesson.say, shown.scores
    now = shown.shares
    with shown.lesson.section("temperature"):
        words, picture = st.columns([2, 3], gap="large")
        with words:
            slider(TEMPERATURE, say("temperature"), TEMPERATURES, briefly)
            rows = np.stack([coldest(scores), now.weights, np.full(len(scores), 1 / len(scores))])
            limits = Matrix(
                "limits",
                rows,
                "w",
                say("weights"),
                rows=("T → 0", f"T = {briefly(shown.temperature)}", "T → ∞"),
                columns=shown.keys,
                column_role="key",
                scale="weights",
            )
            equation("softmax_limits", shown.lesson.texts, [limits], label=say("limits_label"))
            st.markdown(
                say(
                    "limits",
                    n=len(scores),
                    even=written(1 / len(scores)),
                    now=briefly(shown.temperature),
                    own=written(now.entropy),
                )
            )
            _ask_double(shown)
        with picture:
            at = np.geomspace(TEMPERATURES[0], TEMPERATURES[-1], 120)
            weights = by_temperature(scores, at)
            lines = [Curve(name, at, weights[:, key]) for key, name in enumerate(shown.keys)]
            marks = [Mark(shown.temperature, float(weight), "") for weight in now.weights]
            drawn = curves(
                lines, look(shown.lesson.choices), x_title=say("temperature"), y_title=say("weights"), x_log=True,
                marks=marks, height=330,
            )  # fmt: skip
            alt = say("curves_alt", temperature=briefly(shown.temperature), weights=_listed(now.weights))
            chart(drawn, "softmax_temperature", alt)
            even = Curve(say("even_share", n=len(scores)), at, np.full(len(at), np.log(len(scores))), dash="dot")
            own = Curve(say("entropy_axis"), at, entropy(weights))
            mark = Mark(shown.temperature, now.entropy, f"H = {written(now.entropy)}")
            drawn = curves(
                [own, even], look(shown.lesson.choices), x_title=say("temperature"), y_title=say("entropy_axis"),
                x_log=True, marks=[mark], height=250,
            )  # fmt: skip
            chart(drawn, "softmax_entropy", say("entropy_alt", entropy=written(now.entropy)))


def shift(shown: Shown) -> None:
    """The same number added to all scores: other scores, other mean, the same weights."""
    say, scores = shown.lesson.say, shown.scores
    with shown.lesson.section("shift"):
        words, picture = st.columns([2, 3], gap="large")
        with words:
            c = slider(SHIFT, say("add"), SHIFTS, signed)
            moved = shares(scores + c, shown.temperature)
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
            _ask_nothing(shown, moved)
        with picture:
            items: list[Matrix | str] = [
                _row(shown, "moved", moved.scores, "s + c"),
                "→ softmax →",
                _row(shown, "weights", moved.weights, "w", how=Softmax("moved", temperature=shown.temperature)),
            ]
            equation("softmax_moved", shown.lesson.texts, items, label=say("moved_label"))
            st.latex(r"\frac{e^{s_i + c}}{\sum_j e^{s_j + c}} = \frac{e^c \, e^{s_i}}{e^c \sum_j e^{s_j}}"
                     r" = \frac{e^{s_i}}{\sum_j e^{s_j}}")  # fmt: skip
            both = {say("before"): scores, say("after"): moved.scores}
            drawn = bars(shown.keys, both, look(shown.lesson.choices), y_title=say("scores_of_row"), height=260)
            chart(drawn, "softmax_scores", say("scores_alt", before=_listed(scores), after=_listed(moved.scores)))


def _ask_double(shown: Shown) -> None:
    """What becomes of the largest weight when all scores are doubled?"""
    say = shown.lesson.say
    now = float(shown.shares.weights.max())
    doubled = float(shares(2 * shown.scores, shown.temperature).weights.max())
    answer = "same" if np.isclose(doubled, now, rtol=1e-12) else "larger" if doubled > now else "smaller"
    places = {"now": written(now, 4), "doubled": written(doubled, 4), "half": briefly(shown.temperature / 2)}
    options = [
        Option(name, say(f"double_{name}", now=places["now"]), say(f"why_double_{answer}", **places))
        for name in ("smaller", "same", "larger")
    ]
    shown.lesson.predict("double", options, answer, now=places["now"])


def _ask_nothing(shown: Shown, moved: Shares) -> None:
    """Which keys get a weight of exactly 0?"""
    say = shown.lesson.say

    def named(chosen: NDArray[np.bool_]) -> str:
        return ", ".join(name for name, one in zip(shown.keys, chosen, strict=True) if one) or say("none")

    none = np.zeros(len(moved.scores), dtype=bool)
    groups = {
        "none": none,
        "not_positive": moved.scores <= 0,
        "smallest": moved.scores == moved.scores.min(),
        "vanished": moved.weights == 0,
    }
    answer = "vanished" if groups["vanished"].any() else "none"
    if answer == "none":
        del groups["vanished"]
    smallest = briefly(float(moved.weights.min()))
    options = [
        Option(name, named(chosen), say(f"why_none_{name}" if answer == "none" else "why_vanished", smallest=smallest))
        for name, chosen in groups.items()
    ]
    shown.lesson.predict("nothing", distinct(options, answer), answer, scores=_listed(moved.scores))


def _listed(values: Exact) -> str:
    return ", ".join(written(float(value)) for value in values)
