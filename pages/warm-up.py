"""Warm-up: the paper's learning rate over the steps, what happens without its rise, and our own training."""

import streamlit as st

from attnviz.ui import warm_up, warm_up_first_steps, warm_up_own, warm_up_schedule
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("warm_up", warm_up.D_MODEL, warm_up.WARMUP, warm_up.AXES, warm_up.WITHOUT, warm_up.SEED)

with opened.section("schedule"):
    found = warm_up.sliders(opened)
    warm_up_schedule.paper(opened, found)
    warm_up_schedule.double_question(opened, found)

with opened.section("peak", step=f"{found.peak_step:,}"):
    warm_up_schedule.derivation(opened, found)
    warm_up_schedule.half_question(opened, found)

with opened.section("why"):
    warm_up_first_steps.moved_question(opened, found)
    with opened.mistake("at_once"):
        warm_up_first_steps.without_warm_up(opened, found)

if run := warm_up_own.own_run():
    with opened.section("own", **warm_up_own.own_places(run)):
        warm_up_own.ours(opened, run)
else:
    st.info(opened.say("no_record"), icon=":material/info:")
