"""A weighted mean as a picture: vectors of two numbers as points, and where their mixture lies between them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from attnviz.figures.look import LIGHT, Look


def mixture(
    points: ArrayLike,
    weights: ArrayLike,
    result: ArrayLike,
    names: Sequence[str],
    look: Look = LIGHT,
    *,
    result_name: str,
    x_title: str,
    y_title: str,
    height: int = 360,
) -> go.Figure:
    """Draw ``points`` (point, 2), each tied to ``result`` (2) by a line as wide as its weight (point).

    A point of weight 0 is hollow and has no line. Points in one place share a label; names are shown literally.
    """
    at, share, end = np.asarray(points), np.asarray(weights), np.asarray(result)
    figure = go.Figure()
    for (x, y), weight in zip(at, share, strict=True):
        if weight > 0:
            line = {"color": look.accent, "width": 1 + 9 * float(weight)}
            figure.add_scatter(
                x=[x, end[0]], y=[y, end[1]], mode="lines", line=line, opacity=0.55, hoverinfo="skip", showlegend=False
            )
    labels: dict[tuple[float, ...], list[str]] = {}
    for place, name, weight in zip(map(tuple, at.tolist()), names, share, strict=True):
        labels[place] = [*labels.get(place, []), f"{escape(name)} {weight:.2f}"]
    shown = [share[(at == place).all(axis=1)].sum() for place in labels]
    figure.add_scatter(
        x=[place[0] for place in labels],
        y=[place[1] for place in labels],
        mode="markers+text",
        text=["<br>".join(lines) for lines in labels.values()],
        textposition=["top center" if place[1] >= end[1] else "bottom center" for place in labels],
        textfont={"size": look.size, "color": look.ink},
        showlegend=False,
        marker={
            "size": 14,
            "color": [look.ink if weight > 0 else look.ground for weight in shown],
            "line": {"color": look.ink, "width": 2},
        },
        hovertemplate="(%{x:.2f}, %{y:.2f})<extra></extra>",
        cliponaxis=False,
    )
    figure.add_scatter(
        x=[end[0]],
        y=[end[1]],
        mode="markers",
        name=escape(result_name),
        marker={"size": 18, "symbol": "diamond", "color": look.accent, "line": {"color": look.ground, "width": 2}},
        hovertemplate="(%{x:.2f}, %{y:.2f})<extra></extra>",
        cliponaxis=False,
    )
    everything = np.vstack([at, end, np.zeros(2)])
    low, high = everything.min(axis=0), everything.max(axis=0)
    room = 0.3 * max(float((high - low).max()), 1.0)
    for update, title, axis in ((figure.update_xaxes, x_title, 0), (figure.update_yaxes, y_title, 1)):
        limits = [float(low[axis]) - room, float(high[axis]) + room]
        update(title=escape(title), range=limits, zeroline=True, zerolinewidth=2)
    figure.update_layout(showlegend=True)
    return look.dress(figure, height=height)
