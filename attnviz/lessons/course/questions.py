"""The twenty questions from the notes, each with the place that settles it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from attnviz.session.pages import PAGES, ROOT
from attnviz.ui.lesson import Lesson


class Question(NamedTuple):
    """One question: the end of its string's name, the page that settles it, and what that page is to show."""

    name: str
    route: str
    shows: dict[str, str]


QUESTIONS = (
    Question("w_shape", "by-hand", {}),
    Question("row_softmax", "by-hand", {}),
    Question("qkv", "by-hand", {}),
    Question("scale", "scaling", {}),
    Question("link", "heads", {}),
    Question("concat", "multi-head", {}),
    Question("heads_cost", "multi-head", {}),
    Question("same_i", "position", {}),
    Question("boy", "position", {}),
    Question("residual", "block", {}),
    Question("layer_batch", "block", {}),
    Question("zero_mask", "masking", {}),
    Question("mask_training", "translate", {}),
    Question("cross_mask", "translate", {}),
    Question("last_vector", "translate", {}),
    Question("value_up", "multi-head", {}),
    Question("bottleneck", "rnn", {}),
    Question("cost", "cost", {"ratio": "4"}),
    Question("bleu", "quality", {}),
    Question("explain", "explain", {}),
)


def questions(opened: Lesson) -> None:
    """List the questions; each leads to the place that settles it."""
    files = {page.route: page.file for page in PAGES}
    with st.container(key="course_questions"):
        for number, question in enumerate(QUESTIONS, start=1):
            st.page_link(
                ROOT / files[question.route],
                label=f"{number}. {opened.say(f'ask_{question.name}')}",
                query_params=opened.choices.query_params() | question.shows,
            )
