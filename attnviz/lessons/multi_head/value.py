"""Many heads: what one head's values pass through, value-down times value-up, and how little of it is left."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from plotly.graph_objects import Figure
from streamlit.delta_generator import DeltaGenerator

from attnviz.charts import curves
from attnviz.components.many_heads import Picture, many_heads
from attnviz.concepts.heads import ValueMatrix, value_matrix
from attnviz.concepts.parameters import PRESETS
from attnviz.figures.curves import Curve
from attnviz.figures.look import Look
from attnviz.lessons.multi_head.shared import places, sizes
from attnviz.session.kept import kept
from attnviz.session.numerals import tiny
from attnviz.session.screen import Screen
from attnviz.trace.records import Projections
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Lesson, Option


def value_of_head(opened: Lesson, shown: Screen) -> None:
    """Draw the chosen head's value-down, value-up and their product, with its singular values."""
    choices, head, said = shown.choices, shown.head, places(shown)
    found = _value_matrix(choices.model, choices.part, shown.layer, head, shown.attention.projections)
    d_model, d_k = found.down.shape
    many_heads(
        "multi_head_value",
        opened.texts,
        [
            [
                Picture("down", found.down, "W^V", opened.say("item_down"), "top", [head], lit=True),
                "×",
                Picture("up", found.up, "W^O", opened.say("item_up"), "left", [head], lit=True),
                "=",
                Picture("product", found.product, "", opened.say("item_value_matrix"), lit=True),
            ]
        ],
        label=opened.say("value_label", head=head + 1),
        query="",
        head=head,
    )
    st.markdown(
        opened.say(
            "value_counts",
            one=f"{d_model * d_k:,}",
            both=f"{2 * d_model * d_k:,}",
            square=f"{d_model * d_model:,}",
            **said,
        )
    )
    gpt3 = PRESETS["gpt3"].sizes
    st.markdown(
        opened.say(
            "value_gpt3",
            square=f"{gpt3.d_model**2:,}",
            both=f"{2 * gpt3.one_matrix:,}",
            d_model=f"{gpt3.d_model:,}",
            d_k=gpt3.d_k,
        )
    )
    with st.container(key="multi_head_pair_rank"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(opened.texts.lesson("multi_head_value"))
        ask_rank(opened, shown, found, lambda: _rank_in(right, opened, shown, found))


def _rank_in(box: DeltaGenerator, opened: Lesson, shown: Screen, found: ValueMatrix) -> None:
    with box:
        _rank(opened, shown, found)


def _rank(opened: Lesson, shown: Screen, found: ValueMatrix) -> None:
    """Draw the singular values: as many as the head is wide, then zeros."""
    n_values = len(found.singular_values)
    full = found.rank == n_values
    st.subheader(opened.say("rank_title_full" if full else "rank_title"), anchor=False)
    st.markdown(
        opened.say(
            "rank_text_full" if full else "rank_text",
            rank=found.rank,
            zeros=n_values - found.rank,
            first=f"{found.singular_values[0]:.2f}",
            last=f"{found.singular_values[found.rank - 1]:{'.2g' if full else '.2f'}}",
            zero=tiny(found.largest_zero),
        )
    )
    seen = look(shown.choices)
    colour = seen.heads[shown.head % len(seen.heads)]
    titles = (opened.say("rank_curve"), opened.say("rank_x"), opened.say("rank_y"))
    figure = _rank_curve(tuple(found.singular_values.tolist()), colour, titles, seen)
    chart(figure, "multi_head_rank", opened.say("rank_alt", rank=found.rank))


@kept
def _rank_curve(values: tuple[float, ...], colour: str, titles: tuple[str, str, str], seen: Look) -> Figure:
    line = Curve(titles[0], list(range(1, len(values) + 1)), values, colour, points=True)
    return curves([line], seen, x_title=titles[1], y_title=titles[2], height=300)


def ask_rank(opened: Lesson, shown: Screen, found: ValueMatrix, hides: Callable[[], None]) -> None:
    """Ask how many singular values of the product are not 0."""
    size = sizes(shown)
    offered = sorted({size["heads"], size["d_k"], size["d_model"], found.rank})
    reasons = {size["heads"]: "rank_heads", size["d_model"]: "rank_full", size["d_k"]: "rank_d_k"}
    if size["d_k"] == size["d_model"]:  # a single head is as wide as the vector
        reasons |= {size["d_model"]: "rank_one_head"}
    said = {**size, "rank": found.rank}
    options = [Option(str(n), f"{n}", opened.say(reasons.get(n, "rank_d_k"), **said)) for n in offered]
    opened.predict("rank", options, str(found.rank), hides, **places(shown))


@kept
def _value_matrix(model: str, part: str, layer: int, head: int, _projections: Projections) -> ValueMatrix:
    return value_matrix(_projections, head)
