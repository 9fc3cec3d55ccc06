"""Position: the typed sentence's own embeddings and positions."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.charts import bars
from attnviz.components.table import table
from attnviz.concepts.position import (
    InSentence,
    in_sentence,
)
from attnviz.lessons.position.vocabulary import real_table
from attnviz.session.kept import kept
from attnviz.session.models import trace_of
from attnviz.trace.records import Trace
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Lesson

IN_FIGURE = 12  # tokens: their names fit a phone


def sentence(opened: Lesson, trace: Trace) -> None:
    """Show the typed sentence's tokens: how long embedding and position are, and whether the token stays itself."""
    found = _in_sentence(opened.choices.model, opened.choices.text)
    n_tokens = len(trace.tokens)
    left, right = st.columns([2, 5], gap="large")
    with left:
        st.metric(opened.say("sentence_kept"), f"{int(found.kept.sum())} / {n_tokens}")
        places = {"length": f"{found.position.mean():.2f}", "mean": f"{found.embedding.mean():.2f}"}
        st.markdown(opened.say("sentence_how", **places, cosine=f"{np.abs(found.cosine).mean():.2f}"))
    with right:
        drawn = look(opened.choices)
        series = {
            opened.say("length_embedding"): found.embedding[:IN_FIGURE],
            opened.say("length_position"): found.position[:IN_FIGURE],
        }
        figure = bars(
            trace.tokens[:IN_FIGURE],
            series,
            drawn,
            y_title=opened.say("axis_length"),
            colours=(drawn.accent, drawn.series[1]),
            digits=1,
            numbers="none",  # the table has them
        )
        chart(figure, "in_sentence", opened.say("sentence_alt"))
        if n_tokens > IN_FIGURE:
            st.caption(opened.say("sentence_cut", shown=IN_FIGURE, total=n_tokens))
    with st.expander(opened.say("sentence_table")):
        columns = ("length_embedding", "length_position", "cosine", "kept")
        numbers = np.stack((found.embedding, found.position, found.cosine, found.kept.astype(np.float32)), axis=1)
        table(
            "sentence_numbers",
            opened.texts,
            numbers,
            caption=opened.say("sentence_table"),
            corner=opened.say("token"),
            rows=[f"{index}: {token}" for index, token in enumerate(trace.tokens)],
            columns=[opened.say(name) for name in columns],
        )


@kept
def _in_sentence(model: str, text: str) -> InSentence:
    trace = trace_of(model, text)
    return in_sentence(trace.embeddings, trace.positions, real_table(model, True))
