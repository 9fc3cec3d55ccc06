"""What the sections of the Many heads page share: its settings, names and sizes, and what is chosen."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from attnviz.components.many_heads import Block
from attnviz.concepts.heads import WRONG_JOINS, Likeness
from attnviz.session.callbacks import heard, show
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.numerals import written
from attnviz.session.place import Place, place_of
from attnviz.session.screen import Screen
from attnviz.session.settings import one_of, whole
from attnviz.trace.records import Array, Attention
from attnviz.trace.steps import row_labels
from attnviz.ui.controls import head_control, layer_control, model_control, part_control
from attnviz.ui.lesson import Lesson

STAGES = ("split", "attend", "mix", "concat", "output")
STAGE = one_of("stage", "output", *STAGES[:-1])
NUMBER = whole("number", 0, 0, 4096)  # of the output, from 1; 0: the largest
JOIN = one_of("join", *WRONG_JOINS)


class Computed(NamedTuple):
    """What all sections read of an attention call."""

    weights: Array  # (head, query, key)
    head_output: Array  # (head, query, d_k)
    concat: Array  # (query, head * d_k)
    output: Array  # (query, d_model)


def computed(shown: Screen) -> Computed:
    """Return the chosen call's numbers, computed once for all who look at it."""
    return _computed(place_of(shown)._replace(head=0), shown.attention)


@kept
def _computed(place: Place, _call: Attention) -> Computed:
    return Computed(_call.weights, _call.head_output, _call.concat, _call.output)


def sizes(shown: Screen) -> dict[str, int]:
    """Return the sizes of this model's attention, as places of the texts."""
    n_heads, _, d_k = shown.attention.query.shape
    return {"d_model": shown.attention.W_O.shape[-1], "heads": n_heads, "d_k": d_k}


def labels(shown: Screen) -> tuple[str, tuple[str, ...]]:
    """Return the chosen word and the words that it looks at."""
    queries, _ = row_labels(shown.trace, shown.choices.part)
    return queries[shown.query], shown.trace.key_labels(shown.choices.part)


def places(shown: Screen) -> dict[str, object]:
    """Return what the texts of this page name: sizes, the chosen word, layer and head."""
    word, _ = labels(shown)
    return {**sizes(shown), "word": literal(word), "head": shown.head + 1, "layer": shown.layer + 1}


def selectors(opened: Lesson, shown: Screen) -> None:
    """Draw the row that says which word, in which layer and head of which model."""
    with st.container(horizontal=True, vertical_alignment="center", key="multi_head_controls"):
        part_control(shown)
        model_control(shown)
        with st.container(horizontal=True, width="content", key="multi_head_place"):
            _word_control(opened, shown)
            layer_control(shown)
            head_control(shown)


def _word_control(opened: Lesson, shown: Screen) -> None:
    queries, _ = row_labels(shown.trace, shown.choices.part)
    show("query", shown.query)
    st.selectbox(
        opened.say("word_label"),
        range(len(queries)),
        key="query",
        format_func=lambda row: f"{row + 1}. {queries[row]}",
        label_visibility="collapsed",
        width=220,
        on_change=heard("query", range(len(queries)), lambda row: choose_here(shown, query=row)),
    )


def choose_here(shown: Screen, **change: int) -> None:
    """Choose another word or head; what the link left open stays as it is seen."""
    now = {"layer": shown.layer, "head": shown.head, "query": shown.query, "key": shown.key}
    choose(**{name: value + 1 for name, value in (now | change).items()})


def weights_block(opened: Lesson, shown: Screen, *, lit: bool, only: int | None = None) -> Block:
    """Return each head's row of weights for the chosen word, or the row of head ``only`` alone."""
    row = shown.query
    _, keys = labels(shown)
    found = computed(shown).weights[:, row]
    chosen = found if only is None else found[only : only + 1]
    name, first = ("weights", 0) if only is None else ("one_row", only)
    title = opened.say("item_weights" if only is None else "item_one_row")
    return Block(name, chosen, "a_i", title, keys, ~shown.attention.mask[row], first, lit)


def measured(found: Likeness) -> dict[str, str]:
    """Return how far a changed vector is from the right one, as places of the texts."""
    return {"cosine": written(found.cosine), "error": f"{100 * found.error:.0f}"}
