"""Bars beside each other: one row of weights, one vector, a few totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

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
    colours: Sequence[str] = (),
    digits: int = 2,
    height: int = 320,
) -> go.Figure:
    """Draw one group of bars for each of ``labels``, in it one bar for each of ``series`` (name -> values).

    Labels are shown literally and never merged: ticks are whole numbers with escaped names.
    """
    figure = go.Figure()
    for index, (name, values) in enumerate(series.items()):
        figure.add_bar(
            x=list(range(len(labels))),
            y=values,
            name=escape(name),
            marker_color=colours[index] if colours else look.series[index % len(look.series)],
            text=[escape(label) for label in labels],
            textposition="none",
            hovertemplate=f"%{{text}}: <b>%{{y:.{digits + 2}f}}</b>",
            texttemplate=f"%{{y:.{digits}f}}",
        )
    figure.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(labels))),
        ticktext=[escape(label) for label in labels],
        title=escape(x_title),
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(title=escape(y_title), range=limits)
    figure.update_layout(barmode="group", bargap=0.25, showlegend=len(series) > 1)
    figure.update_layout(uniformtext={"minsize": 14, "mode": "hide"})  # never unreadably small
    if len(labels) * len(series) <= 24:
        figure.update_traces(textposition="outside", cliponaxis=False)
    return look.dress(figure, height=height)
