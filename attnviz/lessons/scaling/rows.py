"""Why scale: one random row of weights divided in three ways, and what each leaves for learning."""

from __future__ import annotations

import math
from itertools import takewhile

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import bars, curves
from attnviz.concepts.scaling import D_KS, DIVISORS, N_DRAWS, SATURATED, Divisor, Measured
from attnviz.figures.curves import Curve, Mark
from attnviz.figures.look import Look
from attnviz.lessons.scaling.shared import (
    DIVIDE,
    DRAW,
    SEED,
    SIZE_RANGE,
    SIZE_TICKS,
    measured,
    measured_at,
    row_places,
)
from attnviz.session.catalog import Texts
from attnviz.session.kept import kept
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, segments
from attnviz.ui.lesson import Lesson, Option

_BINS = {"few": 0.05, "some": 0.35, "many": 0.65, "most": 1.0}  # upper ends of the answers
_NAMES: dict[Divisor, str] = {"root": "scaled", "none": "unscaled", "whole": "too_small"}


def one_row(opened: Lesson, size: Measured) -> None:
    """Show the weights of one row, divided and not, and the means over all rows."""
    row = DRAW.value - 1
    scaled, plain = size.rows["root"], size.rows["none"]
    numbers, picture = st.columns([2, 3])
    with numbers:
        number(DRAW, opened.say("draw", n=N_DRAWS), 1, N_DRAWS)
        first, second = np.sort(size.scores[row].astype(float))[::-1][:2]
        gap, less = first - second, (first - second) / math.sqrt(size.d_k)
        st.markdown(
            opened.say(
                "gap",
                gap=f"{gap:.2f}",
                factor=f"{math.exp(gap):,.4g}",
                less=f"{less:.2f}",
                factor_less=f"{math.exp(less):,.4g}",
            )
        )
        st.markdown(opened.say("row_numbers", n=N_DRAWS, **row_places(scaled, plain, row)))
    with picture:
        figure = _weights(opened.choices.lang, look(opened.choices), SEED.value, size.d_k, row, "none")
        chart(figure, "scaling_row", opened.say("row_alt", row=row + 1, d_k=size.d_k))


def row_question(opened: Lesson, size: Measured) -> None:
    """Ask in how many rows one key takes nine tenths when nothing is divided."""
    shares = {divisor: float((size.rows[divisor].largest > 0.9).mean()) for divisor in DIVISORS}
    answer = next(name for name, end in _BINS.items() if shares["none"] <= end)
    why = {"percent": f"{shares['none']:.0%}", "scaled": f"{shares['root']:.0%}", "d_k": size.d_k}
    options = [
        Option(name, opened.say(f"rows_{name}"), opened.say("rows_why_right" if name == answer else "rows_why", **why))
        for name in _BINS
    ]
    opened.predict("rows", options, answer, d_k=size.d_k, n=N_DRAWS)


def gradient(opened: Lesson, found: tuple[Measured, ...], size: Measured) -> None:
    """Show the norm of the softmax's Jacobian, and how many rows have next to none."""
    norms, stuck = _norms(found), _stuck(found)
    at = D_KS.index(size.d_k)
    st.latex(r"\frac{\partial w_i}{\partial s_j}=w_i\,(\delta_{ij}-w_j)")
    for column, key in zip(st.columns(2), ("gradient", "stuck"), strict=True):
        with column:
            figure = _gradients(opened.choices.lang, look(opened.choices), SEED.value, size.d_k, key)
            chart(figure, f"scaling_{key}", opened.say(f"{key}_alt", limit=SATURATED))
    even = zip(D_KS, norms["none"], norms["root"], strict=True)
    harmless = [d_k for d_k, _, _ in takewhile(lambda sizes: sizes[1] >= sizes[2], even)]
    st.markdown(
        opened.say(
            "gradient_said",
            d_k=size.d_k,
            n=N_DRAWS,
            limit=SATURATED,
            scaled=f"{norms['root'][at]:.3f}",
            unscaled=f"{norms['none'][at]:.3f}",
            stuck=f"{stuck['none'][at]:.0f}",
            stuck_scaled=f"{stuck['root'][at]:.0f}",
            harmless=max(harmless, default=1),
        )
    )
    st.markdown(opened.say("gradient_notes"))


def other_divisor(opened: Lesson, size: Measured) -> None:
    """Let the reader divide by nothing or by d_k itself, beside the right way."""
    lang, drawn, row = opened.choices.lang, look(opened.choices), DRAW.value - 1
    segments(DIVIDE, opened.say("divide"), ["whole", "none"], lambda name: opened.say(f"divide_{name}"))
    wrong: Divisor = "whole" if DIVIDE.value == "whole" else "none"
    left, right = st.columns(2)
    with left:
        figure = _weights(lang, drawn, SEED.value, size.d_k, row, wrong)
        chart(figure, "scaling_wrong_row", opened.say("row_alt", row=row + 1, d_k=size.d_k))
    with right:
        chart(_entropies(lang, drawn, SEED.value, size.d_k, wrong), "scaling_entropy", opened.say("entropy_alt"))
    rows = size.rows[wrong]
    st.markdown(
        opened.say(
            f"divide_said_{wrong}",
            d_k=size.d_k,
            n=N_DRAWS,
            largest=f"{rows.largest.mean():.3f}",
            entropy=f"{rows.entropy.mean():.3f}",
            right=f"{size.rows['root'].entropy.mean():.3f}",
            uniform=f"{1 / rows.weights.shape[1]:.3f}",
        )
    )


@kept
def _weights(lang: str, drawn: Look, seed: int, d_k: int, row: int, wrong: Divisor) -> Figure:
    texts = Texts(lang)
    size = measured_at(seed, d_k)
    return bars(
        [str(key + 1) for key in range(size.scores.shape[1])],
        {texts(f"scaling.{_NAMES[name]}"): size.rows[name].weights[row] for name in ("root", wrong)},
        drawn,
        y_title=texts("scaling.weight"),
        x_title=texts("scaling.key"),
        limits=(0, 1),
        colours=(drawn.accent, drawn.wrong),
        height=390,
    )


@kept
def _gradients(lang: str, drawn: Look, seed: int, d_k: int, key: str) -> Figure:
    texts = Texts(lang)
    found, at = measured(seed), D_KS.index(d_k)
    values = _norms(found) if key == "gradient" else _stuck(found)
    top = max(map(max, values.values()))
    named = "{:.2f}" if key == "gradient" else "{:.0f} %"
    figure = curves(
        [
            Curve(texts("scaling.scaled"), D_KS, values["root"], drawn.accent),
            Curve(texts("scaling.unscaled"), D_KS, values["none"], drawn.wrong),
        ],
        drawn,
        x_title="d_k",
        y_title=texts(f"scaling.{key}_axis", limit=SATURATED),
        x_log=True,
        x_ticks=SIZE_TICKS,
        x_range=SIZE_RANGE,
        y_range=(-0.04 * top, 1.12 * top),  # below 0 there is room for the ring of a mark that stands at 0
        marks=[Mark(d_k, values[name][at], named.format(values[name][at])) for name in ("root", "none")],
    )
    figure.update_yaxes(zeroline=False)
    return figure


@kept
def _entropies(lang: str, drawn: Look, seed: int, d_k: int, wrong: Divisor) -> Figure:
    texts = Texts(lang)
    found = measured(seed)
    entropies = {name: [float(one.rows[name].entropy.mean()) for one in found] for name in DIVISORS}
    colours = {"root": drawn.accent, "none": drawn.wrong, "whole": drawn.wrong}
    chosen = entropies[wrong][D_KS.index(d_k)]
    return curves(
        [
            Curve(
                texts(f"scaling.{_NAMES[name]}"),
                D_KS,
                entropies[name],
                colours[name],
                "solid" if name in ("root", wrong) else "dot",
            )
            for name in DIVISORS
        ],
        drawn,
        x_title="d_k",
        y_title=texts("scaling.entropy_axis"),
        x_log=True,
        x_ticks=SIZE_TICKS,
        x_range=SIZE_RANGE,
        y_range=(0, 1.12),
        marks=[Mark(d_k, chosen, f"{chosen:.2f}")],
    )


def _norms(found: tuple[Measured, ...]) -> dict[str, list[float]]:
    return {name: [float(one.rows[name].gradient.mean()) for one in found] for name in ("root", "none")}


def _stuck(found: tuple[Measured, ...]) -> dict[str, list[float]]:
    return {name: [100 * one.rows[name].saturated for one in found] for name in ("root", "none")}
