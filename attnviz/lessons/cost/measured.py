"""What it costs: our own attention measured, beside Table 1."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import streamlit as st

from attnviz.charts import curves
from attnviz.components.table import table
from attnviz.concepts.complexity import (
    MEASURED_AT,
    SEED,
    Measured,
    Sizes,
    fit,
    measure,
    operations,
)
from attnviz.figures.curves import Curve
from attnviz.lessons.cost.sizes import chosen, presets
from attnviz.model.layers import EncoderLayer
from attnviz.session.kept import kept
from attnviz.session.models import model_named
from attnviz.session.numerals import in_bytes, spoken
from attnviz.session.settings import Setting, one_of, whole
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments, slider
from attnviz.ui.lesson import Lesson

MEASURED = one_of("measured", "time", "memory")
FIT_FROM = whole("from", MEASURED_AT[-3], MEASURED_AT[0], MEASURED_AT[-3])  # where n^2 has begun to count
SETTINGS: tuple[Setting[Any], ...] = (MEASURED, FIT_FROM)


@kept
def measured() -> Measured:
    """Measure the trained model's own attention once for all users of this server."""
    layer = cast(EncoderLayer, model_named("translator").transformer.encoder[0])
    return measure(layer.self_attention)


def measurement(opened: Lesson) -> None:
    """Draw the measured time or memory of our own attention beside Table 1's curve, with its fitted exponent."""
    found, drawn_as = measured(), look(opened.choices)
    d = presets()["ours"][1]
    sizes = Sizes(MEASURED_AT[-1], d, chosen().k, chosen().r)
    left, right = st.columns([3, 2], gap="large")
    with right:
        what = segments(MEASURED, opened.say("measured"), ("time", "memory"), lambda name: opened.say(name))
        start = slider(FIT_FROM, opened.say("fit_from"), MEASURED_AT[:-2])
    values = found.time if what == "time" else found.memory
    used = found.n >= start
    fitted = fit(found.n[used], values[used])
    share = values / values[-1]
    line = np.geomspace(start, MEASURED_AT[-1], 30)
    theory = {
        counted: [operations("self_attention", n, sizes, counted) for n in MEASURED_AT] for counted in (False, True)
    }
    shown = [
        Curve(opened.say(what), found.n, share, drawn_as.accent, points=True),
        Curve(
            opened.say("fitted", exponent=f"{fitted.exponent:.2f}"), line, fitted.at(line) / values[-1], drawn_as.accent
        ),
        Curve(opened.say("theory"), found.n, np.array(theory[False]) / theory[False][-1], drawn_as.series[0], "dash"),
        Curve(
            opened.say("theory_projections"),
            found.n,
            np.array(theory[True]) / theory[True][-1],
            drawn_as.series[2],
            "dot",
        ),
    ]
    figure = curves(
        shown, drawn_as, x_title=opened.say("axis_n"), y_title=opened.say("axis_share", n=MEASURED_AT[-1]), x_log=True,
        y_log=True, x_ticks={n: str(n) for n in MEASURED_AT}, height=460,
    )  # fmt: skip
    figure.update_yaxes(dtick=1, tickfont_size=1.1 * drawn_as.size)  # raised digits
    with left:
        chart(
            figure,
            "cost_measured",
            opened.say("measured_alt", what=opened.say(what), exponent=f"{fitted.exponent:.2f}"),
        )
    with right:
        st.latex(rf"{what[0].upper()}(n) \propto n^{{{fitted.exponent:.2f}}}")
        expected = fit(found.n[used], np.array(theory[True])[used]).exponent
        places = {
            "exponent": f"{fitted.exponent:.2f}", "start": start, "end": MEASURED_AT[-1], "expected": f"{expected:.2f}",
            "whole": f"{fit(found.n, values).exponent:.2f}", "times": f"{values[-1] / values[-2]:.2f}",
            "square": f"{100 * found.square[-1] / found.memory[-1]:.0f}",
            "first": f"{100 * found.square[0] / found.memory[0]:.0f}", "first_n": MEASURED_AT[0],
        }  # fmt: skip
        said = [opened.say(f"{what}_finding", **places)]
        if what == "time":
            more = more_of_time(fitted.exponent, fit(found.n, values).exponent)
            said += [opened.say(name, **places) for name in more]
        st.markdown(" ".join(said))
        if what == "time":
            st.caption(opened.say("noise", noise=f"{found.noise:.1f}", runs=found.seconds.shape[1], seed=SEED))
    _measured_table(opened, found)
    own = chosen()
    one = operations("self_attention", own.n, Sizes(own.n, 1, own.k, own.r))  # n^2: one head's weights
    st.markdown(
        opened.say("one_head", n=f"{own.n:,}", numbers=spoken(one, opened.texts.language), bytes=in_bytes(4 * one))
    )


def more_of_time(exponent: float, whole: float) -> list[str]:
    """Return what else is true of the fitted exponent: above that of all lengths, above the law's own."""
    return ["time_whole_less"] * (whole < exponent - 0.005) + ["time_above"] * (exponent > 2)


def _measured_table(opened: Lesson, found: Measured) -> None:
    slopes = [np.concatenate([[np.nan], np.diff(np.log2(values))]) for values in (found.time, found.memory)]
    columns = (1000 * found.time, slopes[0], found.memory / 2**20, slopes[1], 100 * found.square / found.memory)
    table(
        "cost_measured_table",
        opened.texts,
        np.stack(columns, axis=1).astype(np.float32),
        caption=opened.say("measured_caption"),
        corner="n",
        rows=[str(n) for n in found.n],
        columns=[opened.say(f"column_{name}") for name in ("time", "time_slope", "memory", "memory_slope", "square")],
        digits=2,
    )
