"""Position: order is lost without an encoding, and a word stays itself with it."""

import streamlit as st

from attnviz.lessons.position import encoding as waves
from attnviz.lessons.position import orders, width, words
from attnviz.lessons.position import trained as encoder
from attnviz.lessons.position.sentence import sentence
from attnviz.session.models import whole_model
from attnviz.ui.faults import told
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("position", *(setting for part in (orders, waves, encoder, words, width) for setting in part.SETTINGS))
shown = screen()

with opened.section("orders"):
    pair = orders.order_controls(opened)
    orders.random_layer_outputs(opened, pair)
st.markdown(opened.texts.lesson("position_equivariance"))

with opened.section("encoding"):
    size, position, dimension = waves.picture(opened)
    waves.vector(opened, size, position)
    left, right = st.columns(2, gap="large")
    with left:
        waves.waves(opened, size, position, dimension)
    with right:
        waves.predict_distance(opened, size, position, lambda: waves.similar(opened, size, position))
    waves.measured(opened, size, position)
with opened.section("layouts"):
    waves.layouts(opened)

with told():
    whole_model(opened.choices.model)  # without it nothing of this is drawn, no title either
    with opened.section("trained"):
        both = encoder.trained(opened, pair)
    if both is not None:
        with opened.mistake("forget"):
            encoder.forgotten(opened, pair, both)

    with opened.section("identity"):
        left, right = st.columns([1, 2], gap="large")
        with left:
            asked = words.word_controls(opened)
            words.real(opened)
        with right:
            words.answer(opened, *asked)
    with opened.section("width"):
        width.by_width(opened)
    with opened.mistake("bare"):
        width.predict_bare(opened, *asked, hides=lambda: width.bare(opened, *asked))

if shown:
    with opened.section("sentence"):
        sentence(opened, shown.trace)
