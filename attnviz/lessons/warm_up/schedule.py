"""The paper's schedule on the Warm-up page, its peak and where it comes from."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import curves
from attnviz.concepts.schedule import Schedule, rate, schedule
from attnviz.figures.curves import Curve, Mark
from attnviz.figures.look import Look
from attnviz.lessons.warm_up.shared import AXES, SHOWN, places
from attnviz.session.catalog import Texts
from attnviz.session.kept import kept
from attnviz.session.markdown import markdown_table
from attnviz.session.numerals import scientific, split_power
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson, Option


def paper(opened: Lesson, found: Schedule) -> None:
    """Show the rate over the steps, with the two parts that it is the smaller of."""
    numbers, picture = st.columns([2, 3])
    with numbers:
        st.latex(
            r"\begin{aligned}&lrate = d_{model}^{-0.5}\;\cdot\\"
            r"&\min\left(step^{-0.5},\; step\cdot warmup^{-1.5}\right)\end{aligned}"
        )
        steps = [1, found.warmup // 2, found.warmup, found.warmup + 1, 2 * found.warmup]  # the half comes later
        rates = [rate(step, found.d_model, found.warmup) for step in steps]
        rows = [
            [f"{step:,}", scientific(value, 5), f"{value / found.peak:.3f}"]
            for step, value in zip(steps, rates, strict=True)
        ]
        rows[2] = [f"**{cell}**" for cell in rows[2]]
        head = [opened.say(f"rates_{name}") for name in ("step", "rate", "share")]
        st.markdown(markdown_table(head, rows, "rrr"))
    with picture:
        axes = segments(AXES, opened.say("axes"), ["linear", "log"], lambda name: opened.say(f"axes_{name}"))
        figure = _schedule(opened.choices.lang, look(opened.choices), found.d_model, found.warmup, axes)
        chart(figure, "warm_up_schedule", opened.say("schedule_alt", **places(found)))


@kept
def _schedule(lang: str, drawn: Look, d_model: int, warmup: int, axes: str) -> Figure:
    found = schedule(d_model, warmup, SHOWN * warmup)
    # beyond the peak the rising part leaves the picture, and before it the falling one
    top = found.rates.max() * (3 if axes == "log" else 1.6)
    parts = {"rising": (found.rising, "dot"), "falling": (found.falling, "dash")}
    figure = curves(
        [
            *(
                Curve(_say(lang, name), found.steps, np.where(part <= top, part, np.nan), dash=dash)
                for name, (part, dash) in parts.items()
            ),
            Curve(_say(lang, "rate"), found.steps, found.rates, drawn.accent),
        ],
        drawn,
        x_title=_say(lang, "step"),
        y_title=_say(lang, "rate"),
        x_log=axes == "log",
        y_log=axes == "log",
        y_range=None if axes == "log" else (0, None),
        marks=[Mark(found.peak_step, found.peak, scientific(found.peak, 2))],
        height=400,
    )
    # where no curve passes: between the rising part and the rate; on logarithmic axes, under the peak
    peak = scientific(found.peak, 2)
    label = (f"<br>{peak}", "bottom center") if axes == "log" else (f"\u2002{peak}", "middle right")
    figure.update_traces(text=label[:1], textposition=label[1], selector={"mode": "markers+text"})
    figure.update_yaxes(exponentformat="power")
    return figure


def _say(lang: str, key: str) -> str:
    return Texts(lang)(f"warm_up.{key}")


def double_question(opened: Lesson, found: Schedule) -> None:
    """Ask what a warm-up twice as long does to the peak."""
    after = rate(2 * found.warmup, found.d_model, 2 * found.warmup)
    guesses = {"double": 2.0, "same": 1.0, "root": math.sqrt(0.5), "half": 0.5}
    answer = min(guesses, key=lambda name: abs(math.log(guesses[name] * found.peak / after)))
    said = places(found) | {"twice": f"{2 * found.warmup:,}", "after": scientific(after, 3)}
    options = [
        Option(name, scientific(guess * found.peak, 3), opened.say(f"double_why_{name}", **said))
        for name, guess in guesses.items()
    ]
    opened.predict("double", options, answer, **said)


def derivation(opened: Lesson, found: Schedule) -> None:
    """Derive where the peak is, in symbols and with the numbers of the sliders."""
    symbols, numbers = st.columns(2)
    w, d, peak = found.warmup, found.d_model, found.peak
    with symbols:
        st.latex(r"step^{-0.5} = step\cdot warmup^{-1.5}")
        st.latex(r"step^{1.5} = warmup^{1.5}")
        st.latex(r"step = warmup")
        st.latex(r"lrate_{max} = \frac{1}{\sqrt{d_{model}\cdot warmup}}")
    number, power = split_power(peak, 5)
    with numbers:
        st.latex(rf"{w}^{{-0.5}} = {w**-0.5:.6f}")
        st.latex(rf"{w}\cdot {w}^{{-1.5}} = {w * w**-1.5:.6f}")
        st.latex(rf"step = {w}")
        st.latex(rf"\frac{{1}}{{\sqrt{{{d}\cdot {w}}}}} = {number}\cdot 10^{{{power}}}")


def half_question(opened: Lesson, found: Schedule) -> None:
    """Ask when the rate has fallen to half of its peak."""
    guesses = {"two": 2, "three": 3, "four": 4, "eight": 8}
    at = {name: rate(factor * found.warmup, found.d_model, found.warmup) for name, factor in guesses.items()}
    answer = min(at, key=lambda name: abs(at[name] - found.peak / 2))
    options = [
        Option(
            name,
            opened.say("at_step", step=f"{factor * found.warmup:,}"),
            opened.say("half_why_right" if name == answer else "half_why", share=f"{at[name] / found.peak:.2f}"),
        )
        for name, factor in guesses.items()
    ]
    opened.predict("half", options, answer, **places(found))
