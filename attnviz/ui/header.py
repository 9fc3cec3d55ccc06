"""The top and the foot of every page: pages, language, type size, headline, sentence box, the way on."""

from __future__ import annotations

import re

import streamlit as st

from attnviz.components.page import page as in_browser
from attnviz.session.callbacks import heard, show
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.choices import Choices, choose, current, own_model
from attnviz.session.examples import EXAMPLES
from attnviz.session.markdown import literal
from attnviz.session.naming import named
from attnviz.session.pages import PAGES, ROOT, Page, neighbours
from attnviz.session.settings import Setting, new_sentence
from attnviz.trace.plain import changes, plain
from attnviz.trace.tokens import visible
from attnviz.ui.style import style

_PART = re.compile(r"[a-z][a-z0-9_]{0,60}|")
# the part of a page that a link leads to: the key of its container, as in ?to=section_order
TO = Setting("to", "", lambda text: text if _PART.fullmatch(text) else None)
_BEGUN = "this session has drawn a page"
_MOST_MARKS = 12  # kinds of characters named under the sentence


def header(route: str) -> None:
    """Draw the top of the page at ``route``."""
    choices, _ = current()
    texts = Texts(choices.lang)
    page = next(page for page in PAGES if page.route == route)
    style(choices.size)
    _document(choices, texts)
    _bar(page, choices, texts)
    if f"{page.name}.headline" in texts:
        st.title(texts(f"{page.name}.headline"), anchor=False)
        with st.container(key="lede"):
            st.markdown(texts(f"{page.name}.lede"))
    if page.reads:
        _sentence(choices, texts)
    shown = own_model(choices, page)
    if shown != choices:
        places = {"model": choices.model, "own": named(texts, shown.model, "view")}
        st.info(texts("ui.own_model", **places), icon=":material/alt_route:")


def _document(choices: Choices, texts: Texts) -> None:
    """Tell the browser language and part; tell a reader whose server was started anew that this is what it knows."""
    is_new = _BEGUN not in st.session_state
    st.session_state[_BEGUN] = True
    with st.container(key="document"):
        # no view: its script is there a second after the words that are to be read in this language
        st.html(f'<script>document.documentElement.lang = "{choices.lang}"</script>', unsafe_allow_javascript=True)
        if in_browser(TO.value) and is_new:
            st.toast(texts("ui.reconnected"), icon=":material/sync:", duration="long")


def footer(route: str) -> None:
    """Draw the way to the page before and the page after, in the order of the course."""
    choices, _ = current()
    texts = Texts(choices.lang)
    before, after = neighbours(route)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="footer"):
        for page, name in ((before, "ui.page_before"), (after, "ui.page_after")):
            if page:
                _link(page, texts(name, title=texts(page.title)), choices)


def _link(page: Page, label: str, choices: Choices) -> None:
    st.page_link(ROOT / page.file, label=label, query_params=choices.query_params())


def _bar(page: Page, choices: Choices, texts: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        # one first heading on every page: where none is seen, the page's title
        title = "" if f"{page.name}.headline" in texts else f"<h1>{texts(page.title)}</h1>"
        st.html(f'<span class="attnviz-name"><b>attnviz</b>{title}</span>', width="content")
        with st.container(horizontal=True, vertical_alignment="center", key="bar_first", width="content"):
            for other in PAGES:
                if other.first:
                    _link(other, texts(other.title), choices)
        # a new key for each page: the list closes when the reader has gone somewhere
        here = texts("ui.page_number", number=PAGES.index(page) + 1, title=texts(page.title))
        # and its links only while it is open: each is a message to every reader, at every move
        course = st.popover(here, key=f"course_at_{page.name}", width="content", on_change="rerun")
        with course, st.container(key="pages"):
            for number, other in enumerate(PAGES if course.open else (), start=1):
                _link(other, texts("ui.page_number", number=number, title=texts(other.title)), choices)
        with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="bar_right"):
            show("size", choices.size == "large")
            st.toggle(
                texts("ui.large_type"),
                key="size",
                on_change=heard("size", (True, False), lambda large: choose(size="large" if large else "normal")),
            )
            show("language", choices.lang)
            st.segmented_control(
                texts("ui.language"),
                list(LANGUAGES),
                key="language",
                format_func=LANGUAGES.__getitem__,
                label_visibility="collapsed",
                required=True,
                on_change=heard("language", LANGUAGES, lambda language: choose(lang=language)),
            )


def _sentence(choices: Choices, texts: Texts) -> None:
    show("sentence", choices.text)
    st.text_input(
        texts("ui.sentence"),
        key="sentence",
        placeholder=texts("ui.empty"),
        label_visibility="collapsed",
        on_change=heard("sentence", None, lambda text: new_sentence(text.strip())),
    )
    _read_as(choices, texts)
    names = {sentence: name for name, sentence in EXAMPLES.items()}
    show("example", names.get(plain(choices.text)))
    with st.container(horizontal=True, vertical_alignment="center", key="examples"):
        st.markdown(texts("ui.try"), width="content")
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
