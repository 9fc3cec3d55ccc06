"""One head on one sentence, as the key of what is computed and drawn for it once."""

from __future__ import annotations

from typing import NamedTuple

from attnviz.session.screen import Screen


class Place(NamedTuple):
    """All that the numbers of one attention call depend on, and the chosen head; both count from 0."""

    model: str
    text: str
    target: str
    part: str
    layer: int
    head: int


def place_of(screen: Screen) -> Place:
    """Return where a page stands."""
    trace = screen.trace
    return Place(trace.model_name, trace.text, trace.target, screen.choices.part, screen.layer, screen.head)
