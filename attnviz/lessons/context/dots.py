"""Context moves meaning: one head's scores or weights as dots, and what becomes of those below 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from attnviz.charts import dot_grid
from attnviz.concepts.context import (
    window,
)
from attnviz.session.markdown import literal
from attnviz.session.numerals import tiny
from attnviz.session.screen import Screen
from attnviz.session.settings import Setting, flag, one_of
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments, switch
from attnviz.ui.lesson import Lesson, Option

SHOW = one_of("show", "scores", "weights")
ACROSS = flag("across")
SETTINGS: tuple[Setting[Any], ...] = (SHOW, ACROSS)
_N_DOTS = 14  # tokens along each side of the grid of dots


def dots(opened: Lesson, screen: Screen, layer: int, head: int, word: int) -> None:
    """Draw one head's scores or weights on the typed sentence as a grid of dots."""
    trace = screen.trace
    steps = trace.encoder_self[layer].steps(head)
    centre = trace.word_of.index(word)
    near = window(len(trace.tokens), centre, _N_DOTS)
    left, right = st.columns([3, 2], gap="large")
    with right:
        show = segments(SHOW, opened.say("show"), ("scores", "weights"), lambda name: opened.say(f"show_{name}"))
        across = switch(ACROSS, opened.say("across"))
        st.latex(
            r"\text{scores} = Q K^{\mathsf T}"
            if show == "scores"
            else r"\mathrm{softmax}(Q K^{\mathsf T} / \sqrt{d_k})"
        )
        matrix = steps.scores if show == "scores" else steps.weights
        query = matrix[centre]
        best = int(query.argmax())
        st.markdown(
            opened.say(
                f"dots_{show}",
                word=literal(trace.tokens[centre]),
                best=literal(trace.tokens[best]),
                value=f"{query[best]:.3f}",
                below=int((query < 0).sum()),
                total=len(query),
                sum=f"{query.sum(dtype=np.float64):.3f}",
            )
        )
        st.markdown(opened.say("dots_columns" if across else "dots_rows"))
    shown, labels = matrix[near, near], trace.tokens[near]
    with left:
        chart(
            dot_grid(
                shown,
                labels,
                labels,
                look(opened.choices),
                limit=1.0 if show == "weights" else None,
                queries_across=across,
                chosen=centre - near.start,
                query_title=opened.say("axis_query_across" if across else "axis_query"),
                key_title=opened.say("axis_key_down" if across else "axis_key"),
                names=(opened.say("above_0"), opened.say("below_0")),
            ),
            "context_dots",
            opened.say("dots_alt", layer=layer + 1, head=head + 1, what=opened.say(f"show_{show}")),
        )
        if len(labels) < len(trace.tokens):
            inside = "dots_inside" if near.start <= best < near.stop else "dots_outside"
            places = {"shown": len(labels), "total": len(trace.tokens), "word": literal(trace.tokens[centre])}
            st.caption(f"{opened.say('dots_window', **places)} {opened.say(inside, best=literal(trace.tokens[best]))}")


def predict_below(opened: Lesson, screen: Screen, layer: int, head: int, word: int) -> None:
    """Ask what becomes of the scores below 0; left out where the row has none."""
    trace = screen.trace
    steps = trace.encoder_self[layer].steps(head)
    centre = trace.word_of.index(word)
    below = steps.scores[centre] < 0
    zero = int((steps.weights[centre][below] == 0).sum())
    if not below.any():
        return
    answer = "none" if zero == 0 else "all" if zero == int(below.sum()) else "some"
    largest = float(steps.weights[centre][below].max())
    why = opened.say("below_why", zero=zero, below=int(below.sum()), largest=tiny(largest))
    options = [Option(name, opened.say(f"below_{name}"), why) for name in ("all", "some", "none")]
    opened.predict(
        "below", options, answer, word=literal(trace.tokens[centre]), below=int(below.sum()), total=below.size
    )
