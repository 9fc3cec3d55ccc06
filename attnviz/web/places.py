"""Where a teacher may lead a class: pages of this app, with what they read from the address, and nothing else."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from attnviz.classroom.record import Class, NotNowError, Position
from attnviz.session.pages import PAGES, Page, base

OWN = {"lang", "size", "theme", "answers", "present"}  # each reader's own: nobody follows these
_LONGEST = 8000  # characters of an address


def place(path: str, query: str) -> tuple[str, str]:
    """Return a page's path and query as they are kept; ``NotNowError`` for what is no page of ours."""
    found = page_at(path)
    if found is None or len(query) > _LONGEST:
        raise NotNowError("no_page")
    pairs = [pair for pair in parse_qsl(query.removeprefix("?"), keep_blank_values=True) if pair[0] not in OWN]
    return f"/{found.route}", urlencode(sorted(pairs))


def page_at(path: str) -> Page | None:
    """Return the page of a path, or None."""
    route = path.strip("/")
    return next((page for page in PAGES if page.route == route), None)


def address(at: Position) -> str:
    """Return the address of a position, for those who follow: a path on this server."""
    return f"{base()}{at.path}?{at.query}" if at.query else f"{base()}{at.path}"


def in_language(path: str, language: str) -> str:
    """Return an address of ours with the language in which its reader wants it."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def with_sentence(record: Class, sentence: str) -> tuple[str, str]:
    """Return where a sentence is shown: on the teacher's page, or on the first one where that reads none."""
    found = page_at(record.at.path)
    path = record.at.path if found and found.reads else "/"
    return place(path, urlencode({"text": sentence}))


def routes_between(first: str, last: str) -> tuple[str, ...]:
    """Return the routes of a range of pages, in the order of the course; () for all."""
    routes = [page.route for page in PAGES]
    if first not in routes or last not in routes:
        raise NotNowError("no_page")
    low, high = sorted((routes.index(first), routes.index(last)))
    between = tuple(routes[low : high + 1])
    return () if len(between) == len(routes) else between
