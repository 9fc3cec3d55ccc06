"""Why scale, last section: the division left out in the trained model, on the typed sentence."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import bars, head_heatmap
from attnviz.components.table import table
from attnviz.concepts.scaling import Rows, row_numbers
from attnviz.concepts.wrong_ways import Comparison, compare
from attnviz.figures.look import LIGHT, Look
from attnviz.lessons.scaling.shared import row_places
from attnviz.session.callbacks import heard, show
from attnviz.session.catalog import Texts
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.place import Place, place_of
from attnviz.session.screen import Screen
from attnviz.trace.records import Attention
from attnviz.trace.steps import row_labels
from attnviz.ui.charts import chart, look
from attnviz.ui.controls import head_control, layer_control, model_control, part_control
from attnviz.ui.lesson import Lesson, Option

_MAP_LIMIT = 48  # tokens up to which both maps stand side by side
_CELL = 19  # pixels: two maps beside each other
_BAR_LIMIT = 16  # keys of a row that are drawn as bars


class _Found(NamedTuple):
    compared: Comparison
    right: Rows
    wrong: Rows


def model_controls(screen: Screen) -> None:
    """Draw the row that says which head of which model is looked at."""
    with st.container(horizontal=True, vertical_alignment="center", key="scaling_head"):
        part_control(screen)
        model_control(screen)
        layer_control(screen)
        head_control(screen)


def in_the_model(opened: Lesson, screen: Screen) -> Comparison:
    """Show one head of the typed sentence with and without the division: maps, one row, all rows."""
    found = _found(place_of(screen), screen.attention)
    st.markdown(opened.say("model_said", **_model_places(screen, found)))
    rows, keys = _labels(screen)
    if max(len(rows), len(keys)) <= _MAP_LIMIT:
        _maps(opened, screen)
    _row_of_the_sentence(opened, screen, found)
    with st.expander(opened.say("all_rows")):
        _all_rows(opened, screen, found)
    st.caption(opened.say("absorbed"))
    return found.compared


def order_question(opened: Lesson, found: Comparison) -> None:
    """Ask how many rows have another strongest key when the division is left out."""
    moved = int((found.right.weights.argmax(axis=1) != found.wrong.weights.argmax(axis=1)).sum())
    n = len(found.right.weights)
    answer = "none" if moved == 0 else "few" if moved <= n / 2 else "most"
    options = [
        Option(name, opened.say(f"order_{name}"), opened.say(f"order_why_{name}", n=n, moved=moved))
        for name in ("none", "few", "most")
    ]
    opened.predict("order", options, answer, n=n)


def _labels(screen: Screen) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return row_labels(screen.trace, screen.choices.part)[0], screen.trace.key_labels(screen.choices.part)


@kept
def _found(place: Place, _call: Attention) -> _Found:
    compared = compare(_call, place.head, "no_scaling")
    right, wrong = (row_numbers(way.weights, way.mask) for way in (compared.right, compared.wrong))
    return _Found(compared, right, wrong)


def _maps(opened: Lesson, screen: Screen) -> None:
    """Draw both maps beside each other; a phone gets them without words, one under the other."""
    drawn, place = look(screen.choices), place_of(screen)
    for key, named in (("maps", True), ("shapes", False)):
        with st.container(key=f"scaling_{key}"):
            for column, name in zip(st.columns(2), ("scaled", "unscaled"), strict=True):
                with column:
                    st.markdown(opened.say(f"map_{name}"))
                    figure = _map(place, drawn, name, named, screen.attention, _labels(screen))
                    chart(figure, f"scaling_{key[:-1]}_{name}", opened.say(f"map_alt_{name}"))


@kept
def _map(
    place: Place,
    drawn: Look,
    name: str,
    named: bool,
    _call: Attention,
    _labels: tuple[tuple[str, ...], tuple[str, ...]],
) -> Figure:
    compared = _found(place, _call).compared
    way = compared.right if name == "scaled" else compared.wrong
    figure = head_heatmap(
        np.where(way.mask, way.weights, np.float32("nan")), *_labels, drawn, row_title="", column_title=""
    )
    figure.update_traces(showscale=False)
    if named:
        figure.update_layout(height=(130 + _CELL * max(len(_labels[0]), _BAR_LIMIT)) * drawn.size / LIGHT.size)
    else:
        # a phone is about 320 pixels wide inside the frame: no names that small, they are read by touching a cell
        figure.update_xaxes(showticklabels=False, ticks="")
        figure.update_yaxes(showticklabels=False, ticks="")
        figure.update_layout(height=16 + 320 * min(1.0, len(_labels[0]) / len(_labels[1])))
    return figure


def _row_of_the_sentence(opened: Lesson, screen: Screen, found: _Found) -> None:
    rows, keys = _labels(screen)
    show("scaling_query", screen.query)
    st.selectbox(
        opened.say("which_row"),
        range(len(rows)),
        key="scaling_query",
        format_func=lambda index: f"{index + 1}. {rows[index]}",
        on_change=heard(
            "scaling_query",
            range(len(rows)),
            lambda row: choose(layer=screen.layer + 1, head=screen.head + 1, query=row + 1),
        ),
    )
    figure = _row(place_of(screen), look(screen.choices), opened.choices.lang, screen.query, screen.attention, keys)
    chart(figure, "scaling_sentence_row", opened.say("sentence_row_alt"))
    places = {
        "word": literal(rows[screen.query]),
        "shown": min(len(keys), _BAR_LIMIT),
        "n": len(keys),
        **row_places(found.right, found.wrong, screen.query),
    }
    st.markdown(opened.say("sentence_row", **places))


@kept
def _row(place: Place, drawn: Look, lang: str, query: int, _call: Attention, _keys: tuple[str, ...]) -> Figure:
    texts = Texts(lang)
    found = _found(place, _call)
    right, wrong = found.right.weights[query], found.wrong.weights[query]
    heaviest = np.sort(np.argsort(-np.maximum(right, wrong), kind="stable")[:_BAR_LIMIT])
    return bars(
        [_keys[index] for index in heaviest],
        {texts("scaling.scaled"): right[heaviest], texts("scaling.unscaled"): wrong[heaviest]},
        drawn,
        y_title=texts("scaling.weight"),
        limits=(0, 1),
        colours=(drawn.accent, drawn.wrong),
        height=360,
    )


def _all_rows(opened: Lesson, screen: Screen, found: _Found) -> None:
    columns = [
        (opened.say(f"{name}_{way}"), getattr(rows, name))
        for name in ("largest", "entropy", "gradient")
        for way, rows in (("scaled", found.right), ("unscaled", found.wrong))
    ]
    table(
        "scaling_rows",
        opened.texts,
        np.stack([values for _, values in columns], axis=1),
        caption=opened.say("all_rows"),
        corner=opened.say("query"),
        rows=_labels(screen)[0],
        columns=[title for title, _ in columns],
        roles=("query", ""),
        chosen=(screen.query, None),
        on_row=lambda row: choose(layer=screen.layer + 1, head=screen.head + 1, query=row + 1),
    )


def _model_places(screen: Screen, found: _Found) -> dict[str, object]:
    d_k = screen.attention.query.shape[-1]
    scaled, plain = (way.scores[way.mask].std() for way in (found.compared.right, found.compared.wrong))
    return {
        "layer": screen.layer + 1,
        "head": screen.head + 1,
        "d_k": d_k,
        "root": f"{math.sqrt(d_k):.2f}",
        "sd": f"{plain:.2f}",
        "scaled_sd": f"{scaled:.2f}",
        "largest": f"{found.right.largest.mean():.2f}",
        "largest_plain": f"{found.wrong.largest.mean():.2f}",
        "n": len(found.right.largest),
    }
