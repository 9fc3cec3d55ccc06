"""The frame of a lesson page: its sections, the wrong way to try, and what to predict."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices, current
from attnviz.session.settings import Setting
from attnviz.ui.screen import notice_refused


@dataclass(frozen=True)
class Option:
    """One answer that the reader may choose."""

    name: str
    label: str  # Markdown
    why: str  # Markdown: what is said when it is chosen, right or wrong


@dataclass(frozen=True)
class Lesson:
    """One lesson page; its strings are ``lessons/<name>/<language>.json``."""

    name: str
    choices: Choices
    texts: Texts

    def say(self, key: str, /, **places: object) -> str:
        """Return a string of this lesson."""
        return self.texts(f"{self.name}.{key}", **places)

    @contextmanager
    def section(self, key: str, /, **places: object) -> Iterator[None]:
        """Draw one part of the page, under ``<key>_title`` and, above what it holds, ``<key>_text``."""
        with st.container(key=f"section_{key}"):
            st.header(self.say(f"{key}_title"), anchor=False)
            st.markdown(self.say(f"{key}_text", **places))
            yield

    @contextmanager
    def mistake(self, key: str, /, **places: object) -> Iterator[None]:
        """Draw a wrong way in its own frame: ``<key>_title``, then ``<key>_text``, then what it holds."""
        with st.container(key=f"what_if_{key}"):
            st.markdown(f"### {self.texts('lesson.what_if')} {self.say(f'{key}_title')}")
            st.markdown(self.say(f"{key}_text", **places))
            yield

    def predict(self, key: str, options: Sequence[Option], answer: str, **places: object) -> None:
        """Ask ``<key>_question``; when the reader has chosen, say whether it is ``answer``, and why.

        ``answer`` is the name of an option, computed from the numbers on the screen. The guess is not
        part of the link, so that a link never gives an answer away; other numbers ask again.
        """
        question = self.say(f"{key}_question", **places)
        known = {option.name: option for option in options}
        if answer not in known:
            raise ValueError(f"{self.name}.{key}: the answer {answer!r} is not among the options {list(known)}")
        asked = zlib.crc32(repr((question, answer, [option.label for option in options])).encode())
        with st.container(key=f"predict_{key}"):
            st.markdown(f"### {self.texts('lesson.predict')} {question}")
            chosen = st.radio(
                question,
                list(known),
                index=None,
                key=f"{self.name}_{key}_{asked}",
                format_func=lambda name: known[name].label,
                label_visibility="collapsed",
            )
            if chosen is None:
                return
            if chosen == answer:
                st.success(f"**{self.texts('lesson.right')}** {known[chosen].why}", icon=":material/check:")
            else:
                st.error(f"**{self.texts('lesson.wrong')}** {known[chosen].why}", icon=":material/close:")


def lesson(name: str, *settings: Setting[Any]) -> Lesson:
    """Open a lesson whose headline stands already; say so when the link holds a value that no setting allows."""
    choices, _ = current()
    opened = Lesson(name, choices, Texts(choices.lang))
    notice_refused(opened.texts, *(setting.name for setting in settings if setting.is_refused))
    return opened
