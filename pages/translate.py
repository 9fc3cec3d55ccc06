"""Translate: the decoder writes token by token, forward and back in time; what if it had written another one."""

from functools import partial

import streamlit as st

from attnviz.lessons.translate.by_other import next_token_of_other, view_of_other, what_only_ours_can
from attnviz.lessons.translate.last_vector import last_places, scored
from attnviz.lessons.translate.proofs import (
    alignment,
    beam,
    masked_padding,
    open_padding,
    predict_beam,
    predict_strongest,
    predict_teacher,
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
from attnviz.trace.models import row_of
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("translate", *SETTINGS)
is_other = row_of(opened.choices.model).listed is not None
if shown := screen(target=None if is_other else so_far(opened)):
    own = None if is_other else view_of(opened, shown)
    view = own or view_of_other(opened, shown)
    if own:
        told_stopped(own)
    model = named(opened.texts, shown.choices.model, "does")
    with opened.section("step", step=view.step + 1, total=len(view.steps), word=view.word, model=model):
        controls(view)
        rows, distribution = st.columns([3, 2], gap="large")
        with rows:
            rows_of_step(view)
        with distribution:
            if own:
                next_token(own)
            else:
                next_token_of_other(view)
    if own:
        with opened.section("last", **last_places(own)):
            scored(own)
        with opened.section("force"):
            beginning(own)
    predict_visible(view)
    with opened.section("alignment"):
        predict_strongest(view, lambda: alignment(view))
    if own:
        with opened.section("teacher"):
            predict_teacher(own, partial(teacher, own))
        with opened.section("beam"):
            predict_beam(own, partial(beam, own))
        with opened.section("padding"):
            masked_padding(own)
        with opened.mistake("no_padding"):
            open_padding(own)
    else:
        what_only_ours_can(view)
