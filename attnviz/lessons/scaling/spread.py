"""Why scale, first section: how widely random scores spread, at one size and at all."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import curves, histogram
from attnviz.concepts.scaling import D_KS, Measured
from attnviz.figures.curves import Curve, Mark
from attnviz.figures.look import Look
from attnviz.lessons.scaling.shared import SEED, SIZE_RANGE, SIZE_TICKS, measured, measured_at
from attnviz.session.catalog import Texts
from attnviz.session.kept import kept
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number
from attnviz.ui.lesson import Lesson, Option


def spread(opened: Lesson, size: Measured) -> None:
    """Show how scores spread at the chosen size, and at all sizes."""
    lang, drawn = opened.choices.lang, look(opened.choices)
    numbers, picture = st.columns([2, 3])
    with numbers:
        st.latex(r"\mathrm{Var}(q\cdot k)=\sum_{i=1}^{d_k}\mathrm{Var}(q_i\,k_i)=d_k")
        st.latex(r"\mathrm{Var}\!\left(\frac{q\cdot k}{\sqrt{d_k}}\right)=\frac{d_k}{d_k}=1")
        st.markdown(
            opened.say(
                "spread_numbers",
                d_k=size.d_k,
                variance=f"{size.variance:.2f}",
                scaled=f"{size.scaled_variance:.2f}",
                sd=f"{math.sqrt(size.variance):.2f}",
                scaled_sd=f"{math.sqrt(size.scaled_variance):.2f}",
                largest=f"{np.abs(size.scores).max():.1f}",
                scaled_largest=f"{np.abs(size.scaled_scores).max():.1f}",
            )
        )
        number(SEED, opened.say("seed"), 0, 9999)
        st.caption(opened.say("how_measured", **_counts(size)))
    with picture:
        chart(
            _scores(lang, drawn, SEED.value, size.d_k), "scaling_histogram", opened.say("histogram_alt", d_k=size.d_k)
        )
    chart(_variances(lang, drawn, SEED.value, size.d_k), "scaling_variance", opened.say("variance_alt"))


def spread_question(opened: Lesson, found: tuple[Measured, ...], size: Measured) -> None:
    """Ask for the standard deviation at another size than the one on the screen."""
    wanted = size.d_k * 4 if size.d_k * 4 <= D_KS[-1] else size.d_k // 4
    near = next(one for one in found if one.d_k == wanted)
    sd = math.sqrt(near.variance)
    guesses = {"one": 1.0, "root": math.sqrt(wanted), "same": float(wanted), "square": float(wanted) ** 2}
    answer = min(guesses, key=lambda name: abs(math.log(guesses[name] / sd)))
    why = {"d_k": wanted, "sd": f"{sd:.2f}", "variance": f"{near.variance:.1f}"}
    options = [Option(name, f"{guess:,.0f}", opened.say(f"sd_why_{name}", **why)) for name, guess in guesses.items()]
    opened.predict("sd", options, answer, d_k=wanted)


@kept
def _scores(lang: str, drawn: Look, seed: int, d_k: int) -> Figure:
    texts = Texts(lang)
    size = measured_at(seed, d_k)
    return histogram(
        {texts("scaling.unscaled"): size.scores, texts("scaling.scaled"): size.scaled_scores},
        drawn,
        x_title=texts("scaling.score"),
        y_title=texts("scaling.how_many"),
        colours=(drawn.wrong, drawn.accent),
        height=400,
    )


@kept
def _variances(lang: str, drawn: Look, seed: int, d_k: int) -> Figure:
    texts = Texts(lang)
    found, size = measured(seed), measured_at(seed, d_k)
    plain, scaled = [one.variance for one in found], [one.scaled_variance for one in found]
    return curves(
        [
            Curve(texts("scaling.line"), D_KS, D_KS, drawn.ink, "dot"),
            Curve(texts("scaling.unscaled"), D_KS, plain, drawn.wrong, points=True),
            Curve(texts("scaling.scaled"), D_KS, scaled, drawn.accent, points=True),
        ],
        drawn,
        x_title="d_k",
        y_title=texts("scaling.variance"),
        x_log=True,
        y_log=True,
        x_ticks=SIZE_TICKS,
        x_range=SIZE_RANGE,
        marks=[Mark(size.d_k, size.variance, f"{size.variance:.1f}")],
        height=320,
    )


def _counts(size: Measured) -> dict[str, object]:
    draws, keys = size.scores.shape
    return {"n": f"{draws * keys:,}", "draws": draws, "keys": keys}
