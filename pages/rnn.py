"""Attention before Transformers: a recurrent translator in five steps, without attention, and beside the others."""

from functools import partial

import streamlit as st

from attnviz.lessons.rnn.compare import alignment, bottleneck, predict_half, predict_size, traces
from attnviz.lessons.rnn.drawing import drawing
from attnviz.lessons.rnn.shared import SETTINGS, View, controls, view_of
from attnviz.lessons.rnn.steps import (
    combined,
    distribution,
    output,
    predict_heaviest,
    previous_state,
    scores,
    value,
    whole_matrix,
)
from attnviz.ui.faults import told
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("rnn", *SETTINGS)


def steps(view: View) -> None:
    """Show the five steps, another state that asks, and the other models."""
    with opened.section("scores"):
        scores(view)
    with opened.section("distribution"):
        distribution(view)
    with opened.mistake("matrix"):
        whole_matrix(view)
    with opened.section("value", **view.sizes):
        value(view)
    with opened.section("combined", **view.sizes):
        combined(view)
    with opened.section("output", **view.sizes):
        output(view)
    with opened.section("previous"):
        previous_state(view)
    with opened.section("alignment"), told():
        alignment(view)


if view := view_of(opened):
    with opened.section("bottleneck"):
        drawing(view)
        predict_size(view, partial(bottleneck, view))
        predict_half(view, partial(traces, view))
    with opened.section("time", word=view.word, read=view.read, count=len(view.trace.tokens)):
        controls(view)
    predict_heaviest(view, partial(steps, view))
    st.markdown(opened.say("names"))
