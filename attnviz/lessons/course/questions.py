"""The twenty questions from the notes, each with the place that settles it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from attnviz.session.examples import EXAMPLES
from attnviz.session.pages import PAGES, ROOT
from attnviz.ui.lesson import Lesson


class Question(NamedTuple):
    """One question: the end of its string's name, and the page, the part of it and what it shows that settle it."""

    name: str
    route: str
    part: str  # the key of its container
    shows: dict[str, str] = {}


QUESTIONS = (
    Question("w_shape", "by-hand", "what_if_square"),
    Question("row_softmax", "by-hand", "section_mistakes"),
    Question("qkv", "by-hand", "section_dictionary"),
    Question("scale", "scaling", "section_gradient"),
    Question("link", "heads", "heads_some_head", {"text": EXAMPLES["paper"]}),
    Question("concat", "multi-head", "section_sum"),
    Question("heads_cost", "multi-head", "section_count"),
    Question("same_i", "position", "section_orders"),
    Question("boy", "position", "section_identity"),
    Question("residual", "block", "section_depth"),
    Question("layer_batch", "block", "section_batch"),
    Question("zero_mask", "masking", "what_if_nan"),
    Question("mask_training", "translate", "section_teacher"),
    Question("cross_mask", "translate", "translate_cross_why"),
    Question("last_vector", "translate", "section_last"),
    Question("value_up", "multi-head", "section_value"),
    Question("bottleneck", "rnn", "section_bottleneck"),
    Question("cost", "cost", "what_if_always", {"ratio": "4"}),
    Question("bleu", "quality", "section_bands"),
    Question("explain", "explain", "section_conclude"),
)


def questions(opened: Lesson) -> None:
    """List the questions; each leads to the place that settles it."""
    pages = {page.route: page for page in PAGES}
    with st.container(key="course_questions"):
        for number, question in enumerate(QUESTIONS, start=1):
            page = pages[question.route]
            st.page_link(
                ROOT / page.file,
                label=f"{number}. {opened.say(f'ask_{question.name}')} :gray[→ {opened.texts(page.title)}]",
                query_params=opened.choices.query_params() | {"to": question.part} | question.shows,
            )
