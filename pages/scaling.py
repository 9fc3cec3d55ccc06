"""Why scale: scores spread with d_k, a softmax of wide scores saturates, and dividing by sqrt(d_k) mends it."""

import streamlit as st

from attnviz.ui import scaling
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("scaling", scaling.D_K, scaling.SEED, scaling.DRAW, scaling.DIVIDE)
shown = screen()

with st.container(key="scaling_random"):
    found, size = scaling.slider_of_sizes(opened)
    with opened.section("spread"):
        scaling.spread(opened, found, size)
        scaling.spread_question(opened, found, size)
    with opened.section("row", d_k=size.d_k):
        scaling.one_row(opened, size)
        scaling.row_question(opened, size)
    with opened.section("gradient"):
        scaling.gradient(opened, found, size)
    with opened.mistake("divisor"):
        scaling.other_divisor(opened, found, size)

if shown:
    with opened.section("model"):
        scaling.model_controls(shown)
        with opened.mistake("leave_out"):
            compared = scaling.in_the_model(opened, shown)
        scaling.order_question(opened, compared)
