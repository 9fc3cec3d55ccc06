"""What only the Warm-up page has: its settings, the paper's schedule, a start without warm-up, our own training."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from attnviz.concepts.schedule import (
    OWN_DECAY,
    OWN_LEAST,
    OWN_WARMUP,
    FirstSteps,
    Schedule,
    first_steps,
    own_schedule,
    rate,
    schedule,
)
from attnviz.figures import Curve, Look, Mark, curves
from attnviz.trace.evaluation import TrainingRun, load_evaluation
from attnviz.ui.catalog import Texts
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, segments, slider, switch
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.settings import Setting, flag, one_of, whole

WIDTHS = (64, 128, 192, 256, 512, 768, 1024, 2048, 4096)
WARMUPS = (100, 200, 500, 1000, 2000, 4000, 8000, 16000)
D_MODEL = Setting("d_model", 512, {str(width): width for width in WIDTHS}.get)
WARMUP = Setting("warmup", 4000, {str(steps): steps for steps in WARMUPS}.get)
AXES = one_of("axes", "linear", "log")
WITHOUT = flag("without", default=True)
SEED = whole("seed", 1, 0, 9999)

_SHOWN = 6  # warm-ups that the picture is long
_FIRST = 20  # steps of the small training
_SHORT = 100  # a warm-up of which they show something
_HIGH = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALL = 128  # d_model of the small training, at most


def sliders(opened: Lesson) -> Schedule:
    """Draw the two sliders; return the schedule that they ask for."""
    left, right = st.columns(2)
    with left:
        d_model = slider(D_MODEL, opened.say("d_model"), WIDTHS)
    with right:
        warmup = slider(WARMUP, opened.say("warmup"), WARMUPS, lambda steps: f"{steps:,}")
    return schedule(d_model, warmup, _SHOWN * warmup)


def paper(opened: Lesson, found: Schedule) -> None:
    """Show the rate over the steps, with the two parts that it is the smaller of."""
    numbers, picture = st.columns([2, 3])
    with numbers:
        st.latex(
            r"\begin{aligned}&lrate = d_{model}^{-0.5}\;\cdot\\"
            r"&\min\left(step^{-0.5},\; step\cdot warmup^{-1.5}\right)\end{aligned}"
        )
        steps = [1, found.warmup // 2, found.warmup, found.warmup + 1, 2 * found.warmup, 4 * found.warmup]
        rates = [rate(step, found.d_model, found.warmup) for step in steps]
        rows = [
            f"| {step:,} | {_power(value, 5)} | {value / found.peak:.3f} |"
            for step, value in zip(steps, rates, strict=True)
        ]
        rows[2] = "|".join(f" **{cell.strip()}** " if cell.strip() else cell for cell in rows[2].split("|"))
        st.markdown("\n".join([opened.say("rates_head"), "|---:|---:|---:|", *rows]))
    with picture:
        axes = segments(AXES, opened.say("axes"), ["linear", "log"], lambda name: opened.say(f"axes_{name}"))
        figure = _schedule(opened.choices.lang, look(opened.choices), found.d_model, found.warmup, axes)
        chart(figure, "warm_up_schedule", opened.say("schedule_alt", **_places(found)))


@st.cache_resource(show_spinner=False, max_entries=64)
def _schedule(lang: str, drawn: Look, d_model: int, warmup: int, axes: str) -> Figure:
    found = schedule(d_model, warmup, _SHOWN * warmup)
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
        marks=[Mark(found.peak_step, found.peak, _power(found.peak, 2))],
        height=400,
    )
    if axes == "log":
        figure.update_xaxes(dtick=1)
    # where no curve passes: between the rising part and the rate; on logarithmic axes, under the peak
    peak = _power(found.peak, 2)
    label = (f"<br>{peak}", "bottom center") if axes == "log" else (f"\u2002{peak}", "middle right")
    figure.update_traces(text=label[:1], textposition=label[1], selector={"mode": "markers+text"})
    figure.update_yaxes(exponentformat="power", **({"dtick": 1} if axes == "log" else {"rangemode": "tozero"}))
    return figure


def _say(lang: str, key: str) -> str:
    return Texts(lang)(f"warm_up.{key}")


def double_question(opened: Lesson, found: Schedule) -> None:
    """Ask what a warm-up twice as long does to the peak."""
    after = rate(2 * found.warmup, found.d_model, 2 * found.warmup)
    guesses = {"double": 2.0, "same": 1.0, "root": math.sqrt(0.5), "half": 0.5}
    answer = min(guesses, key=lambda name: abs(math.log(guesses[name] * found.peak / after)))
    places = _places(found) | {"twice": f"{2 * found.warmup:,}", "after": _power(after)}
    options = [
        Option(name, _power(guess * found.peak), opened.say(f"double_why_{name}", **places))
        for name, guess in guesses.items()
    ]
    opened.predict("double", options, answer, **places)


def derivation(opened: Lesson, found: Schedule) -> None:
    """Derive where the peak is, in symbols and with the numbers of the sliders."""
    symbols, numbers = st.columns(2)
    w, d, peak = found.warmup, found.d_model, found.peak
    with symbols:
        st.latex(r"step^{-0.5} = step\cdot warmup^{-1.5}")
        st.latex(r"step^{1.5} = warmup^{1.5}")
        st.latex(r"step = warmup")
        st.latex(r"lrate_{max} = \frac{1}{\sqrt{d_{model}\cdot warmup}}")
    number, power = _split(peak, 5)
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
    opened.predict("half", options, answer, **_places(found))


@st.cache_resource(show_spinner=False, max_entries=64)
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
            first=_power(rate(1, width, 1 if without else found.warmup), 2),
            moved=_power(float(shown.moved[1]), 2),
            before=f"{shown.losses[0]:.3f}",
            worst=f"{shown.losses.max():.3g}",
            last=f"{shown.losses[-1]:.3f}",
            largest_before=f"{shown.largest[0]:.2f}",
            largest=f"{shown.largest[-1]:.2f}",
            steps=_FIRST,
            warmup=f"{found.warmup:,}",
        )
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _starts(lang: str, drawn: Look, width: int, warmup: int, seed: int, without: bool, name: str) -> Figure:
    texts, runs = Texts(lang), []
    for steps, colour, dash in ((warmup, drawn.accent, "solid"), (_SHORT, drawn.series[2], "dash")):
        if steps != warmup or dash == "solid":
            label = texts("warm_up.with", steps=f"{steps:,}")
            runs.append((label, small_training(width, steps, seed), colour, dash))
    if without:
        runs.append((texts("warm_up.without"), small_training(width, None, seed), drawn.wrong, "solid"))
    figure = curves(
        [Curve(label, list(range(_FIRST + 1)), getattr(run, name), colour, dash) for label, run, colour, dash in runs],
        drawn,
        x_title=texts("warm_up.done"),
        y_title=texts(f"warm_up.{name}_axis"),
        y_log=name == "losses",
    )
    figure.update_yaxes(**({"dtick": 1} if name == "losses" else {"range": (0, 1.02)}))
    return figure


def moved_question(opened: Lesson, found: Schedule) -> None:
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
    opened.predict("moved", options, answer, **why)


def own_run() -> TrainingRun | None:
    """Return how our own model learned, if that was recorded."""
    evaluation = load_evaluation()
    return evaluation.training if evaluation else None


def ours(opened: Lesson, run: TrainingRun) -> None:
    """Show our own schedule, the losses and BLEU, over the steps of our own training."""
    for column, name in zip(st.columns(3), ("factor", "loss", "bleu"), strict=True):
        with column:
            figure = _own(opened.choices.lang, look(opened.choices), name, len(run.steps), run)
            chart(figure, f"warm_up_own_{name}", opened.say(f"own_{name}_alt"))
    st.caption(opened.say("own_note"))


@st.cache_resource(show_spinner=False, max_entries=16)
def _own(lang: str, drawn: Look, name: str, n_steps: int, _run: TrainingRun) -> Figure:
    texts, run = Texts(lang), _run
    steps, factors = own_schedule(run.steps, run.seconds)
    pictures = {
        "factor": [Curve(texts("warm_up.factor"), steps, factors, drawn.accent)],
        "loss": [
            Curve(texts("warm_up.translation_loss"), run.steps, run.translation_loss, drawn.accent),
            Curve(texts("warm_up.masked_word_loss"), run.steps, run.masked_word_loss, "", "dash"),
        ],
        "bleu": [Curve("BLEU", run.steps, run.bleu, drawn.accent)],
    }
    marks = [Mark(run.steps[-1], run.bleu[-1], f"{run.bleu[-1]:.1f}")] if name == "bleu" else []
    figure = curves(
        pictures[name],
        drawn,
        x_title=texts("warm_up.step"),
        y_title=texts(f"warm_up.{name}_axis"),
        marks=marks,
        height=340,
    )
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(nticks=5, range=(0, 1.04 * run.steps[-1]))
    return figure


def own_places(run: TrainingRun) -> dict[str, object]:
    """Return the numbers of our own training that the text names."""
    return {
        "steps": f"{run.steps[-1]:,}",
        "minutes": f"{run.seconds[-1] / 60:,.0f}",
        "tokens": f"{run.target_tokens[-1] / 1e6:.1f}",
        "optimiser": run.optimiser.capitalize(),
        "rise": OWN_WARMUP,
        "share": f"{100 * OWN_WARMUP / run.steps[-1]:.1f} %",
        "decay": f"{100 * OWN_DECAY:.0f} %",
        "least": f"{100 * OWN_LEAST:.0f} %",
    }


def _places(found: Schedule) -> dict[str, object]:
    return {"d_model": found.d_model, "warmup": f"{found.warmup:,}", "peak": _power(found.peak)}


def _power(value: float, digits: int = 3) -> str:
    """Write 0.0006988 as 6.988 × 10⁻⁴."""
    number, power = _split(value, digits)
    return f"{number} × 10{str(power).translate(_HIGH)}" if power else number


def _split(value: float, digits: int) -> tuple[str, int]:
    number, power = f"{value:.{digits}e}".split("e")
    return number, int(power)
