"""The top of every page: name, pages, language, type size, sentence box and examples."""

from __future__ import annotations

import streamlit as st

from attnviz.ui.catalog import LANGUAGES, Texts
from attnviz.ui.choices import MAX_CHARACTERS, Choices, choose, current
from attnviz.ui.examples import EXAMPLES
from attnviz.ui.pages import PAGES
from attnviz.ui.screen import ROOT
from attnviz.ui.style import style


def header(route: str) -> None:
    """Draw the top of the page at ``route``."""
    choices, _ = current()
    texts = Texts(choices.lang)
    style(choices.size)
    _bar(choices, texts)
    if not route:
        st.title(texts("start.headline"), anchor=False)
        with st.container(key="lede"):
            st.markdown(texts("start.lede"))
    _sentence(choices, texts)


def _bar(choices: Choices, texts: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        st.html('<span class="attnviz-name"><b>attnviz</b></span>', width="content")
        for page in PAGES:
            st.page_link(ROOT / page.file, label=texts(page.title), query_params=choices.query_params())
        with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="bar_right"):
            st.session_state["size"] = choices.size == "large"
            st.toggle(texts("ui.large_type"), key="size", on_change=_size_changed)
            st.session_state["language"] = choices.lang
            st.segmented_control(
                texts("ui.language"),
                list(LANGUAGES),
                key="language",
                format_func=LANGUAGES.__getitem__,
                label_visibility="collapsed",
                required=True,
                on_change=lambda: choose(lang=st.session_state["language"]),
            )


def _size_changed() -> None:
    choose(size="large" if st.session_state["size"] else "normal")


def _sentence(choices: Choices, texts: Texts) -> None:
    # the URL is the truth: a widget shows it, and writes to it when the reader changes the widget
    st.session_state["sentence"] = choices.text
    st.text_input(
        texts("ui.sentence"),
        key="sentence",
        placeholder=texts("ui.empty"),
        max_chars=MAX_CHARACTERS,
        label_visibility="collapsed",
        on_change=lambda: _new_text(st.session_state["sentence"]),
    )
    names = {sentence: name for name, sentence in EXAMPLES.items()}
    st.session_state["example"] = names.get(choices.text)
    with st.container(horizontal=True, vertical_alignment="center", key="examples"):
        st.markdown(texts("ui.try"), width="content")
        st.pills(
            texts("ui.examples"),
            list(EXAMPLES),
            key="example",
            format_func=lambda name: texts(f"examples.{name}"),
            label_visibility="collapsed",
            on_change=lambda: _new_text(EXAMPLES.get(st.session_state["example"] or "", choices.text)),
        )


def _new_text(text: str) -> None:
    # layer and head stay; rows and columns of the old sentence mean nothing in the new one
    choose(text=text.strip(), query=0, key=0, drawn="")
