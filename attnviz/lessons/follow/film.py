"""The film of one word: which head and word, what the view is sent, and what it sends back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from attnviz.components.follow import follow, message
from attnviz.session.callbacks import sent_by
from attnviz.session.choices import choose
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.trace.follow import Followed, NotKnownError
from attnviz.trace.follow import follow as followed
from attnviz.trace.steps import STEPS, row_labels
from attnviz.trace.tokens import visible_line
from attnviz.ui.controls import head_controls

_SENT = ("step", "query")


def film(screen: Screen) -> None:
    """Draw the selectors and the film, or say why this model has none."""
    head_controls(screen)
    try:
        record = followed(screen.trace, screen.choices.part, screen.layer, screen.head, screen.query)
    except NotKnownError:
        st.info(screen.texts("follow.not_known"), icon=":material/info:")
        return
    follow(message(_values(screen, record), record), lambda: receive(screen, sent_by("follow", "choose")))


def _values(screen: Screen, record: Followed) -> dict[str, Any]:
    choices, texts = screen.choices, screen.texts
    caption = texts(
        f"steps.caption_{choices.part}",
        model=named(texts, choices.model, "subject"),
        layer=screen.layer + 1,
        head=screen.head + 1,
    )
    text, target = visible_line(screen.trace.text), visible_line(screen.trace.target)
    return {
        "rows": row_labels(screen.trace, choices.part)[0],
        "names": [texts(f"steps.name_{step.slug}") for step in STEPS],
        "stop": choices.step,
        "name": text if choices.part == "encoder_self" else f"{text} → {target}",
        "figureName": texts("follow.picture", caption=caption, word=record.label, step="{step}"),
        "texts": texts.group("follow"),
    }


def receive(screen: Screen, value: object) -> None:
    """Write the word or the step that the view sends to the URL, with the head that the link left open."""
    seen = {"layer": screen.layer + 1, "head": screen.head + 1, "query": screen.query + 1}
    if isinstance(value, dict):
        choose(**seen | {name: value[name] for name in _SENT if name in value})
