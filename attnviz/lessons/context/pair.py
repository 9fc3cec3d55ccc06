"""Context moves meaning: two sentences and the word that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from attnviz.concepts.context import (
    Shared,
    shared_words,
)
from attnviz.session.callbacks import heard, show
from attnviz.session.choices import MAX_CHARACTERS
from attnviz.session.examples import EXAMPLES
from attnviz.session.markdown import literal
from attnviz.session.models import control_trace_of, trace_of
from attnviz.session.screen import Screen
from attnviz.session.settings import Setting, line, new_sentence, one_of
from attnviz.trace.plain import plain
from attnviz.trace.records import Trace
from attnviz.trace.tokens import EmptyTextError
from attnviz.ui.inputs import select, text_line
from attnviz.ui.lesson import Lesson


@dataclass(frozen=True)
class Preset:
    """Two sentences one click away, and the word to follow through both."""

    first: str
    second: str
    word: str


PRESETS = {
    "spirit": Preset(EXAMPLES["paper"], "The spirit of the dead king appeared at night .", "spirit"),
    "bank": Preset("She sat on the bank of the river .", "He took the money to the bank .", "bank"),
    "light": Preset("The suitcase is light .", "Turn off the light .", "light"),
    "it": Preset(EXAMPLES["tired"], EXAMPLES["wide"], "it"),
    "snow": Preset("밤새 눈이 많이 왔다 .", "책을 오래 읽어서 눈이 아프다 .", "눈이"),  # read by the Korean model
}
_PARTNERS = {  # what the sentences above other pages' boxes are compared with
    EXAMPLES["wide"]: Preset(EXAMPLES["wide"], EXAMPLES["tired"], "it"),
    EXAMPLES["snake"]: Preset(EXAMPLES["snake"], "This road is not dangerous at night .", "dangerous"),
    EXAMPLES["creature"]: Preset(EXAMPLES["creature"], "a green dress", "a"),
    EXAMPLES["boy"]: Preset(EXAMPLES["boy"], "a boy sees a girl", "boy"),
} | {preset.first: preset for preset in PRESETS.values()}


@dataclass(frozen=True)
class Pair:
    """Two sentences read by the chosen model and by the untrained one, and the word followed through both."""

    screen: Screen
    second: Trace
    control_second: Trace
    shared: tuple[Shared, ...]
    chosen: Shared

    @property
    def first(self) -> Trace:
        """The typed sentence."""
        return self.screen.trace

    @property
    def word(self) -> str:
        """The chosen word, as Markdown shows it literally."""
        return literal(self.chosen.word)


def second_setting(trace: Trace) -> Setting[str]:
    """Declare the second sentence: left open, it is the partner of a known one, else the same words in reverse."""
    known = _PARTNERS.get(plain(trace.text))
    return line("second", known.second if known else _reversed(trace), MAX_CHARACTERS)


def _reversed(trace: Trace) -> str:
    return " ".join(reversed(trace.words))[:MAX_CHARACTERS]


def word_setting(text: str, second: str, shared: Sequence[Shared]) -> Setting[str]:
    """Declare the word to follow: left open, a preset's own, else the longest that both sentences have."""
    words = [known.word for known in shared]
    presets = (*PRESETS.values(), *_PARTNERS.values())
    own = [preset.word for preset in presets if (preset.first, preset.second) == (text, second)]
    default = next((word for word in own if word in words), max(words, key=len, default=""))
    return one_of("word", default, *words)


def sentences(opened: Lesson, screen: Screen) -> Pair | None:
    """Ask for the second sentence and the word; None, after a hint, where they have no word in common."""
    with st.container(key="context_pair"):
        second = second_setting(screen.trace)
        left, right = st.columns([4, 1])
        with left:
            text = text_line(second, opened.say("second"), MAX_CHARACTERS)
        _presets(opened, screen.trace, second)
        try:
            traces = [read(screen.choices.model, text, "") for read in (trace_of, control_trace_of)]
        except EmptyTextError:
            st.info(opened.texts("ui.empty"), icon=":material/edit:")
            return None
        shared = shared_words(screen.trace, traces[0])
        if not shared:
            st.info(opened.say("nothing_shared"), icon=":material/search:")
            return None
        words = [known.word for known in shared]
        with right:
            word = select(word_setting(screen.trace.text, text, shared), opened.say("word"), words, str)
        if screen.trace.words.count(word) > 1 or traces[0].words.count(word) > 1:
            st.caption(opened.say("first_place", word=literal(word)))
    return Pair(screen, traces[0], traces[1], shared, shared[words.index(word)])


def _presets(opened: Lesson, trace: Trace, second: Setting[str]) -> None:
    now = [name for name, preset in PRESETS.items() if (preset.first, preset.second) == (trace.text, second.value)]
    show("context_preset", now[0] if now else None)

    def pressed(name: str) -> None:
        if name == "reversed":
            _compare(trace.text, second.name, _reversed(trace))
        else:
            _compare(PRESETS[name].first, second.name, PRESETS[name].second)

    with st.container(horizontal=True, vertical_alignment="center", key="context_presets"):
        st.markdown(opened.say("presets"), width="content")
        st.pills(
            opened.say("presets"),
            [*PRESETS, "reversed"],
            key="context_preset",
            format_func=lambda name: opened.say(f"preset_{name}"),
            label_visibility="collapsed",
            on_change=heard("context_preset", [*PRESETS, "reversed"], pressed),
        )


def _compare(first: str, name: str, second: str) -> None:
    new_sentence(first)
    st.query_params.pop("word", None)
    st.query_params.update({name: second})
