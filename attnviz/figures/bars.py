"""Bars beside each other: one row of weights, one vector, a few totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from attnviz.figures.look import LIGHT, Look


def bars(
    labels: Sequence[str],
    series: Mapping[str, ArrayLike],
    look: Look = LIGHT,
    *,
    y_title: str,
    x_title: str = "",
    limits: tuple[float, float] | None = None,
    colours: Sequence[str | Sequence[str]] = (),
    digits: int = 2,
    numbers: Literal["fitting", "all", "none"] = "fitting",
    height: int = 320,
) -> go.Figure:
    """Draw one group of bars for each of ``labels``, in it one bar for each of ``series`` (name -> values).

    Labels are shown literally and never merged: ticks are whole numbers with escaped names. ``colours`` has one for
    each of ``series``, or one for each of its bars. ``numbers``: those at the bars are made smaller or left out where
    they don't fit, all are there and upright, or none are, for a table or the hover to tell.
    """
    ticks = list(range(len(labels)))
    names = [escape(label) for label in labels]
    shown = numbers != "none" and len(labels) * len(series) <= 24  # while there is room
    whole: dict[str, Any] = {"constraintext": "none", "textangle": 0} if numbers == "all" else {}
    drawn = [
        go.Bar(
            x=ticks,
            y=values,
            name=escape(name),
            marker={"color": colours[index] if colours else look.series[index % len(look.series)]},
            text=names,
            textposition="outside" if shown else "none",
            cliponaxis=not shown,
            hovertemplate=f"%{{text}}: <b>%{{y:.{digits + 2}f}}</b>",
            customdata=[_signed(value, digits) for value in np.asarray(values, dtype=float)],
            texttemplate="%{customdata}",
            **whole,
        )
        for index, (name, values) in enumerate(series.items())
    ]
    across = {"tickmode": "array", "tickvals": ticks, "ticktext": names, "showgrid": False, "zeroline": False}
    layout = {
        "xaxis": {"title": {"text": escape(x_title)}, **across},
        "yaxis": {"title": {"text": escape(y_title)}, "range": limits},
        "barmode": "group",
        "bargap": 0.25,
        "showlegend": len(series) > 1,
        "uniformtext": {"minsize": 14, "mode": "hide"},  # never unreadably small
    }
    return look.dress(go.Figure(drawn, layout), height=height)


def _signed(value: float, digits: int) -> str:
    """Write a number with the minus sign of the axis and of the text around, which Plotly's templates don't have."""
    return f"{value:.{digits}f}".replace("-", "−")
