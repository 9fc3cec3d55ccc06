"""The one table of pages, in the order of the course: it drives navigation, course map, tests and screenshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import streamlit as st

from attnviz.model.place import PROJECT
from attnviz.trace.records import PARTS, Part

ROOT = PROJECT  # what Streamlit is given are whole paths
# A view shows any model's attention, one part at a time; a lesson takes our own Transformer, or none, apart.
Kind: TypeAlias = Literal["view", "lesson", "map"]


@dataclass(frozen=True)
class Page:
    """One page of the app; the names of its file and of its strings follow from its route."""

    route: str  # path in the URL; "" is the start page
    kind: Kind = "lesson"
    reads: bool = True  # whether it reads the typed sentence; if not, the sentence box is left out
    follows: bool = True  # whether it shows the model that the reader chose; if not, its own ones or none
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
    def title(self) -> str:
        """The name of its title in the catalogue of strings."""
        return f"{self.name}.title"

    @property
    def needs(self) -> tuple[Part, ...]:
        """What the chosen model must have to be shown here, beside the chosen part."""
        return PARTS if self.follows and self.kind == "lesson" else ()


PAGES = (
    Page("", "view", first=True),
    Page("follow", "view"),
    Page("averaging", reads=False, follows=False),
    Page("by-hand", reads=False, follows=False),
    Page("softmax", reads=False, follows=False),
    Page("scaling"),
    Page("masking"),
    Page("steps", "view", first=True),
    Page("multi-head"),
    Page("heads", "view", first=True),
    Page("position"),
    Page("block"),
    Page("context"),
    Page("rnn", follows=False),
    Page("translate"),
    Page("quality", follows=False),
    Page("explain"),
    Page("cost", reads=False, follows=False),
    Page("warm-up", reads=False, follows=False),
    Page("course", "map", reads=False, follows=False),
)
_HERE = "page"


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
