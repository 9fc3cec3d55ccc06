"""The box for the sentence, with the examples: above the page, or in one line with the page's own selectors."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnviz.session.callbacks import heard, show
from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices, current
from attnviz.session.examples import EXAMPLES
from attnviz.session.markdown import literal
from attnviz.session.settings import new_sentence
from attnviz.trace.plain import changes, plain
from attnviz.trace.tokens import visible

_MOST_MARKS = 12  # kinds of characters named under the sentence


def sentence(choices: Choices, texts: Texts) -> None:
    """Draw the box, and below it the examples."""
    with st.container(key="sentence_box"):
        _box(choices, texts)
        if choices.text.strip():  # on a phone, until it is edited: an input never breaks its line
            with st.container(key="sentence_whole"):
                st.html(f'<div aria-hidden="true">{escape(choices.text)}</div>')
    _read_as(choices, texts)
    with st.container(horizontal=True, vertical_alignment="center", key="examples"):
        st.markdown(texts("ui.try"), width="content")
        _examples(choices, texts)


def sentence_line() -> DeltaGenerator:
    """Draw the box and a list of the examples as one line; return the line, for the page's own selectors."""
    choices, _ = current()
    texts = Texts(choices.lang)
    line: DeltaGenerator = st.container(horizontal=True, vertical_alignment="center", key="sentence_line")
    with line:
        _box(choices, texts)
        with st.popover(texts("ui.try"), key="examples_list", width="content"):
            _examples(choices, texts)
    _read_as(choices, texts)
    return line


def _box(choices: Choices, texts: Texts) -> None:
    show("sentence", choices.text)
    st.text_input(
        texts("ui.sentence"),
        key="sentence",
        placeholder=texts("ui.empty"),
        label_visibility="collapsed",
        on_change=heard("sentence", None, lambda text: new_sentence(text.strip())),
    )


def _examples(choices: Choices, texts: Texts) -> None:
    names = {text: name for name, text in EXAMPLES.items()}
    show("example", names.get(plain(choices.text)))
    st.pills(
        texts("ui.examples"),
        list(EXAMPLES),
        key="example",
        format_func=lambda name: texts(f"examples.{name}"),
        label_visibility="collapsed",
        # one that is meant to be seen opens where it is seen best
        on_change=heard("example", EXAMPLES, lambda name: new_sentence(EXAMPLES[name], layer=0, head=0)),
    )


def _read_as(choices: Choices, texts: Texts) -> None:
    """Say what is read otherwise than it was typed, if anything."""
    found = changes(choices.text)
    read = [f"{literal(visible(one.typed))} → {literal(visible(one.read))}" for one in found if one.read]
    unseen = [literal(visible(one.typed)) for one in found if not one.read]
    said = [
        texts(name, marks=" · ".join(marks[:_MOST_MARKS]) + (" …" if len(marks) > _MOST_MARKS else ""))
        for name, marks in (("ui.read_as", read), ("ui.unseen", unseen))
        if marks
    ]
    if said:
        st.caption(" ".join(said))
