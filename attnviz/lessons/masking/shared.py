"""What only the Masking page has: its settings, and what is shown of a long sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from attnviz.charts import bars
from attnviz.concepts.wrong_ways import MASKINGS
from attnviz.figures.look import Look
from attnviz.session.callbacks import heard, show
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.matrices import matrix
from attnviz.session.screen import Screen
from attnviz.session.settings import Setting, line, one_of, whole
from attnviz.trace.models import row_of
from attnviz.trace.records import Attention, Part, Trace
from attnviz.ui.controls import head_control, layer_control, model_control
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Lesson, Option

PADDING = 2  # tokens of padding that "Which mask" adds
SIZES = (4, 5, 8, 12, 16)  # how many tokens the matrices may show
SIDE_BY_SIDE = 5  # as many tokens fit three times beside each other
BARS = 10  # rows that a bar chart shows


def _ways_setting() -> Setting[tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...] | None:
        names = text.split(".")
        known = tuple(name for name in MASKINGS if name in names)
        return known if known and len(names) == len(known) else None

    return Setting("ways", ("minus_inf", "zero_after", "renormalised"), read, ".".join)


WAYS = _ways_setting()
SHOWN = whole("shown", SIZES[0], SIZES[0], SIZES[-1])
FIRST = whole("first", 1, 1, 128, of_sentence=True)
WHOLE = one_of("whole", *MASKINGS)
SCORES = matrix("scores", ((0.0, 200.0),), bound=2000)
PRECISION = one_of("precision", "float32", "float64")
MASK = one_of("mask", "both", "causal", "padding", "none")
SECOND = line("second", "The cat sleeps .")
PLACE = whole("place", 3, 1, 400)
WORD = line("word", "Katze", limit=60)
IN_KOREAN = line("second", "고양이가 잔다 ."), line("word", "cat", limit=60)  # for the model that reads Korean
SETTINGS = (WAYS, SHOWN, FIRST, WHOLE, SCORES, PRECISION, MASK, SECOND, PLACE, WORD)
EXAMPLES_OF_A_ROW = ((0.0, 200.0), (1.0, 2.0), (-150.0, 3.0))


@dataclass(frozen=True)
class Window:
    """The tokens of a sentence that the matrices show; what is left is added up in one column."""

    start: int
    stop: int
    n_tokens: int

    @property
    def rest(self) -> int:
        """How many tokens are not shown one by one."""
        return self.n_tokens - (self.stop - self.start)

    def shown(self, values: NDArray[Any], *, padding: int = 0, add: bool = False) -> NDArray[Any]:
        """Return the rows and columns shown, the padding last; ``add``: with the rest as one column before it."""
        rows = np.concatenate((values[self.start : self.stop], values[self.n_tokens : self.n_tokens + padding]))
        columns = [rows[:, self.start : self.stop], rows[:, self.n_tokens :]]
        if add and self.rest:
            left = np.concatenate((rows[:, : self.start], rows[:, self.stop : self.n_tokens]), axis=1)
            added = left.all(axis=1) if values.dtype == bool else left.sum(axis=1)
            columns.insert(1, np.asarray(added)[:, None])
        return np.concatenate(columns, axis=1)

    def labels(self, labels: Sequence[str], more: str = "") -> list[str]:
        """Return the names of what :meth:`shown` gives; ``more`` names the rest."""
        return [*labels[self.start : self.stop], *([more] if more and self.rest else []), *labels[self.n_tokens :]]


@dataclass(frozen=True)
class View:
    """One state of the page: the chosen head, and what is shown of it."""

    opened: Lesson
    screen: Screen
    part: Part
    window: Window

    @property
    def trace(self) -> Trace:
        """The typed sentence in the chosen model."""
        return self.screen.trace

    @property
    def attention(self) -> Attention:
        """The chosen attention call; cross-attention has no causal mask and gives way to the decoder's own."""
        return self.trace.attention(self.part)[self.screen.layer]

    @property
    def labels(self) -> tuple[str, ...]:
        """The tokens at rows and columns."""
        return self.trace.query_labels(self.part)

    def more(self) -> str:
        """Name the column that adds up what is not shown."""
        return self.opened.say("more", count=self.window.rest)


@kept
def bar_picture(
    labels: tuple[str, ...], series: dict[str, tuple[float, ...]], look: Look, y_title: str, colours: tuple[str, ...]
) -> go.Figure:
    """Draw bars once for all who see them."""
    return bars(labels, series, look, y_title=y_title, colours=colours, height=300)


def in_its_language(model: str) -> tuple[Setting[str], Setting[str]]:
    """Return the settings of the second sentence and of the other word, with defaults that a model can read."""
    return IN_KOREAN if row_of(model).reads == "ko" else (SECOND, WORD)


def controls(opened: Lesson, screen: Screen) -> View:
    """Draw what chooses the head and the part of the sentence, and return what is seen."""
    part: Part = "encoder_self" if screen.choices.part == "encoder_self" else "decoder_self"
    with st.container(horizontal=True, vertical_alignment="center", key="masking_controls"):
        show("part", part)
        st.segmented_control(
            screen.texts("controls.part"),
            ["encoder_self", "decoder_self"],
            key="part",
            format_func=lambda name: screen.texts(f"controls.{name}"),
            label_visibility="collapsed",
            required=True,
            on_change=heard(
                "part",
                ("encoder_self", "decoder_self"),
                lambda name: choose(part=name, query=0, key=0, drawn=""),
            ),
        )
        model_control(screen)
        with st.container(horizontal=True, width="content", key="masking_head"):
            layer_control(screen)
            head_control(screen)
    notes = {"cross": "no_cross", "encoder_self": "our_mask"}
    if note := notes.get(screen.choices.part):
        st.caption(opened.say(note))
    n_tokens = len(screen.trace.query_labels(part))
    size, first = n_tokens, 1
    if n_tokens > SIZES[0]:
        with st.container(key="masking_window"):
            left, right = st.columns(2, gap="large")
        with left:
            size = slider(SHOWN, opened.say("shown"), SIZES)
        size = min(size, n_tokens)
        if size < n_tokens:
            with right:
                first = slider(FIRST, opened.say("first"), range(1, n_tokens - size + 2))
            place = {"first": first, "last": first + size - 1, "total": n_tokens, "rest": n_tokens - size}
            st.caption(opened.say("window", **place))
    return View(opened, screen, part, Window(first - 1, first - 1 + size, n_tokens))


def options(opened: Lesson, key: str, names: Sequence[str], places: dict[str, object]) -> list[Option]:
    """Return the answers ``<key>_<name>``, each with its reason ``<key>_<name>_why``."""
    return [
        Option(name, opened.say(f"{key}_{name}", **places), opened.say(f"{key}_{name}_why", **places)) for name in names
    ]
