"""The first steps of a small training on the Warm-up page, with the warm-up and without."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import curves
from attnviz.concepts.schedule import FirstSteps, Schedule, first_steps, rate
from attnviz.figures.curves import Curve
from attnviz.figures.look import Look
from attnviz.lessons.warm_up.shared import SEED, WITHOUT
from attnviz.session.catalog import Texts
from attnviz.session.kept import kept
from attnviz.session.numerals import briefly, scientific
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, switch
from attnviz.ui.lesson import Lesson, Option

_FIRST = 20  # steps of the small training
_SHORT = 100  # a warm-up of which they show something
_SMALL = 128  # d_model of the small training, at most


@kept
def small_training(d_model: int, warmup: int | None, seed: int) -> FirstSteps:
    """Train for a few steps, once for all who look at it; no ``warmup``: the falling part alone."""
    steps = range(1, _FIRST + 1)
    # where the warm-up ends at once, only the falling part is left
    return first_steps((rate(step, d_model, warmup or 1) for step in steps), seed, d_model)


def without_warm_up(opened: Lesson, found: Schedule) -> None:
    """Start a small training with the warm-up left out, beside the right way."""
    drawn, width = look(opened.choices), min(found.d_model, _SMALL)
    choice, chance = st.columns([3, 1], vertical_alignment="bottom")
    with chance:
        seed = number(SEED, opened.say("seed"), 0, 9999)
    with choice:
        without = switch(WITHOUT, opened.say("leave_out"))
    for column, name in zip(st.columns(2), ("losses", "largest"), strict=True):
        with column:
            figure = _starts(opened.choices.lang, drawn, width, found.warmup, seed, without, name)
            chart(figure, f"warm_up_{name}", opened.say(f"{name}_alt"))
    wild = small_training(width, None, seed)
    tame = small_training(width, found.warmup, seed)
    shown = wild if without else tame
    st.markdown(
        opened.say(
            "without_said" if without else "with_said",
            d_model=width,
            first=scientific(rate(1, width, 1 if without else found.warmup), 2),
            moved=scientific(float(shown.moved[1]), 2),
            before=f"{shown.losses[0]:.3f}",
            worst=briefly(shown.losses.max()),
            last=f"{shown.losses[-1]:.3f}",
            largest_before=f"{shown.largest[0]:.2f}",
            largest=f"{shown.largest[-1]:.2f}",
            steps=_FIRST,
            warmup=f"{found.warmup:,}",
        )
    )


@kept
def _starts(lang: str, drawn: Look, width: int, warmup: int, seed: int, without: bool, name: str) -> Figure:
    texts, runs = Texts(lang), []
    for steps, colour, dash in ((warmup, drawn.accent, "solid"), (_SHORT, drawn.series[2], "dash")):
        if steps != warmup or dash == "solid":
            label = texts("warm_up.with", steps=f"{steps:,}")
            runs.append((label, small_training(width, steps, seed), colour, dash))
    if without:
        runs.append((texts("warm_up.without"), small_training(width, None, seed), drawn.wrong, "solid"))
    return curves(
        [Curve(label, list(range(_FIRST + 1)), getattr(run, name), colour, dash) for label, run, colour, dash in runs],
        drawn,
        x_title=texts("warm_up.done"),
        y_title=texts(f"warm_up.{name}_axis"),
        y_log=name == "losses",
        y_range=None if name == "losses" else (0, 1.02),
    )


def moved_question(opened: Lesson, found: Schedule, hides: Callable[[], None]) -> None:
    """Ask how far the first step of Adam moves a matrix when there is no warm-up."""
    width = min(found.d_model, _SMALL)
    moved = float(small_training(width, None, SEED.value).moved[1])
    guesses = {"thousandth": 0.001, "hundredth": 0.01, "tenth": 0.1, "whole": 1.0}
    answer = min(guesses, key=lambda name: abs(math.log(guesses[name] / moved)))
    why = {"moved": f"{moved:.2f}", "rate": f"{rate(1, width, 1):.4f}", "d_model": width}
    options = [
        Option(
            name, opened.say(f"moved_{name}"), opened.say("moved_why_right" if name == answer else "moved_why", **why)
        )
        for name in guesses
    ]
    opened.predict("moved", options, answer, hides, **why)
