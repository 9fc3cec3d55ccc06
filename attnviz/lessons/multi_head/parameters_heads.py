"""One head or many on the Many heads page: the number of parameters stays the same."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from attnviz.concepts.parameters import HeadSizes, divisors
from attnviz.lessons.multi_head.parameters import SPLIT, WIDTH, WIDTHS, count_table
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Lesson, Option


def one_or_many(opened: Lesson) -> None:
    """Draw the count of multi-head attention against the number of heads: it does not change."""
    with st.container(key="multi_head_pair_one"):
        left, right = st.columns(2, gap="large")
    with left:
        width = slider(WIDTH, opened.say("width_label"), WIDTHS, lambda number: f"{number:,}")
        offered = [n_heads for n_heads in divisors(width) if n_heads <= 128]
    with right:
        chosen = HeadSizes(width, slider(SPLIT, opened.say("split_label"), offered))
    _ask_fewer(opened, chosen, lambda: _counted(opened, chosen, offered))


def _counted(opened: Lesson, chosen: HeadSizes, offered: list[int]) -> None:
    width, total = chosen.d_model, f"{chosen.total:,}".replace(",", "{,}")
    with st.container(key="multi_head_pair_count_heads"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        st.latex(
            rf"\begin{{aligned}}&h\,(3\,d_{{model}}\,d_k + d_k\,d_{{model}})\\"
            rf"&= {chosen.n_heads}\,(3\cdot{width}\cdot{chosen.d_k} + {chosen.d_k}\cdot{width})\\"
            rf"&= 4\cdot{width}^2 = {total}\end{{aligned}}"
        )
        st.markdown(opened.say("heads_count", heads=chosen.n_heads, d_k=chosen.d_k, total=f"{chosen.total:,}"))
    with right:
        names = ("heads", "d_k", "one_matrix", "per_head", "total")
        cells = [
            (n_heads, one.d_k, one.one_matrix, one.per_head, one.total)
            for n_heads, one in ((n_heads, HeadSizes(width, n_heads)) for n_heads in offered)
        ]
        picked = offered.index(chosen.n_heads)
        shown = sorted({*range(0, len(cells), max(1, len(cells) // 7)), picked, len(cells) - 1})
        count_table(
            opened.say("count_title"),
            [opened.say(f"column_{name}") for name in names],
            [[f"{number:,}" for number in cells[index]] for index in shown],
            bold=shown.index(picked),
        )


def _ask_fewer(opened: Lesson, chosen: HeadSizes, hides: Callable[[], None]) -> None:
    many = chosen if chosen.n_heads > 1 else HeadSizes(chosen.d_model, divisors(chosen.d_model)[1])
    one = HeadSizes(many.d_model, 1)
    offered = {"less": many.per_head, "same": many.total, "more": many.total * many.n_heads}
    answer = next(name for name, total in offered.items() if total == one.total)
    said = {"heads": many.n_heads, "d_k": many.d_k, "total": f"{one.total:,}", "d_model": f"{many.d_model:,}"}
    options = [
        Option(name, f"{total:,}", opened.say(f"fewer_{name}", each=f"{many.one_matrix:,}", **said))
        for name, total in offered.items()
    ]
    opened.predict("fewer", options, answer, hides, **said)
