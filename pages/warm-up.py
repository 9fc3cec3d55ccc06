"""Warm-up: the paper's learning rate over the steps, what happens without its rise, and our own training."""

import streamlit as st

from attnviz.lessons.warm_up import first_steps, own, schedule, shared
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("warm_up", shared.D_MODEL, shared.WARMUP, shared.AXES, shared.WITHOUT, shared.SEED)

with opened.section("schedule"):
    found = shared.sliders(opened)
    schedule.paper(opened, found)
    schedule.double_question(opened, found)

with opened.section("peak", step=f"{found.peak_step:,}"):
    schedule.derivation(opened, found)
    schedule.half_question(opened, found)

with opened.section("why"), opened.mistake("at_once"):
    first_steps.moved_question(opened, found, lambda: first_steps.without_warm_up(opened, found))

if run := own.own_run():
    with opened.section("own", **own.own_places(run, opened.texts.language)):
        own.ours(opened, run)
else:
    st.info(opened.say("no_record"), icon=":material/info:")
