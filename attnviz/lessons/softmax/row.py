"""From scores to weights on the Softmax page: exponents and sum, and what the temperature does."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.charts import bars, curves
from attnviz.components.equation import Matrix, Softmax, equation
from attnviz.components.table import table
from attnviz.concepts.softmax import Shares, by_temperature, coldest, entropy, shares
from attnviz.figures.curves import Curve, Mark
from attnviz.lessons.softmax.shared import EDIT, OURS, SCORES, TEMPERATURE, TEMPERATURES, Shown, listed, row_matrix
from attnviz.session.callbacks import guarded
from attnviz.session.matrices import Rows
from attnviz.session.numerals import briefly, written
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Option

EXAMPLES: dict[str, tuple[Rows, float]] = {
    "ours": (OURS, 1.0),
    "scaled": (((112.0, 96.0),), 8.0),  # tests/data/golden.json, illustrated_transformer.softmax
    "unscaled": (((112.0, 96.0),), 1.0),
    "negative": (((-5.0, 0.0, -3.0, -4.0),), 1.0),
}


def exponents(shown: Shown) -> None:
    """Scores to weights: edit them, see the exponentials and their sum, and the distribution as bars."""
    say, found = shown.lesson.say, shown.shares
    with shown.lesson.section("exponents"):
        st.latex(r"w_i = \frac{e^{s_i / T}}{e^{s_1 / T} + e^{s_2 / T} + \dots + e^{s_n / T}}")
        numbers, picture = st.columns([5, 3], gap="large")
        with numbers:
            items: list[Matrix | str] = [
                row_matrix(shown, "scores", shown.scores, "s", edit=True),
                "→ softmax →",
                row_matrix(shown, "weights", found.weights, "w", how=Softmax("scores", temperature=shown.temperature)),
            ]
            equation("softmax_row", shown.lesson.texts, items, label=say("row_label"), on_edit=EDIT)
            with st.container(horizontal=True, key="softmax_examples"):
                for name, example in EXAMPLES.items():
                    st.button(say(f"example_{name}"), key=f"softmax_{name}", on_click=guarded(_take), args=example)
            _ledger(shown, found)
        with picture:
            drawn = bars(
                shown.keys, {say("weights"): found.weights}, look(shown.lesson.choices), y_title=say("weights"),
                limits=(0, 1.08),
            )  # fmt: skip
            chart(drawn, "softmax_bars", say("bars_alt", weights=listed(found.weights)))
            st.markdown(
                say("entropy", entropy=written(found.entropy), even=written(found.as_if_even), n=len(shown.scores))
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
            alt = say("curves_alt", temperature=briefly(shown.temperature), weights=listed(now.weights))
            chart(drawn, "softmax_temperature", alt)
            even = Curve(say("even_share", n=len(scores)), at, np.full(len(at), np.log(len(scores))), dash="dot")
            own = Curve(say("entropy_axis"), at, entropy(weights))
            mark = Mark(shown.temperature, now.entropy, f"H = {written(now.entropy)}")
            drawn = curves(
                [own, even], look(shown.lesson.choices), x_title=say("temperature"), y_title=say("entropy_axis"),
                x_log=True, marks=[mark], height=250,
            )  # fmt: skip
            chart(drawn, "softmax_entropy", say("entropy_alt", entropy=written(now.entropy)))


def _ask_double(shown: Shown) -> None:
    """What becomes of the largest weight when all scores are doubled?"""
    say = shown.lesson.say
    now = float(shown.shares.weights.max())
    doubled = float(shares(2 * shown.scores, shown.temperature).weights.max())
    answer = "same" if np.isclose(doubled, now, rtol=1e-12) else "larger"  # never smaller
    places = {"now": written(now, 4), "doubled": written(doubled, 4), "half": briefly(shown.temperature / 2)}
    options = [
        Option(name, say(f"double_{name}", now=places["now"]), say(f"why_double_{answer}", **places))
        for name in ("smaller", "same", "larger")
    ]
    shown.lesson.predict("double", options, answer, now=places["now"])
