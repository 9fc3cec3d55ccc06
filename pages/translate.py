"""Translate: the decoder writes token by token, forward and back in time; what if it had written another one."""

import streamlit as st

from attnviz.lessons.translate.last_vector import last_places, scored
from attnviz.lessons.translate.proofs import (
    alignment,
    beam,
    masked_padding,
    open_padding,
    predict_beam,
    predict_strongest,
    predict_visible,
    teacher,
)
from attnviz.lessons.translate.step import (
    SETTINGS,
    beginning,
    controls,
    next_token,
    rows_of_step,
    told_stopped,
    view_of,
)
from attnviz.lessons.translate.writing import so_far
from attnviz.session.naming import named
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("translate", *SETTINGS)
if shown := screen(target=so_far(opened)):
    view = view_of(opened, shown)
    told_stopped(view)
    model = named(opened.texts, shown.choices.model, "does")
    with opened.section("step", step=view.step + 1, total=view.done.n_steps, word=view.word, model=model):
        controls(view)
        rows, distribution = st.columns([3, 2], gap="large")
        with rows:
            rows_of_step(view)
        with distribution:
            next_token(view)
    with opened.section("last", **last_places(view)):
        scored(view)
    with opened.section("force"):
        beginning(view)
    predict_visible(view)
    with opened.section("alignment"):
        predict_strongest(view, lambda: alignment(view))
    with opened.section("teacher"):
        teacher(view)
    with opened.section("beam"):
        predict_beam(view, lambda: beam(view))
    with opened.section("padding"):
        masked_padding(view)
    with opened.mistake("no_padding"):
        open_padding(view)
