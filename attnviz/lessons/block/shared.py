"""What the sections of The block share: one sub-layer, one word, one of its numbers, and the row that chooses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from attnviz.concepts.normalisation import WrittenOut, written_out
from attnviz.concepts.residual import Stack, SubLayer, sub_layers
from attnviz.session.callbacks import heard, show
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.screen import Screen
from attnviz.session.settings import one_of, whole
from attnviz.trace.records import Trace
from attnviz.ui.controls import layer_control, model_control, part_control
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson

SUBLAYER = one_of("sublayer", "attention", "feed_forward")
OTHER = whole("other", 0, 0, 512, of_sentence=True)  # the token of the other stack, from 1; 0: its first word


@dataclass(frozen=True, eq=False)
class Block:
    """What this half of the page draws: one sub-layer, one word, one of its numbers."""

    opened: Lesson
    screen: Screen
    stack: Stack
    sub_layer: SubLayer
    after: str  # name of its stream in the trace
    word: str  # Markdown

    @property
    def is_post(self) -> bool:
        """Whether the model on the screen normalises the sum, as in the paper, and not what a sub-layer reads."""
        return not self.screen.trace.norm_first

    @property
    def vectors(self) -> tuple[str, ...]:
        """Names of the four vectors of a sub-layer, in the order in which they are made."""
        return ("x", "output", "total", "normalised") if self.is_post else ("x", "normalised", "output", "total")

    @property
    def form(self) -> Literal["", "_post"]:
        """What the name of a string ends with that is another one where the sum is normalised."""
        return "_post" if self.is_post else ""

    def row(self, name: str) -> str:
        """Return how a table and a picture call one of the vectors."""
        return self.opened.say(f"row_normalised{self.form}" if name == "normalised" else f"row_{name}")

    @property
    def written(self) -> WrittenOut:
        """This sub-layer's LayerNorm, of what it reads or of the sum, for the chosen word."""
        read = self.sub_layer.total if self.is_post else self.sub_layer.x
        return written_out(read[self.screen.query], self.sub_layer.norm)

    @property
    def number(self) -> int:
        """The chosen number inside the vector, from 0: what the link says, else the largest of x."""
        x = self.sub_layer.x[self.screen.query]
        chosen = self.screen.choices.dim - 1
        return chosen if 0 <= chosen < len(x) else int(np.abs(x).argmax())


@kept
def _stream(model: str, text: str, stack: Stack, _trace: Trace) -> tuple[SubLayer, ...]:
    return sub_layers(_trace, stack)


def stream(screen: Screen, stack: Stack) -> tuple[SubLayer, ...]:
    """Return one stack's sub-layers on the typed sentence."""
    return _stream(screen.choices.model, screen.choices.text, stack, screen.trace)


def block(opened: Lesson, screen: Screen) -> Block:
    """Return what the link asks for."""
    part = screen.choices.part
    stack: Stack = "encoder" if part == "encoder_self" else "decoder"
    name = "feed_forward" if SUBLAYER.value == "feed_forward" else "cross" if part == "cross" else "self"
    found = next(one for one in stream(screen, stack) if (one.layer, one.name) == (screen.layer, name))
    word = literal(place(screen, stack, screen.query))
    return Block(opened, screen, stack, found, f"{stack}.{screen.layer}.{name}", word)


def place(screen: Screen, stack: Stack, token: int) -> str:
    """Name one position of a stack; the decoder's by the token that it reads and the one that it writes."""
    if stack == "encoder":
        return screen.trace.tokens[token]
    read, written = screen.trace.target_tokens[token], screen.trace.next_tokens[token]
    return screen.texts("block.reads_writes", read=read, written=written)


def places(shown: Block) -> dict[str, object]:
    """Return what the section's text names."""
    return {
        "word": shown.word,
        "sublayer": shown.opened.say(f"in_{shown.sub_layer.name}"),
        "layer": shown.screen.layer + 1,
        "count": shown.sub_layer.x.shape[1],
    }


def selectors(shown: Block) -> None:
    """Draw the row that says which word passes which sub-layer of which model."""
    screen, texts = shown.screen, shown.screen.texts
    with st.container(horizontal=True, vertical_alignment="center", key="block_controls"):
        part_control(screen)
        model_control(screen)
        segments(SUBLAYER, texts("block.sublayer"), ("attention", "feed_forward"), lambda name: texts(f"block.{name}"))
        layer_control(screen)
        _word_control(shown)


def _word_control(shown: Block) -> None:
    screen, texts = shown.screen, shown.screen.texts
    show("query", screen.query + 1)
    rows = range(1, len(shown.sub_layer.x) + 1)
    st.selectbox(
        texts("block.which_word"),
        rows,
        key="query",
        format_func=lambda number: f"{number} · {place(screen, shown.stack, number - 1)}",
        label_visibility="collapsed",
        width=260,
        on_change=heard("query", rows, lambda row: choose(layer=screen.layer + 1, query=row)),
    )
