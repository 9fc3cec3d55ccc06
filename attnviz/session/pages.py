"""The one table of pages, in the parts and the order of the course: it drives menu, course map, tests and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import streamlit as st

from attnviz.model.place import PROJECT
from attnviz.trace.records import PARTS, Part

ROOT = PROJECT  # what Streamlit is given are whole paths
# A view shows any model's attention, one part at a time; a lesson takes our own Transformer, or none, apart.
Kind: TypeAlias = Literal["view", "lesson", "map"]
Theme: TypeAlias = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)


@dataclass(frozen=True)
class Page:
    """One page of the app; the names of its file and of its strings follow from its route."""

    route: str  # path in the URL; "" is the start page
    kind: Kind = "lesson"
    reads: bool = True  # whether it reads the typed sentence; if not, the sentence box is left out
    follows: bool = True  # whether it shows the model that the reader chose; if not, its own ones or none
    translates: bool = False  # whether it shows models of others too that turn one text into another
    in_line: bool = False  # whether the sentence stands in one line with the page's own selectors, drawn by the page
    first: bool = False  # whether it stands in the bar itself, not only in the list of all pages

    @property
    def name(self) -> str:
        """Its name in code and in the catalogue of strings: "multi_head"."""
        return self.route.replace("-", "_") or "start"

    @property
    def file(self) -> str:
        """Its file, from the project's root; named by the route, or a cold link would not find it."""
        return f"pages/{self.route or 'start'}.py"

    @property
    def number(self) -> int:
        """Its place in the course, from 1."""
        return PAGES.index(self) + 1

    @property
    def title(self) -> str:
        """The name of its title in the catalogue of strings."""
        return f"{self.name}.title"

    def thumbnail(self, theme: Theme) -> str:
        """Return the name of its picture's file: "multi_head-dark.webp"."""
        return f"{self.name}-{theme}.webp"

    @property
    def needs(self) -> tuple[Part, ...]:
        """What the chosen model must have to be shown here, beside the chosen part."""
        return PARTS if self.follows and self.kind == "lesson" else ()


# The parts of the course with their pages, in its order; what a part is called: "group_<name>" of attnviz/ui.
GROUPS: dict[str, tuple[Page, ...]] = {
    "first": (
        Page("", "view", first=True),
        Page("follow", "view"),
    ),
    "head": (
        Page("averaging", reads=False, follows=False),
        Page("by-hand", reads=False, follows=False),
        Page("softmax", reads=False, follows=False),
        Page("scaling"),
        Page("masking"),
        Page("steps", "view", first=True, in_line=True),
    ),
    "model": (
        Page("multi-head"),
        Page("heads", "view", first=True),
        Page("position"),
        Page("block"),
        Page("context"),
    ),
    "translation": (
        Page("rnn", follows=False),
        Page("translate", translates=True),
        Page("quality", follows=False),
    ),
    "back": (
        Page("explain"),
        Page("cost", reads=False, follows=False),
        Page("warm-up", reads=False, follows=False),
        Page("course", "map", reads=False, follows=False),
    ),
}
PAGES = tuple(page for pages in GROUPS.values() for page in pages)
_HERE = "page"


def base() -> str:
    """Return the folder that the whole app is served under, as ``server.baseUrlPath`` names it: "/folder", or ""."""
    named = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{named}" if named else ""


def arrived(route: str) -> None:
    """Remember which page is being run, and that it was reached through ``app.py``."""
    st.session_state[_HERE] = route


def is_routed() -> bool:
    """Whether this session has been through ``app.py``."""
    return _HERE in st.session_state


def here() -> Page:
    """Return the page that is being run; outside the app the first one."""
    route = st.session_state.get(_HERE, "")
    return next(page for page in PAGES if page.route == route)


def page_without_model(page: Page) -> Page:
    """Return the next page in the course, round and round, that needs no model."""
    at = PAGES.index(page) + 1
    return next(other for other in (*PAGES[at:], *PAGES) if not other.reads and not other.follows)


def neighbours(route: str) -> tuple[Page | None, Page | None]:
    """Return the pages before and after the one at ``route``; ``ValueError`` when there is none."""
    at = [page.route for page in PAGES].index(route)
    return PAGES[at - 1] if at else None, PAGES[at + 1] if at + 1 < len(PAGES) else None
