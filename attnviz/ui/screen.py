"""What a page begins with: the way through app.py, and what it draws from, or a word on why there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache, partial
from typing import Any

import streamlit as st

from attnviz.session.callbacks import guarded
from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices, choose, current
from attnviz.session.models import control_trace_of, trace_of
from attnviz.session.others import own_model
from attnviz.session.pages import PAGES, ROOT, arrived, here, is_routed
from attnviz.session.screen import Screen, completed
from attnviz.session.settings import Setting, declare
from attnviz.trace.models import reader_of, require, row_of
from attnviz.trace.records import Trace
from attnviz.trace.recurrent import RecurrentTrace
from attnviz.trace.words import is_hangul
from attnviz.ui.faults import told
from attnviz.ui.others import read_by_other


def navigation() -> st.Page:
    """Declare all pages to Streamlit and return the one that the URL names."""
    # Streamlit marks the one page that a run may call: each run has its own
    page = st.navigation([copy(page) for page in _declared(current()[0].lang)], position="hidden")
    arrived(page.url_path)
    return page


@cache
def _declared(language: str) -> tuple[st.Page, ...]:
    """Make all pages once: each run would look for their files again."""
    texts = Texts(language)
    return tuple(
        st.Page(ROOT / page.file, title=f"{texts(page.title)} · attnviz", url_path=page.route, default=not page.route)
        for page in PAGES
    )


def guard() -> None:
    """Send a session that Streamlit started in a page's own file through app.py.

    On a fresh server a deep link runs ``pages/x.py`` alone, because the folder ``pages`` makes
    Streamlit think of its older kind of multipage app.
    """
    if not is_routed():
        navigation()
        st.rerun()


def screen(*settings: Setting[Any], target: str | None = None) -> Screen | None:
    """Return what the page draws, or None after showing why there is nothing to draw.

    ``settings`` are the page's own: the reader is told of nonsense in the link about them too. ``target``
    None: the model's whole translation, where the page shows more than the encoder.
    """
    choices, refused = current()
    choices, texts = own_model(choices, here()), Texts(choices.lang)
    declare(*settings)
    notice_refused(texts, *refused, *(setting.name for setting in settings if setting.is_refused))
    shown: Screen | None = None
    twin: Callable[[], Trace]
    with told():
        parts = here().needs or (choices.part,)
        require(choices.model, *parts)
        row = row_of(choices.model)
        if row.listed:
            choices, pair = read_by_other(choices, texts, row)
            found, twin = pair.own, lambda: pair.control
        else:
            if target is None and set(parts) == {"encoder_self"}:
                target = ""  # an encoder reads no translation: what nobody sees is not written
            found = trace_of(choices.model, choices.text, target)
            twin = partial(control_trace_of, choices.model, choices.text, found.target)
        notice_cut(choices, texts, found)
        notice_reader(choices, texts, found)
        shown = completed(choices, texts, found, twin)
    return shown


def notice_cut(choices: Choices, texts: Texts, found: Trace | RecurrentTrace) -> None:
    """Tell the reader how much of the text is shown, and of how much."""
    kept = sum(word is not None for word in found.word_of)  # without special tokens
    if choices.characters:
        said = texts("ui.cut_characters", kept=kept, total=f"{choices.characters:,}")
    elif found.n_dropped:
        said = texts("ui.cut", kept=kept, total=f"{kept + found.n_dropped:,}")
    else:
        return
    st.info(said, icon=":material/content_cut:")


def notice_refused(texts: Texts, *names: str) -> None:
    """Tell the reader which values of the link are not allowed, if any."""
    if names:
        st.info(texts("ui.refused", names=", ".join(names)), icon=":material/info:")


def notice_reader(choices: Choices, texts: Texts, found: Trace) -> None:
    """Tell the reader when the sentence decided which model reads it, or when the model never learned its script."""
    row, hangul = row_of(choices.model), is_hangul(choices.text)
    if row.listed:
        return  # what it learned from isn't known here
    korean = row.reads == "ko"
    foreign = "foreign" if row.trained else "foreign_untrained"
    if hangul and korean:
        _reader("read_by_korean", "read_by_translator", reader_of("en"), texts)
        if found.is_foreign:  # Hanja, syllables that nobody writes
            st.warning(texts("ui.foreign"), icon=":material/translate:")
    elif korean:
        _reader("korean_only", "read_by_translator", reader_of("en"), texts)
    elif found.is_foreign and hangul:
        _reader(foreign, "read_by_korean_instead", reader_of("ko"), texts)
    elif found.is_foreign:
        st.warning(texts(f"ui.{foreign}"), icon=":material/translate:")


def _reader(said: str, offered: str, model: str, texts: Texts) -> None:
    """Say who reads, and offer another model."""
    with st.container(key="reader"):
        left, right = st.columns([4, 1], vertical_alignment="center")
    show = left.info if said == "read_by_korean" else left.warning
    show(texts(f"ui.{said}"), icon=":material/translate:")
    right.button(
        texts(f"ui.{offered}"), key="reader_switch", width="stretch", on_click=guarded(partial(choose, model=model))
    )
