"""Three lectures of 50 minutes: which part of which page, how long, and the question that it answers."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from attnviz.lessons.course.search import title_of
from attnviz.session.examples import EXAMPLES
from attnviz.session.pages import PAGES, ROOT, Page
from attnviz.ui.lesson import Lesson

MINUTES = 50


class Stop(NamedTuple):
    """One stop of a route."""

    route: str
    part: str  # the key of its container; "" is the whole page
    minutes: int
    asks: str  # the name of its question
    shows: dict[str, str] = {}


ROUTES: dict[str, tuple[Stop, ...]] = {
    "hour": (
        Stop("", "", 4, "stop_glance"),
        Stop("averaging", "", 8, "stop_mean"),
        Stop("by-hand", "section_steps", 10, "stop_paper"),
        Stop("by-hand", "section_mistakes", 5, "ask_row_softmax"),
        Stop("masking", "what_if_nan", 7, "ask_zero_mask"),
        Stop("multi-head", "section_sum", 6, "ask_concat"),
        Stop("follow", "", 5, "stop_film"),
        Stop("heads", "heads_some_head", 5, "ask_link", {"text": EXAMPLES["paper"]}),
    ),
    "rnn": (
        Stop("rnn", "section_bottleneck", 8, "ask_bottleneck"),
        Stop("rnn", "section_time", 8, "stop_five"),
        Stop("scaling", "section_spread", 6, "ask_scale"),
        Stop("position", "section_orders", 6, "ask_same_i"),
        Stop("block", "section_depth", 6, "ask_residual"),
        Stop("translate", "section_teacher", 6, "ask_mask_training"),
        Stop("quality", "section_length", 5, "stop_long"),
        Stop("cost", "what_if_always", 5, "ask_cost", {"ratio": "4"}),
    ),
    "trust": (
        Stop("", "", 5, "stop_special"),
        Stop("heads", "heads_some_head", 8, "ask_link", {"text": EXAMPLES["paper"]}),
        Stop("context", "section_travel", 6, "stop_moved"),
        Stop("explain", "section_prediction", 6, "stop_word"),
        Stop("explain", "section_agreement", 8, "stop_agree"),
        Stop("explain", "section_shuffled", 7, "stop_shuffled"),
        Stop("explain", "section_conclude", 5, "ask_explain"),
        Stop("quality", "section_bands", 5, "ask_bleu"),
    ),
}


def routes(opened: Lesson) -> None:
    """List the stops of each route, each a link to its part of the course."""
    pages = {page.route: page for page in PAGES}
    with st.container(key="lectures"):
        for name, stops in ROUTES.items():
            with st.container(key=f"lecture_{name}", border=True):
                st.markdown(f"### {opened.say(f'route_{name}')}\n{opened.say(f'route_{name}_text')}")
                for stop in stops:
                    _stop(opened, stop, pages[stop.route])


def _stop(opened: Lesson, stop: Stop, page: Page) -> None:
    """Draw one stop as a link: minutes, page › section, question."""
    place = " › ".join(filter(None, (opened.texts(page.title), title_of(opened.texts, page, stop.part))))
    st.page_link(
        ROOT / page.file,
        label=f"**{opened.say('stop_minutes', minutes=stop.minutes)}** &ensp; {opened.say(stop.asks)} :gray[{place}]",
        query_params=opened.choices.query_params() | ({"to": stop.part} if stop.part else {}) | stop.shows,
    )
