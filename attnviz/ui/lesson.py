"""The frame of a lesson page: its sections, the wrong way to try, and what to predict."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attnviz.session.callbacks import guarded
from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices, choose, current
from attnviz.session.others import own_model
from attnviz.session.pages import here
from attnviz.session.settings import Setting, declare
from attnviz.ui.classroom import is_voting
from attnviz.ui.screen import notice_refused

LONG = 560  # characters of prose that fill eight lines
Settled = tuple[str, Mapping[str, str]]  # the right option's name, and why each is right or wrong, in Markdown


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
            prose(key, self.say(f"{key}_text", **places))
            yield

    @contextmanager
    def mistake(self, key: str, /, **places: object) -> Iterator[None]:
        """Draw a wrong way in its own frame: ``<key>_title``, then ``<key>_text``, then what it holds."""
        with st.container(key=f"what_if_{key}"):
            st.markdown(f"### :red-badge[{self.texts('lesson.what_if')}] {self.say(f'{key}_title')}")
            st.markdown(self.say(f"{key}_text", **places))
            yield

    @contextmanager
    def numbers(self) -> Iterator[None]:
        """Fold away a table of numbers, below the picture or the sentence that says what they come to."""
        with st.expander(self.texts("lesson.numbers")):
            yield

    def predict(
        self,
        key: str,
        options: Sequence[Option],
        answer: str,
        hides: Callable[[], None] | None = None,
        /,
        **places: object,
    ) -> None:
        """Ask ``<key>_question``; once the reader has chosen, say whether it is ``answer``, and why.

        ``answer`` is the name of an option, computed from the numbers on the screen. ``hides`` draws what gives
        it away, below the question, and is called only when the question is settled: by a guess, by "Show me", or
        by a link of a reader who wants all answers shown. A guess is not part of the link. Other numbers ask
        again, except where something was hidden: that stays open, with the new answer, until the reader asks again.
        """
        question = self.say(f"{key}_question", **places)
        known = {option.name: option for option in options}
        if answer not in known:
            raise ValueError(f"{self.name}.{key}: the answer {answer!r} is not among the options {list(known)}")
        labels = {name: option.label for name, option in known.items()}
        of = (answer, *labels.values())
        self._ask(key, question, labels, of, hides, lambda: (answer, {name: one.why for name, one in known.items()}))

    def predict_later(
        self,
        key: str,
        labels: Mapping[str, str],
        settle: Callable[[], Settled | None],
        of: Hashable,
        hides: Callable[[], None],
        /,
        **places: object,
    ) -> None:
        """Ask ``<key>_question`` as :meth:`predict` does; only when it is settled, ``settle`` works the answer out.

        ``labels`` are the options' by name. ``settle`` returns the right one's name and what is said of each, or
        None when there is no answer (yet). ``of`` is what the answer depends on: another one asks again.
        """
        self._ask(key, self.say(f"{key}_question", **places), labels, of, hides, settle)

    def _ask(
        self,
        key: str,
        question: str,
        labels: Mapping[str, str],
        of: Hashable,
        hides: Callable[[], None] | None,
        settle: Callable[[], Settled | None],
    ) -> None:
        asked = zlib.crc32(repr((question, of)).encode("utf-8", "surrogatepass"))
        guess = f"{self.name}_{key}_{asked}"
        settled = f"settled_{self.name}_{key}" if hides else f"settled_{guess}"
        with st.container(key=f"predict_{key}"):
            st.markdown(f"### {self.texts('lesson.predict')} {question}")
            if is_voting(self.texts, f"{self.name}.{key}", question, labels, settle):
                st.info(self.texts("lesson.class_votes"), icon=":material/how_to_vote:")
                return
            chosen = st.radio(
                question,
                list(labels),
                index=None,
                key=guess,
                format_func=lambda name: labels[name],
                label_visibility="collapsed",
            )
            chosen = chosen if chosen in labels else None  # a forged one is none
            if chosen is not None:
                st.session_state[settled] = True
            is_settled = self.choices.answers == "shown" or bool(st.session_state.get(settled))
            if not is_settled:
                self._offer(guess, settled, hidden=hides is not None)
                return
            if (found := settle()) is not None:
                answer, whys = found
                why = whys[answer if chosen is None else chosen]
                if chosen is None:
                    st.markdown(f":material/lightbulb: **{self.texts('lesson.answer')} {labels[answer]}** &ensp; {why}")
                elif chosen == answer:
                    st.success(f"**{self.texts('lesson.right')}** {why}", icon=":material/check:")
                else:
                    st.error(f"**{self.texts('lesson.wrong')}** {why}", icon=":material/close:")
            self._take_back(guess, settled)
        if hides:
            hides()

    def _offer(self, guess: str, settled: str, *, hidden: bool) -> None:
        """Offer the answer to those who only read: this one, or all from now on."""
        if hidden:
            st.caption(self.texts("lesson.hidden"))
        with st.container(horizontal=True, key=f"offer_{guess}"):
            show = self.texts("lesson.show_me")
            settle = guarded(lambda: st.session_state.update({settled: True}))
            st.button(show, key=f"show_{guess}", on_click=settle)
            show_all = self.texts("lesson.show_all")
            settle_all = guarded(lambda: choose(answers="shown"))
            st.button(show_all, key=f"show_all_{guess}", type="tertiary", on_click=settle_all)

    def _take_back(self, guess: str, settled: str) -> None:
        """Offer to ask again; those who wanted all answers shown may have them hidden again."""

        def again() -> None:
            st.session_state[settled] = False
            st.session_state[guess] = None

        if self.choices.answers == "shown":
            hide = self.texts("lesson.hide_all")
            ask_all = guarded(lambda: choose(answers=""))
            st.button(hide, key=f"hide_all_{guess}", type="tertiary", on_click=ask_all)
        else:
            st.button(self.texts("lesson.ask_again"), key=f"again_{guess}", type="tertiary", on_click=guarded(again))


def prose(key: str, text: str) -> None:
    """Draw text; a long one uses the page's width, in two columns where there is room for them."""
    with st.container(key=f"prose_{key}") if len(text) > LONG else nullcontext():
        st.markdown(text)


def lesson(name: str, *settings: Setting[Any]) -> Lesson:
    """Open a lesson whose headline stands already; say so when the link holds a value that no setting allows."""
    choices = own_model(current()[0], here())
    opened = Lesson(name, choices, Texts(choices.lang))
    declare(*settings)
    notice_refused(opened.texts, *(setting.name for setting in settings if setting.is_refused))
    return opened
