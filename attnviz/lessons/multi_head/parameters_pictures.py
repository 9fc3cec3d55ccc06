"""Where the parameters of a model are, and how they grow, on the Many heads page."""

from __future__ import annotations

import streamlit as st
from plotly.graph_objects import Figure

from attnviz.charts import bars, curves
from attnviz.concepts.parameters import GROUPS, Count, Shape, count, growth
from attnviz.figures.curves import Curve, Mark
from attnviz.figures.look import Look
from attnviz.session.kept import kept
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Lesson


def shares_picture(opened: Lesson, found: Count, own: Count) -> None:
    """Draw which part of the model holds how much of its parameters."""
    st.subheader(opened.say("shares_title"), anchor=False)
    counts = {opened.say("shares_here"): found}
    if found.shape != own.shape:
        counts[opened.say("shape_ours")] = own
    shares = {name: tuple(100 * each.of(group) / each.total for group in GROUPS) for name, each in counts.items()}
    groups = tuple(opened.say(f"group_{group}") for group in GROUPS)
    figure = _share_bars(groups, shares, look(opened.choices), opened.say("shares_axis"))
    chart(figure, "multi_head_shares", opened.say("shares_alt"))


@kept
def _share_bars(groups: tuple[str, ...], shares: dict[str, tuple[float, ...]], seen: Look, axis: str) -> Figure:
    own = [seen.series[: len(groups)]] if len(shares) == 1 else []  # as the curves beside it
    return bars(groups, shares, seen, y_title=axis, digits=1, colours=own, numbers="all")


def growth_picture(opened: Lesson, shape: Shape) -> None:
    """Draw how each part grows with the width of the model."""
    st.subheader(opened.say("growth_title"), anchor=False)
    groups = tuple(opened.say(f"group_{group}") for group in GROUPS[:3])
    figure = _growth_curves(shape, groups, look(opened.choices), opened.say("growth_x"), opened.say("growth_y"))
    chart(figure, "multi_head_growth", opened.say("growth_alt"))
    st.markdown(opened.say("growth_text"))


@kept
def _growth_curves(shape: Shape, groups: tuple[str, ...], seen: Look, x_title: str, y_title: str) -> Figure:
    widths = [2**power for power in range(5, 15)]
    grown, now = growth(shape, widths), count(shape)
    drawn = [Curve(name, widths, grown[group]) for name, group in zip(groups, GROUPS[:3], strict=True)]
    marks = [Mark(shape.d_model, now.of(group), "") for group in GROUPS[:3] if now.of(group)]
    return curves(drawn, seen, x_title=x_title, y_title=y_title, x_log=True, y_log=True, marks=marks)
