"""The top and the foot of every page: pages, language, theme, type size, headline, sentence box, the way on."""

from __future__ import annotations

import re

import streamlit as st

from attnviz.components.page import page as in_browser
from attnviz.components.present import present
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.choices import Choices, choose, current
from attnviz.session.naming import named
from attnviz.session.others import own_model
from attnviz.session.pages import GROUPS, PAGES, ROOT, Page, base, neighbours
from attnviz.session.settings import Setting, whole
from attnviz.ui.classroom import class_panel
from attnviz.ui.sentence import sentence
from attnviz.ui.style import style

_PART = re.compile(r"[a-z][a-z0-9_]{0,60}|")
# the part of a page that a link leads to: the key of its container, as in ?to=section_order
TO = Setting("to", "", lambda text: text if _PART.fullmatch(text) else None)
SCREEN = whole("screen", 1, 1, 99)  # of a lecture, within that part
_BEGUN = "this session has drawn a page"
THEMES = ("device", "light", "dark")  # the first: as the reader's own has it


def header(route: str) -> None:
    """Draw the top of the page at ``route``."""
    choices, _ = current()
    texts = Texts(choices.lang)
    page = next(page for page in PAGES if page.route == route)
    style(choices)
    _document(page, choices, texts)
    class_panel()
    _bar(page, choices, texts)
    if f"{page.name}.headline" in texts:
        st.title(texts(f"{page.name}.headline"), anchor=False)
        with st.container(key="lede"):
            st.markdown(texts(f"{page.name}.lede"))
    if page.reads and not page.in_line:
        sentence(choices, texts)
    shown = own_model(choices, page)
    if shown != choices:
        places = {"model": choices.model, "own": named(texts, shown.model, "view")}
        st.info(texts("ui.own_model", **places), icon=":material/alt_route:")


def _document(page: Page, choices: Choices, texts: Texts) -> None:
    """Tell the browser language and part; tell a reader whose server was started anew that this is what it knows."""
    is_new = _BEGUN not in st.session_state
    st.session_state[_BEGUN] = True
    with st.container(key="document"):
        # no view: its script is there a second after the words that are to be read in this language
        told = f'document.documentElement.lang = "{choices.lang}"; window.attnvizTheme?.("{choices.theme}")'
        st.html(f"<script>{told}</script>", unsafe_allow_javascript=True)
        part, sections = ("", "") if choices.present else (TO.value, texts("ui.sections"))
        if in_browser(part, texts("ui.skip"), texts("ui.skip_bar"), sections) and is_new:
            st.toast(texts("ui.reconnected"), icon=":material/sync:", duration="long")
        if choices.present:
            title = _numbered(page, texts)
            before, after = neighbours(page.route)
            at, ways = (TO.value, SCREEN.value), (bool(before), bool(after))
            present(page.name, title, at, ways, texts.group("present"), lambda: choose(present=""))


def footer(route: str) -> None:
    """Draw the way to the page before and the page after, in the order of the course."""
    choices, _ = current()
    texts = Texts(choices.lang)
    before, after = neighbours(route)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="footer"):
        if before:
            _link(before, texts("ui.page_before", title=texts(before.title)), choices)
        _class_link(choices, texts)
        if after:
            _link(after, texts("ui.page_after", title=texts(after.title)), choices)


def _class_link(choices: Choices, texts: Texts) -> None:
    """Draw the way to a page of the server itself, not of Streamlit: attnviz/web."""
    link = f'<a href="{base()}/class?lang={choices.lang}" target="_self">{texts("ui.class")}</a>'
    st.html(f'<span class="attnviz-class">{link}</span>', width="content")


def _link(page: Page, label: str, choices: Choices) -> None:
    st.page_link(ROOT / page.file, label=label, query_params=choices.query_params_at(page))


def _bar(page: Page, choices: Choices, texts: Texts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="bar"):
        # one first heading on every page: where none is seen, the page's title
        title = "" if f"{page.name}.headline" in texts else f"<h1>{texts(page.title)}</h1>"
        st.html(f'<span class="attnviz-name"><b>attnviz</b>{title}</span>', width="content")
        with st.container(horizontal=True, vertical_alignment="center", key="bar_first", width="content"):
            for other in PAGES:
                if other.first:
                    _link(other, texts(other.title), choices)
            _class_link(choices, texts)
        _menu(page, choices, texts)
        with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="bar_right"):
            st.button(
                texts("present.begin"),
                key="present_begin",
                icon=":material/co_present:",
                type="tertiary",
                shortcut="p",
                # what was shown before the lecture is hidden in it, until it is asked
                on_click=guarded(lambda: choose(present="" if choices.present else "1", answers="")),
            )
            with st.popover(texts("ui.looks"), key="looks", icon=":material/contrast:", width="content"):
                _looks(choices, texts)
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


def _menu(page: Page, choices: Choices, texts: Texts) -> None:
    """Draw the list of all pages, in the parts of the course."""
    # a new key for each page: the list closes when the reader has gone somewhere
    course = st.popover(
        texts("ui.course", count=len(PAGES)), key=f"course_at_{page.name}", width="content", on_change="rerun"
    )
    if not course.open:  # its links are a message each, to every reader, at every move
        return
    with course:
        if page.kind != "map":  # the map has the search box at its top
            _link(PAGES[-1], f":material/search: {texts('course.search')}", choices)
        with st.container(key="pages"):
            for group, pages in GROUPS.items():
                with st.container(key=f"pages_{group}"):
                    st.markdown(texts(f"ui.group_{group}"))
                    for other in pages:
                        _link(other, _numbered(other, texts), choices)


def _numbered(page: Page, texts: Texts) -> str:
    return texts("ui.page_number", number=page.number, title=texts(page.title))


def _looks(choices: Choices, texts: Texts) -> None:
    """Draw what each reader sets for his own screen: the theme, and how large the type is."""
    show("theme", choices.theme or "device")
    st.segmented_control(
        texts("ui.theme"),
        THEMES,
        key="theme",
        format_func=lambda theme: texts(f"ui.theme_{theme}"),
        required=True,
        on_change=heard("theme", THEMES, lambda theme: choose(theme="" if theme == "device" else theme)),
    )
    show("size", choices.size == "large")
    st.toggle(
        texts("ui.large_type"),
        key="size",
        on_change=heard("size", (True, False), lambda large: choose(size="large" if large else "normal")),
    )
