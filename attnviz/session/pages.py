"""The one table of pages, in the order of the course: it drives navigation, course map, tests and screenshots."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page of the app; the names of its file and of its strings follow from its route."""

    route: str  # path in the URL; "" is the start page
    reads: bool = True  # whether it reads the typed sentence; if not, the sentence box is left out
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


PAGES = (
    Page("", first=True),
    Page("averaging", reads=False),
    Page("by-hand", reads=False),
    Page("softmax", reads=False),
    Page("scaling"),
    Page("masking"),
    Page("steps", first=True),
    Page("multi-head"),
    Page("heads", first=True),
    Page("position"),
    Page("block"),
    Page("context"),
    Page("rnn"),
    Page("translate"),
    Page("quality"),
    Page("explain"),
    Page("cost", reads=False),
    Page("warm-up", reads=False),
    Page("course", reads=False),
)


def neighbours(route: str) -> tuple[Page | None, Page | None]:
    """Return the pages before and after the one at ``route``; ``ValueError`` when there is none."""
    at = [page.route for page in PAGES].index(route)
    return PAGES[at - 1] if at else None, PAGES[at + 1] if at + 1 < len(PAGES) else None
