"""What only the All heads page has: its switches, and the views below the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

from attnviz.charts import head_heatmap
from attnviz.components.heads import layers_shown
from attnviz.components.table import table
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.session.seen import seen_of, weights_of
from attnviz.session.settings import flag, one_of
from attnviz.trace.head_columns import COLUMNS, head_columns
from attnviz.trace.links import largest_somewhere
from attnviz.trace.records import Array, Part, Trace
from attnviz.trace.seen import Seen, mask_of
from attnviz.trace.tokens import visible_line
from attnviz.ui.charts import chart, look
from attnviz.ui.controls import layer_control, model_control, part_control
from attnviz.ui.inputs import segments, switch

UNIT = one_of("unit", "words", "tokens")
HIDE_SPECIAL = flag("hide_special", default=True)
PER_HEAD = flag("per_head")
TRANSPOSED = flag("transposed")
SETTINGS = (UNIT, HIDE_SPECIAL, PER_HEAD, TRANSPOSED)


class Switches(NamedTuple):
    """The choices of this page alone."""

    by_word: bool
    special: bool
    per_head: bool
    transposed: bool


def switches(screen: Screen) -> Switches:
    """Draw the row of controls and return what it says."""
    texts = screen.texts
    with st.container(horizontal=True, vertical_alignment="center", key="heads_controls"):
        part_control(screen)
        model_control(screen)
        unit = segments(UNIT, texts("heads.by_word"), ("words", "tokens"), lambda name: texts(f"heads.{name}"))
        with st.popover(texts("heads.options"), key="heads_options", width="content"):
            hidden = switch(HIDE_SPECIAL, texts("heads.hide_special"), disabled=unit == "words")
            per_head = switch(PER_HEAD, texts("heads.per_head"))
            transposed = switch(TRANSPOSED, texts("heads.transposed"))
    return Switches(unit == "words", not hidden, per_head, transposed)


def seen_by(screen: Screen, switched: Switches) -> tuple[Seen, Seen]:
    """Return what is seen of the model and, cell by cell the same, of the untrained one."""
    shown, control = (
        seen_of(trace, screen.choices.part, by_word=switched.by_word, special=switched.special)
        for trace in (screen.trace, screen.control)
    )
    if switched.by_word and not shown.by_word:
        st.info(screen.texts("heads.nothing_written"), icon=":material/info:")
    return shown, control


def notice_layers(screen: Screen, shown: Seen) -> None:
    """Say which layers the picture shows where one message can't hold all, and let the reader choose another one."""
    first, last = layers_shown(shown, screen.layer)
    n_layers, n_heads = shown.weights.shape[:2]
    if last - first < n_layers:
        with st.container(horizontal=True, vertical_alignment="center", key="heads_layers"):
            layer_control(screen)
            places = {"first": first + 1, "last": last, "layers": n_layers, "heads": n_layers * n_heads}
            st.caption(screen.texts("heads.layers_shown", **places))


def head_table(screen: Screen, shown: Seen, control: Seen) -> None:
    """Show what each head does on this sentence, and how little a link in some head proves; pressing one chooses it."""
    texts, calls = screen.texts, screen.trace.attention(screen.choices.part)
    found = _columns(screen.trace, screen.choices.part)
    heads = list(np.ndindex(len(calls), calls[0].n_heads))
    table(
        "head_table",
        texts,
        np.stack([values.ravel() for values in found.values()], axis=1).astype(np.float32),
        caption=texts("heads.table_caption"),
        corner=texts("heads.column_head"),
        rows=[texts("heads.head_of_layer", layer=layer + 1, head=head + 1) for layer, head in heads],
        columns=[texts(f"heads.column_{name}") for name in COLUMNS if name in found],
        digits=2,
        chosen=(screen.layer * calls[0].n_heads + screen.head, None),
        on_row=lambda index: choose(layer=heads[index][0] + 1, head=heads[index][1] + 1),
    )
    st.caption(texts("heads.table_key"))
    layer, head = heads[int(np.maximum(found["first"], found["last"]).argmax())]
    ends = {name: f"{found[name][layer, head]:.2f}" for name in ("first", "last")}
    st.markdown(texts("heads.sink", layer=layer + 1, head=head + 1, **ends))
    st.markdown(texts("heads.no_meaning"))
    _some_head(screen, shown, control)


@kept
def _columns(trace: Trace, part: Part) -> dict[str, Array]:
    mask = np.any([mask_of(call) for call in trace.attention(part)], axis=0)
    return head_columns(weights_of(trace, part), mask, positional=part != "cross")


def _some_head(screen: Screen, shown: Seen, control: Seen) -> None:
    """Count the words of the chosen row that some head likes best, here and in the untrained model."""
    texts, row = screen.texts, shown.row_of(screen.query)
    counts = {name: largest_somewhere(one.weights, row) for name, one in (("here", shown), ("control", control))}
    words = int(shown.masks[screen.layer, row].sum())
    with st.container(key="heads_some_head"):
        st.markdown(texts("heads.some_head", query=literal(shown.row_labels[row]), words=words, **counts))


def numbers_table(screen: Screen, shown: Seen, *, transposed: bool) -> None:
    """Show the weights of the chosen head as a table, in the picture's orientation."""
    texts, row, column = screen.texts, shown.row_of(screen.query), shown.column_of(screen.key)
    weights = np.where(shown.masks[screen.layer], shown.weights[screen.layer, screen.head], np.float32("nan"))
    turn = -1 if transposed else 1
    rows, columns = (shown.row_labels, shown.column_labels)[::turn]
    caption = "heads.numbers_caption_cross" if shown.part == "cross" else "heads.numbers_caption"
    table(
        "numbers",
        texts,
        weights.T if transposed else weights,
        caption=texts(caption, layer=screen.layer + 1, head=screen.head + 1),
        corner=texts("heads.corner_transposed" if transposed else "heads.corner"),
        rows=rows,
        columns=columns,
        roles=("key", "query") if transposed else ("query", "key"),
        chosen=(column, row) if transposed else (row, column),
    )


def _notes(screen: Screen, shown: Seen) -> tuple[str, ...]:
    """Return what a picture shows, what it leaves out, and the sentence as it was typed."""
    texts, trace = screen.texts, screen.trace
    head = texts("heads.view_head", layer=screen.layer + 1, head=screen.head + 1)
    place = f"{texts(f'heads.view_{shown.part}')} · {named(texts, screen.choices.model, 'view')} · {head}"
    target = "" if shown.part == "encoder_self" else f" → “{visible_line(trace.target)}”"
    hidden = shown.hidden[screen.layer, screen.head]
    left_out = texts("heads.view_nothing_left_out")
    if shown.hidden_labels:
        tokens = ", ".join(shown.hidden_labels)
        left_out = texts("heads.view_not_shown_most", tokens=tokens, most=f"{hidden.max():.2f}")
    return place, left_out, f"{texts('heads.view_from')}: “{visible_line(trace.text)}”{target}"


def zoom(screen: Screen, shown: Seen, switched: Switches) -> None:
    """Show the chosen head as a chart to zoom into and save."""
    texts, weights = screen.texts, shown.weights[screen.layer, screen.head]
    limit = float(weights.max()) if switched.per_head else 1.0
    drawn = np.where(shown.masks[screen.layer], weights, np.float32("nan"))
    turn = -1 if switched.transposed else 1
    rows, columns = (shown.row_labels, shown.column_labels)[::turn]
    titles = (texts("heads.axis_query"), texts("heads.axis_key"))[::turn]
    place = {"layer": screen.layer + 1, "head": screen.head + 1}
    name = f"attnviz-{shown.part.replace('_', '-')}-layer{screen.layer + 1}-head{screen.head + 1}"
    figure = head_heatmap(
        drawn.T if switched.transposed else drawn,
        rows,
        columns,
        look(screen.choices),
        limit=limit or 1.0,
        row_title=titles[0],
        column_title=titles[1],
        notes=_notes(screen, shown),
    )
    chart(figure, "zoom", texts("heads.zoom_alt", **place), file=name)
    st.caption(texts("heads.zoom_note"))
