"""A page as a lecture: one screen at a time, by a clicker's keys, in the browser alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from attnviz.components.frame import pack, register
from attnviz.session.callbacks import guarded

RULES = (Path(__file__).parent / "hall.css").read_text(encoding="utf-8")  # for the page around, while it is presented

_draw = register("present")


def present(
    page: str,
    title: str,
    at: tuple[str, int],
    ways: tuple[bool, bool],
    texts: Mapping[str, str],
    leave: Callable[[], None],
) -> None:
    """Show one screen of the page at a time.

    ``at``: the key of the container to begin with ("": the top of the page), and which of its screens, from 1.
    ``ways``: whether there is a page before and one after. ``leave`` is called when the reader ends it.
    """
    part, screen = at
    before, after = ways
    values = {
        "page": page,
        "title": title,
        "part": part,
        "screen": screen,
        "hasBefore": before,
        "hasNext": after,
        "texts": dict(texts),
    }
    _draw(key="present", data=pack(values, {}), on_left_change=guarded(leave))
