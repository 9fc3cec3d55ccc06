"""Context moves meaning: the word's two vectors from level to level, and two measures of likeness."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from attnviz.charts import bars, curves
from attnviz.components.table import table
from attnviz.concepts.context import (
    Journey,
    journey,
    journeys,
    likeness,
    n_levels,
    other_pairs,
)
from attnviz.figures.curves import Curve, Mark
from attnviz.lessons.context.pair import Pair
from attnviz.session.markdown import literal
from attnviz.session.numerals import written
from attnviz.session.settings import Setting, decimal, one_of, whole
from attnviz.trace.models import row_of
from attnviz.trace.records import Trace
from attnviz.trace.run import UNTRAINED_SEED
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments, slider
from attnviz.ui.lesson import Lesson, Option

LEVEL = whole("level", 64, 0, 64)  # 0 = embedding, 1 = plus position, then each layer; beyond the last: the last
MEASURE = one_of("measure", "cosine", "dot")
STRETCH = decimal("stretch", 1.0, 0.01, 100.0)
SETTINGS: tuple[Setting[Any], ...] = (LEVEL, MEASURE, STRETCH)
STRETCHES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
_N_WORDS = 8  # of the second sentence, by likeness


def level_names(opened: Lesson, trace: Trace) -> list[str]:
    """Name every level: the embedding, the embedding plus the position, each layer."""
    layers = [opened.say("level_layer", number=number) for number in range(1, len(trace.encoder_self) + 1)]
    return [opened.say("level_embedding"), opened.say("level_position"), *layers]


def chosen_level(trace: Trace) -> int:
    """Return the level in the URL, at most the last."""
    return min(LEVEL.value, n_levels(trace) - 1)


def travel(opened: Lesson, pair: Pair) -> None:
    """Draw how far the two vectors of the word have come apart at every level, and one level's numbers."""
    names = level_names(opened, pair.first)
    own, control = _journeys(pair)
    others, at = other_pairs(pair.first, pair.second), list(range(len(names)))
    drawn_as = look(opened.choices)
    trained = row_of(pair.screen.choices.model).trained
    drawn = [Curve(opened.say("curve_own", word=pair.chosen.word), at, own.cosine, drawn_as.accent)]
    if trained:
        drawn.append(Curve(opened.say("curve_control"), at, control.cosine, drawn_as.series[4], "dash"))
    if np.isfinite(others).all():
        drawn.append(Curve(opened.say("curve_others"), at, others, drawn_as.series[2], "dot"))
    marks = [  # off the other curve
        Mark(level, float(value), written(value), "bottom center" if trained and above > value else "top center")
        for level, (value, above) in enumerate(zip(own.cosine, control.cosine, strict=True))
    ]
    figure = curves(
        drawn, drawn_as, x_title="", y_title=opened.say("axis_cosine"), x_ticks=dict(enumerate(names)),
        x_range=(-0.4, len(at) - 0.6),
        y_range=(min(0.0, *(float(np.min(curve.y)) for curve in drawn)) - 0.05, 1.12),
        marks=marks, height=430,
    )  # fmt: skip
    figure.update_layout(margin_r=28, xaxis_ticklabeloverflow="allow")  # the last name, turned on a phone
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(figure, "context_travel", opened.say("travel_alt", word=pair.word, last=written(own.cosine[-1], 3)))
        st.caption(opened.say("travel_control" if trained else "travel_untrained", seed=UNTRAINED_SEED))
    with right:
        level = slider(LEVEL, opened.say("level"), at, lambda number: names[number])
        one, two = own.lengths[level]
        st.latex(
            rf"\begin{{aligned}}\cos(a, b) &= \frac{{a \cdot b}}{{\|a\|\,\|b\|}} \\[4pt] &= "
            rf"\frac{{{own.dot[level]:.2f}}}{{{one:.2f} \times {two:.2f}}} = \mathbf{{{own.cosine[level]:.3f}}} "
            rf"\\[4pt] \|a - b\| &= {own.distance[level]:.2f}\end{{aligned}}"
        )
        st.markdown(opened.say("a_and_b", word=pair.word, level=names[level]))
    columns = [own.cosine, control.cosine, others, own.distance, *own.lengths.T]
    headings = ("cosine", "control", "others", "distance", "length_first", "length_second")
    table(
        "context_levels",
        opened.texts,
        np.stack(columns, axis=1).astype(np.float32),
        caption=opened.say("levels_caption", word=pair.chosen.word),
        corner=opened.say("level"),
        rows=names,
        columns=[opened.say(f"column_{heading}") for heading in headings],
        chosen=(level, None),
    )


def _journeys(pair: Pair) -> tuple[Journey, Journey]:
    return (
        journey(pair.first, pair.second, pair.chosen),
        journey(pair.screen.control, pair.control_second, pair.chosen),
    )


def travel_places(pair: Pair) -> dict[str, str]:
    """Return the numbers that the section's text tells."""
    own, control = _journeys(pair)
    values = {"start": own.cosine[0], "last": own.cosine[-1], "control": control.cosine[-1]}
    return {"word": pair.word} | {name: written(value, 3) for name, value in values.items()}


def predict_furthest(opened: Lesson, pair: Pair) -> None:
    """Ask which of the shared words has come furthest apart; left out where there is nothing to choose between."""
    ways = journeys(pair.first, pair.second, pair.shared)
    ends = {known.word: float(way.cosine[-1]) for known, way in zip(pair.shared, ways, strict=True)}
    order = sorted(ends, key=lambda word: ends[word])
    if len(order) < 2 or ends[order[1]] - ends[order[0]] < 0.0005:
        return
    offered = {order[round(at)] for at in np.linspace(0, len(order) - 1, min(4, len(order)))}
    options = [
        Option(
            word,
            literal(word),
            opened.say(
                "furthest_why",
                word=literal(word),
                own=written(ends[word], 3),
                most=literal(order[0]),
                least=written(ends[order[0]], 3),
            ),
        )  # fmt: skip
        for word in ends
        if word in offered
    ]
    opened.predict("furthest", options, order[0])


def measures(opened: Lesson, pair: Pair) -> None:
    """Let the reader rank the second sentence's words by the dot product, as if that were a similarity."""
    level = chosen_level(pair.first)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        measure = segments(MEASURE, opened.say("measure"), ("cosine", "dot"), lambda name: opened.say(f"by_{name}"))
        with st.container(width=360):
            stretch = slider(STRETCH, opened.say("stretch", word=pair.word), STRETCHES, lambda times: f"× {times:g}")
    found = likeness(pair.first, pair.second, pair.chosen, level, stretch)
    values = found.dot if measure == "dot" else found.cosine
    shown = sorted(int(at) for at in np.argsort(-values, kind="stable")[:_N_WORDS])
    drawn_as = look(opened.choices)
    figure = bars(
        [found.words[at] for at in shown],
        {opened.say(f"by_{measure}"): values[shown]},
        drawn_as,
        y_title=opened.say(f"by_{measure}"),
        colours=(drawn_as.wrong if measure == "dot" else drawn_as.accent,),
        numbers="all",
    )
    figure.update_traces(texttemplate="%{y:.2s}" if measure == "dot" else "%{y:.2f}")
    chart(figure, "context_measures", opened.say("measures_alt", measure=opened.say(f"by_{measure}")))
    own = pair.chosen.second
    by_cosine, by_dot = found.nearest("cosine"), found.nearest("dot")
    st.markdown(
        opened.say(
            "measures_differ" if by_cosine != by_dot else "measures_agree",
            word=pair.word, level=level_names(opened, pair.first)[level], stretch=f"{stretch:g}",
            own_cosine=written(found.cosine[own], 3), own_dot=written(found.dot[own], 1),
            by_cosine=literal(found.words[by_cosine]), cosine=written(found.cosine[by_cosine], 3),
            by_dot=literal(found.words[by_dot]), dot=written(found.dot[by_dot], 1),
            dot_cosine=written(found.cosine[by_dot], 3),
            ratio=f"{found.lengths[by_dot] / found.lengths[by_cosine]:.2f}",
        )
    )  # fmt: skip
    if len(shown) < len(found.words):
        st.caption(opened.say("only_largest", shown=len(shown), total=len(found.words)))
