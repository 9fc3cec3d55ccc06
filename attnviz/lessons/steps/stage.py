"""What only the Step by step page has: its selectors, its message to the view, and what the view sends back."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from attnviz.components.steps import message, steps
from attnviz.components.steps.values import shown_step, values_of, ways_of
from attnviz.concepts.wrong_ways import Comparison, compare
from attnviz.session.callbacks import sent_by
from attnviz.session.choices import Choices, choose
from attnviz.session.drawn import drawn_mask
from attnviz.session.kept import kept
from attnviz.session.screen import Screen, completed
from attnviz.trace.check import check_zip
from attnviz.trace.models import row_of
from attnviz.trace.opening import is_content
from attnviz.trace.steps import steps_of

MAY_MISS = ("vectors", "project", "join", "add_norm")
_SENT = ("step", "role", "view", "wrong", "drawn", "query", "key", "dim")
_PLACE = ("layer", "head", "query", "key", "step", "dim", "role", "view", "wrong", "drawn")


def beginning(screen: Screen) -> Screen:
    """Where nothing was chosen yet: one word in the first layer, whose vector is its embedding and its position.

    A content word that is no more than one token, if there is one.
    """
    choices, usual = screen.choices, Choices()
    if choices.part != row_of(choices.model).parts[0]:
        return screen
    if any(getattr(choices, name) != getattr(usual, name) for name in _PLACE):
        return screen
    trace, of_source = screen.trace, choices.part == "encoder_self"
    words, word_of = (trace.words, trace.word_of) if of_source else (trace.target_words, trace.target_word_of)
    whole = {
        words[word]: row
        for row, word in enumerate(word_of)
        if word is not None and word_of.count(word) == 1 and is_content(words[word])
    }
    query = whole[max(whole, key=len)] + 1 if whole else 0
    opened = replace(choices, layer=1, query=query, view="word")
    return completed(opened, screen.texts, trace, screen.twin)


def stage(screen: Screen) -> None:
    """Draw the chosen step."""
    steps(_message(screen.state, screen), lambda: receive(screen, sent_by("steps", "choose")))


@kept
def _message(state: Hashable, _screen: Screen) -> bytes:
    record = shown_step(_screen)
    cell = {"query": _screen.query, "key": _screen.key, "dim": _screen.choices.dim - 1}
    return message(values_of(_screen, record), cell, record, _wrong(_screen, record.step.slug))


def missing_steps(screen: Screen) -> None:
    """Say of each step that can't be shown of this model why not."""
    texts, call = screen.texts, screen.attention
    if "query" in call.missing:
        st.caption(texts("steps.missing_all"))
        return
    known = {step.slug for step in steps_of(screen.trace, screen.choices.part, screen.layer)}
    missing = [slug for slug in MAY_MISS if slug not in known]
    if "project" in known:
        missing += [name for name in ("W_Q", "W_K", "W_V") if name in call.missing]
    if missing:
        st.caption(" ".join(texts(f"steps.missing_{name}") for name in missing))


def check_button(screen: Screen) -> None:
    """Offer this head's numbers and the script that recomputes them."""
    texts, part, layer, head = screen.texts, screen.choices.part, screen.layer, screen.head
    st.subheader(texts("steps.check_title"), anchor=False)
    st.markdown(texts("steps.check_text"))
    st.download_button(
        texts("steps.check_button", layer=layer + 1, head=head + 1),
        lambda: check_zip(screen.trace, part, layer, head),  # made when it is asked for
        file_name=f"attnviz-check-{part}-{layer + 1}-{head + 1}.zip",
        mime="application/zip",
        on_click="ignore",
        icon=":material/calculate:",
        key="check",
    )
    st.caption(texts("steps.check_how"))


def _wrong(screen: Screen, slug: str) -> Comparison | None:
    name = screen.choices.wrong
    if name not in ways_of(screen.attention, slug):
        return None
    drawn = drawn_mask(screen.attention.mask, screen.choices.drawn)
    return compare(screen.attention, screen.head, name, drawn)  # type: ignore[arg-type]


def receive(screen: Screen, value: object) -> None:
    """Write to the URL what the view sends, with the head, the word and the view that the link left open.

    What comes from the browser is as untrusted as the URL itself.
    """
    seen = {"layer": screen.layer + 1, "head": screen.head + 1, "query": screen.query + 1, "view": screen.choices.view}
    if isinstance(value, dict):
        choose(**seen | {name: value[name] for name in _SENT if name in value})
