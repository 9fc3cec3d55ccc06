"""Many heads: the same output as a sum over heads, and what becomes of it when the heads are joined wrongly."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import bars
from attnviz.components.many_heads import Item, Strip, many_heads
from attnviz.concepts.heads import WRONG_JOINS, Joined, Likeness, WrongJoin, joined, wrongly_joined
from attnviz.figures.look import Look
from attnviz.lessons.multi_head.shared import JOIN, NUMBER, computed, labels, measured, places, sizes
from attnviz.lessons.multi_head.sized import sized
from attnviz.session.kept import kept
from attnviz.session.numerals import tiny, written
from attnviz.session.place import Place, place_of
from attnviz.session.screen import Screen
from attnviz.trace.records import Attention
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson, Option

_FORMULA = (
    r"\begin{aligned} c\,W^O &= \begin{bmatrix} o_1 & \cdots & o_{%(heads)d} \end{bmatrix}"
    r"\begin{bmatrix} W^O_1 \\ \vdots \\ W^O_{%(heads)d} \end{bmatrix}"
    r"\\ &= o_1 W^O_1 + \dots + o_{%(heads)d} W^O_{%(heads)d} \end{aligned}"
)


@kept
def _joined(place: Place, query: int, _call: Attention) -> Joined:
    return joined(_call, query)


@kept
def _wrongly_joined(place: Place, query: int, name: WrongJoin, _call: Attention) -> Likeness:
    return wrongly_joined(_call, query, name)


def sum_of_heads(opened: Lesson, shown: Screen) -> None:
    """Draw the same output as a sum: each head's length, and one number with all that it is made of."""
    found = _joined(place_of(shown), shown.query, shown.attention)
    st.latex(_FORMULA % sizes(shown))
    ask_which_matters(opened, shown, found, lambda: _as_a_sum(opened, shown, found))


def _as_a_sum(opened: Lesson, shown: Screen, found: Joined) -> None:
    with st.container(key="multi_head_pair_sum"):
        left, right = st.columns(2, gap="large")
    with left:
        st.subheader(opened.say("norms_title"), anchor=False)
        st.markdown(
            opened.say(
                "norms_text", lengths=f"{found.norms.sum():.2f}", together=f"{found.together:.2f}", **sizes(shown)
            )
        )
        _head_bars(shown, found.norms.tolist(), opened.say("norm_axis"), "norms", opened.say("norms_alt"))
    with right:
        st.subheader(opened.say("one_number_title"), anchor=False)
        largest = int(np.abs(found.output).argmax())
        number = sized(NUMBER, opened.say("number_label"), largest + 1, 1, len(found.output)) - 1
        parts = [*found.contribution[:, number], found.bias[number]]
        st.markdown(
            opened.say(
                "one_number_text",
                number=number + 1,
                summed=written(found.summed[number], 5),
                product=written(found.output[number], 5),
            )
        )
        totals = [found.summed[number], found.output[number]]
        names = tuple(opened.say(name) for name in ("bar_bias", "bar_sum", "bar_product"))
        _head_bars(
            shown,
            [float(value) for value in (*parts, *totals)],
            opened.say("number_axis"),
            "one_number",
            opened.say("number_alt"),
            names,
        )
    st.markdown(opened.say("difference", value=tiny(found.largest_difference), **sizes(shown)))


def _head_bars(shown: Screen, values: list[float], axis: str, key: str, alt: str, others: tuple[str, ...] = ()) -> None:
    titles = (axis, shown.texts("controls.head"))
    chart(_bars(tuple(values), titles, look(shown.choices), shown.attention.n_heads, others), f"multi_head_{key}", alt)


@kept
def _bars(
    values: tuple[float, ...], titles: tuple[str, str], seen: Look, n_heads: int, others: tuple[str, ...]
) -> Figure:
    names = [*(str(head + 1) for head in range(n_heads)), *others]
    digits = 1 if max(map(abs, values)) >= 10 else 2  # wide numbers would meet on a phone
    colours = [*(seen.heads[head % len(seen.heads)] for head in range(n_heads)), *[seen.accent] * len(others)]
    return bars(
        names, {titles[0]: values}, seen, y_title=titles[0], x_title=titles[1], digits=digits, colours=[colours],
        numbers="all",
    )  # fmt: skip


def ask_which_matters(opened: Lesson, shown: Screen, found: Joined, hides: Callable[[], None]) -> None:
    """Ask which head the output misses most: the longest contribution, not the sharpest weights."""
    largest = computed(shown).weights[:, shown.query].max(axis=1)
    order = [int(found.norms.argmax()), int(largest.argmax()), int(found.norms.argmin()), *np.argsort(-found.norms)]
    offered = list(dict.fromkeys(int(head) for head in order))[:3]
    answer = max(offered, key=lambda head: float(found.norms[head]))
    options = [
        Option(
            str(head),
            opened.say("remove_option", head=head + 1, weight=f"{largest[head]:.2f}"),
            opened.say(
                "remove_right" if head == answer else "remove_wrong",
                head=head + 1,
                best=answer + 1,
                norm=f"{found.norms[head]:.2f}",
                most=f"{found.norms[answer]:.2f}",
            ),
        )
        for head in sorted(offered)
    ]
    opened.predict("remove", options, str(answer), hides, **places(shown))


def wrong_join(opened: Lesson, shown: Screen) -> None:
    """Let the reader join the heads in a wrong way, beside the right one."""
    name = segments(JOIN, opened.say("joins"), WRONG_JOINS, lambda way: opened.say(f"join_{way}"))
    found = _wrongly_joined(place_of(shown), shown.query, cast(WrongJoin, name), shown.attention)
    st.markdown(opened.say(f"join_{name}_text", **places(shown)))
    word, _ = labels(shown)
    limit = float(np.abs([found.right, found.other]).max())
    strips: list[list[Item]] = [
        [Strip("right", found.right, "", opened.say("join_right", word=word), limit=limit, lit=True)],
        [Strip("wrong", found.other, "", opened.say(f"join_{name}"), limit=limit, lit=True)],
    ]
    many_heads("multi_head_wrong", opened.texts, strips, label=opened.say("join_label"), query=word, head=shown.head)
    st.markdown(opened.say("join_measured", **measured(found)))
