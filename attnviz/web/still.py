"""A still picture of what the teacher shows: the chosen head as a table of shaded cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from attnviz.classroom.record import Position
from attnviz.model.checkpoint import ModelError
from attnviz.session.catalog import Texts
from attnviz.session.choices import opening_text, parse
from attnviz.session.models import control_trace_of, trace_of
from attnviz.session.screen import completed
from attnviz.trace.models import NoPartError, row_of
from attnviz.trace.tokens import EmptyTextError, visible
from attnviz.web.places import page_at

MOST_WORDS = 24
SIZE = 26  # of a cell, in the picture's own units


@dataclass(frozen=True)
class Still:
    """Words of rows and columns, weights in hundredths, and the chosen row; layer and head count from 1."""

    rows: list[str]
    columns: list[str]
    weights: list[list[int]]
    query: int
    layer: int
    head: int
    size: int = SIZE
    room: int = 120  # for a word


def still(at: Position, language: str) -> Still | None:
    """Return the picture; None where the page shows no sentence, or it can't be drawn."""
    page = page_at(at.path)
    if page is None or not page.reads:
        return None
    choices, _ = parse(dict(parse_qsl(at.query)), language, opening_text(page))
    if row_of(choices.model).listed:
        return None  # a model of others is not loaded for a picture
    try:
        found = trace_of(choices.model, choices.text, "" if choices.part == "encoder_self" else None)
        twin = partial(control_trace_of, choices.model, choices.text, found.target)
        screen = completed(choices, Texts(language), found, twin)
    except (EmptyTextError, ModelError, NoPartError):
        return None
    weights = screen.attention.weights[screen.head][:MOST_WORDS, :MOST_WORDS]
    return Still(
        [visible(word) for word in found.query_labels(choices.part)[:MOST_WORDS]],
        [visible(word) for word in found.key_labels(choices.part)[:MOST_WORDS]],
        (weights * 100).round().astype(int).tolist(),
        screen.query,
        screen.layer + 1,
        screen.head + 1,
    )
