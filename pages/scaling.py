"""Why scale: scores spread with d_k, a softmax of wide scores saturates, and dividing by sqrt(d_k) mends it."""

import streamlit as st

from attnviz.lessons.scaling.model import in_the_model, model_controls, order_question
from attnviz.lessons.scaling.rows import gradient, one_row, other_divisor, row_question
from attnviz.lessons.scaling.shared import D_K, DIVIDE, DRAW, SEED, slider_of_sizes
from attnviz.lessons.scaling.spread import spread, spread_question
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("scaling", D_K, SEED, DRAW, DIVIDE)
shown = screen()

with st.container(key="scaling_random"):
    found, size = slider_of_sizes(opened)
    with opened.section("spread"):
        spread(opened, size)
        spread_question(opened, found, size)
    with opened.section("row", d_k=size.d_k):
        one_row(opened, size)
        row_question(opened, size)
    with opened.section("gradient"):
        gradient(opened, found, size)
    with opened.mistake("divisor"):
        other_divisor(opened, size)

if shown:
    with opened.section("model"):
        model_controls(shown)
        with opened.mistake("leave_out"):
            compared = in_the_model(opened, shown)
        order_question(opened, compared)
