"""Position: order is lost without an encoding, and a word stays itself with it."""

import streamlit as st

from attnviz.ui import position as page
from attnviz.ui import position_identity as identity
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("position", *page.SETTINGS, *identity.SETTINGS)
shown = screen()

with opened.section("orders"):
    pair = page.order_controls(opened)
    page.random_layer_outputs(opened, pair)
st.markdown(opened.texts.lesson("position_equivariance"))

with opened.section("encoding"):
    size, position, dimension = page.picture(opened)
    page.vector(opened, size, position)
    left, right = st.columns(2, gap="large")
    with left:
        page.waves(opened, size, position, dimension)
    with right:
        page.similar(opened, size, position)
    page.measured(opened, size, position)
    page.predict_distance(opened, size, position)
with opened.section("layouts"):
    page.layouts(opened)

with opened.section("trained"):
    both = page.trained(opened, pair)
if both is not None:
    with opened.mistake("forget"):
        page.forgotten(opened, pair, both)

with opened.section("identity"):
    left, right = st.columns([1, 2], gap="large")
    with left:
        asked = identity.word_controls(opened)
        identity.real(opened)
    with right:
        identity.answer(opened, *asked)
with opened.section("width"):
    identity.by_width(opened)
identity.predict_bare(opened, *asked)
with opened.mistake("bare"):
    identity.bare(opened, *asked)

if shown:
    with opened.section("sentence"):
        identity.sentence(opened, shown.trace)
