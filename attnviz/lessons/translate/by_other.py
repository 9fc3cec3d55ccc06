"""The Translate page of a model of others: the same steps and rows, of what it wrote by itself."""

from __future__ import annotations

import streamlit as st

from attnviz.components.token_rows import Candidate
from attnviz.lessons.translate.step import TEMPERATURE, View, asked_distribution, at_step, distribution
from attnviz.session.choices import model_for
from attnviz.session.naming import named
from attnviz.session.others import next_tokens
from attnviz.session.screen import Screen
from attnviz.trace.models import row_of
from attnviz.ui.lesson import Lesson


def view_of_other(opened: Lesson, screen: Screen) -> View:
    """Return what the link asks for of a greedy translation; the last step is the token that would come next."""
    return at_step(opened, screen, screen.trace.next_tokens)


def next_token_of_other(view: View) -> None:
    """Draw the distribution of the next token."""
    found = asked_distribution(view)
    row, written = row_of(view.screen.choices.model), view.steps[view.step]
    likely = next_tokens(row, view.trace, len(found.ids), view.step, TEMPERATURE.value)
    distribution(view, found, [Candidate(label, probability, label == written) for label, probability in likely])


def what_only_ours_can(view: View) -> None:
    """Say what of this page takes one of our own models, and which."""
    texts, model = view.opened.texts, model_for(view.screen.choices.text)
    st.caption(view.opened.say("only_ours", own=named(texts, model, "view")))
