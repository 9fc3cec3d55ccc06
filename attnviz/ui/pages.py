"""The one table of pages: it drives navigation, previous and next, tests and screenshots."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page of the app."""

    route: str  # path in the URL; "" is the start page
    file: str  # from the project's root
    title: str  # name in the catalogue of strings


PAGES = (
    Page("", "pages/start.py", "start.title"),
    Page("heads", "pages/heads.py", "heads.title"),
    Page("steps", "pages/steps.py", "steps.title"),
)
