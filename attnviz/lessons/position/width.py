"""Position: why a word survives: the number of dimensions, and the factor in front of the embedding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from attnviz.charts import curves
from attnviz.concepts.position import (
    RANDOM_POSITIONS,
    RANDOM_WORDS,
    Crowd,
    crowd,
    encoding,
    random_table,
    survives,
)
from attnviz.figures.curves import Curve, Mark
from attnviz.lessons.position.vocabulary import DRAW, asked_about, drawn_tokens, real_table, vocabulary_label
from attnviz.lessons.position.words import distances, verdict
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.numerals import percent, written
from attnviz.session.settings import Setting, flag, whole
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, slider, switch
from attnviz.ui.lesson import Lesson, Option

WIDTHS = (4, 8, 16, 32, 64, 128, 512)
WIDTH = whole("width", 64, WIDTHS[0], WIDTHS[-1])
BARE = flag("bare")
SETTINGS: tuple[Setting[Any], ...] = (WIDTH, DRAW, BARE)


@kept
def random_share(width: int, seed: int, factor: bool) -> float:
    """Return the share of (position, word) pairs of a random vocabulary that keep their word."""
    found = survives(random_table(width, seed, factor=factor), encoding(RANDOM_POSITIONS, width))
    return float(found.mean())


@kept
def random_crowd(width: int, seed: int) -> Crowd:
    """Return how a random vocabulary lies, with the factor."""
    return crowd(random_table(width, seed, factor=True))


def by_width(opened: Lesson) -> None:
    """Show the share of words that stay themselves, by d_model, for random embeddings."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        width = slider(WIDTH, opened.say("width"), WIDTHS)
        seed = number(DRAW, opened.say("draw"), 0, 9999)
        st.metric(opened.say("random"), percent(random_share(width, seed, True)))
        lies = random_crowd(width, seed)
        length = (width / 2) ** 0.5
        st.markdown(
            opened.say(
                "crowd",
                length=f"{length:.2f}",
                apart=f"{lies.apart:.2f}",
                half=f"{lies.apart / 2:.2f}",
                cosine=written(lies.cosine),
            )
        )
    with right:
        chart(_shares(opened, width, seed, (True,)), "by_width", opened.say("by_width_alt", width=width))
        st.caption(opened.say("random_how", words=f"{RANDOM_WORDS:,}", count=RANDOM_POSITIONS, seed=seed))


def predict_bare(opened: Lesson, token: int, other: int, at: int, hides: Callable[[], None]) -> None:
    """Ask what becomes of the word when the factor is left out."""
    found = asked_about(opened.choices.model, token, other, at, False)
    first = int(found.rows[0])
    answer = "itself" if first == token else "other" if first == other else "third"
    places = {
        "word": literal(vocabulary_label(opened, token)),
        "other": literal(vocabulary_label(opened, other)),
        "nearest": literal(vocabulary_label(opened, first)),
        "at": at,
        "length": f"{found.length:.2f}",
        "norm": f"{np.linalg.norm(real_table(opened.choices.model, False)[token]):.2f}",
        "kept": found.kept,
        "count": RANDOM_POSITIONS,
    }
    names = ("itself", "third") if token == other else ("itself", "other", "third")
    why = opened.say(f"bare_because_{'kept' if answer == 'itself' else 'lost'}", **places)
    options = [Option(name, opened.say(f"bare_{name}", **places), why) for name in names]
    opened.predict("bare", options, answer, hides, **places)


def bare(opened: Lesson, token: int, other: int, at: int) -> None:
    """Let the reader leave the factor out and see the words get lost."""
    if not switch(BARE, opened.say("bare")):
        return
    model, seed = opened.choices.model, DRAW.value
    width = max(size for size in WIDTHS if size <= WIDTH.value)
    found = asked_about(opened.choices.model, token, other, at, False)
    left, right = st.columns(2, gap="large")
    with left:
        distances(opened, found, "bare_distances")
        verdict(opened, found, "lost_by")
    with right:
        chart(_shares(opened, width, seed, (True, False)), "bare_by_width", opened.say("bare_alt", width=width))
        with st.container(horizontal=True):
            st.metric(opened.say("random_at", width=width), percent(random_share(width, seed, False)))
            st.metric(opened.say("real"), percent(drawn_tokens(model, seed, False).share))


def _shares(opened: Lesson, width: int, seed: int, factors: tuple[bool, ...]) -> go.Figure:
    drawn = look(opened.choices)
    lines = []
    for factor in factors:
        name, colour = ("with_factor", drawn.accent) if factor else ("without_factor", drawn.wrong)
        shares = [100 * random_share(size, seed, factor) for size in WIDTHS]
        lines.append(Curve(opened.say(name), WIDTHS, shares, colour))
    at = 100 * random_share(width, seed, factors[-1])
    figure = curves(
        lines,
        drawn,
        x_title=opened.say("axis_width"),
        y_title=opened.say("axis_share"),
        x_log=True,
        x_ticks={size: str(size) for size in WIDTHS},
        y_range=(-4, 112),
        marks=[Mark(width, at, percent(at / 100))],
    )
    figure.update_traces(mode="lines+markers", marker_size=8, selector={"mode": "lines"})
    return figure
