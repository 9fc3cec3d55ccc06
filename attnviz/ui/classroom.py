"""What a reader's class adds to every page: its panel, and a vote on a question. Who he is, his cookies say."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import streamlit as st

from attnviz.classroom.classes import Seat, classes
from attnviz.classroom.cookies import CLASS, TEACHER, visitor
from attnviz.classroom.record import NotNowError, Option
from attnviz.classroom.store import StoreError
from attnviz.components.classroom import classroom
from attnviz.session.callbacks import guarded
from attnviz.session.catalog import LANGUAGES, Texts, said_in
from attnviz.session.markdown import unmarked
from attnviz.session.pages import base

_log = logging.getLogger(__name__)


def class_panel() -> None:
    """Draw the panel, for browsers that have been in a class; it finds out whether they still are."""
    if {CLASS, TEACHER} & st.context.cookies.to_dict().keys():
        seat = _seat()
        classroom(base(), seat.record.asks if seat else "")


def is_voting(
    texts: Texts,
    question: str,
    asked: str,
    labels: Mapping[str, str],
    settle: Callable[[], tuple[str, Mapping[str, str]] | None],
) -> bool:
    """Whether this reader's class votes on ``question`` now; a teacher is offered to let his class vote.

    ``labels`` are the answers' by name; ``settle`` works out the right one and what is said of each, when the vote
    begins. All of it, and ``asked``, is Markdown, which the class reads as plain text, each in his own language.
    """
    seat = _seat()
    if seat is None:
        return False
    if seat.role == "student":
        return seat.record.asks == question

    def begin() -> None:
        found = settle()
        if found is None:
            return
        answer, whys = found
        choices = tuple(
            Option(name, in_each_language(label), in_each_language(whys.get(name, "")))
            for name, label in labels.items()
        )
        try:
            classes().open_round(seat, question, in_each_language(asked), choices, answer)
        except (NotNowError, PermissionError, StoreError) as error:
            _log.warning("a vote did not begin: %s", type(error).__name__)  # the panel says why

    st.button(
        texts("lesson.let_vote"), key=f"let_vote_{question}", icon=":material/how_to_vote:", on_click=guarded(begin)
    )
    return False


def in_each_language(text: str) -> dict[str, str]:
    """Return what Markdown says without its marks, in every language in which it can be said."""
    return {language: unmarked(said_in(language, text)) for language in LANGUAGES}


def _seat() -> Seat | None:
    cookies = st.context.cookies.to_dict()
    if not {CLASS, TEACHER} & cookies.keys():
        return None
    try:
        found = classes().glance(visitor(cookies))  # each question of a page asks; what he does is checked by the store
    except StoreError:
        return None  # the lesson goes on without its class
    return found[0] if found else None
