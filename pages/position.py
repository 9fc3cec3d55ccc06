"""Position: order is lost without an encoding, and a word stays itself with it."""

import streamlit as st

from attnviz.ui import position as page
from attnviz.ui import position_identity as identity
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson(
    "position",
    *(page.FIRST, page.SECOND, page.FOLLOW, page.SEED, page.SIZE, page.POSITION, page.DIMENSION, page.STAGE),
    *(page.FORGET, identity.WHO, identity.OTHER, identity.AT, identity.WIDTH, identity.DRAW, identity.BARE),
)
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
        st.subheader(opened.say("waves_title"), anchor=False)
        st.markdown(opened.say("waves_text"))
        page.waves(opened, size, position, dimension)
    with right:
        st.subheader(opened.say("similar_title"), anchor=False)
        st.markdown(opened.say("similar_text"))
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
        token, other, at = identity.word_controls(opened)
        identity.real(opened)
    with right:
        found = identity.asked_about(opened.choices.model, token, other, at, True)
        identity.distances(opened, found, "distances")
        identity.verdict(opened, found, "still")
with opened.section("width"):
    identity.by_width(opened)
identity.predict_bare(opened, token, other, at)
with opened.mistake("bare"):
    identity.bare(opened, token, other, at)

if shown:
    with opened.section("sentence"):
        identity.sentence(opened, shown.trace)
