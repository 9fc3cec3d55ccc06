"""Controls that more than one page has: which attention, and which model. Both write to the URL."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from attnviz.session.callbacks import heard, show
from attnviz.session.choices import choose
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.trace.models import choosable, others


def part_control(screen: Screen) -> None:
    """Let the reader choose among the attentions that the model has, if there is a choice."""
    if len(screen.parts) < 2:
        return
    # rows and columns are other words in another part, and the decoder may have fewer layers
    # what the page chose where the reader had not
    opened = {"layer": screen.choices.layer, "view": screen.choices.view}
    _segments(screen, "part", screen.parts, query=0, key=0, drawn="", **opened)


def model_control(screen: Screen) -> None:
    """Let the reader choose the model that reads: layer, head, row and column stay where the model has them."""
    texts = screen.texts
    narrow, wide = (
        round(width * screen.choices.type_scale) for width in (176, 280)
    )  # a line on what a model of others is stands behind its name
    show("model", screen.choices.model)
    st.selectbox(
        texts("controls.model"),
        choosable(),
        key="model",
        format_func=lambda name: named(texts, name, "menu"),
        label_visibility="collapsed",
        width=wide if others() else narrow,
        on_change=heard("model", choosable(), lambda name: choose(model=name)),
    )


def layer_control(screen: Screen) -> None:
    """Let the reader choose a layer of the chosen part."""
    _number_control(screen, "layer", screen.layer, len(screen.trace.attention(screen.choices.part)))


def head_control(screen: Screen) -> None:
    """Let the reader choose a head of the chosen layer."""
    _number_control(screen, "head", screen.head, screen.attention.n_heads)


def head_controls(screen: Screen) -> None:
    """Draw the row that says which head of which model is looked at."""
    with st.container(horizontal=True, vertical_alignment="center", key="steps_controls"):
        part_control(screen)
        model_control(screen)
        with st.container(horizontal=True, width="content", key="steps_head"):
            layer_control(screen)
            head_control(screen)


def _number_control(screen: Screen, name: str, chosen: int, count: int) -> None:
    texts = screen.texts
    seen: dict[str, object] = {"layer": screen.layer + 1, "head": screen.head + 1, "view": screen.choices.view}
    seen |= {"query": screen.query + 1, "key": screen.key + 1}
    show(name, chosen + 1)
    st.selectbox(
        texts(f"controls.{name}"),
        range(1, count + 1),
        key=name,
        format_func=lambda number: texts(f"controls.{name}_number", number=number),
        label_visibility="collapsed",
        width=round(116 * screen.choices.type_scale),
        # what the link left open stays as it is seen: another layer has another strongest cell
        on_change=heard(name, range(1, count + 1), lambda number: choose(**seen | {name: number})),
    )


def _segments(screen: Screen, name: str, options: Sequence[str], **reset: object) -> None:
    """Offer the values of one choice side by side; a change also resets what depends on it."""
    texts = screen.texts
    show(name, getattr(screen.choices, name))
    st.segmented_control(
        texts(f"controls.{name}"),
        options,
        key=name,
        format_func=lambda option: texts(f"controls.{option}"),
        label_visibility="collapsed",
        required=True,
        on_change=heard(name, options, lambda option: choose(**{name: option}, **reset)),
    )
