"""A matrix of numbers around zero as colours: blue below, rust above."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from attnviz.figures.look import LIGHT, Look
from attnviz.trace.records import Array


def signed_heatmap(
    values: Array,
    look: Look = LIGHT,
    *,
    row_title: str,
    column_title: str,
    limit: float | None = None,
    row: int | None = None,
    column: int | None = None,
    height: int = 420,
) -> go.Figure:
    """Draw ``values`` (row, column), both counted from 0, with colours from -``limit`` to ``limit``.

    ``limit`` None: the largest absolute value. ``row`` and ``column`` get a frame. Titles are shown literally.
    """
    last = float(np.abs(values).max(initial=0)) if limit is None else limit
    names = escape(row_title), escape(column_title)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            zmin=-last,
            zmax=last,
            colorscale=look.signed,
            hovertemplate=f"{names[0]} %{{y}}, {names[1]} %{{x}}: <b>%{{z:.4f}}</b><extra></extra>",
            colorbar={"thickness": 14, "len": 0.7, "tickfont": {"color": look.ink}, "tickvals": [-last, 0, last]},
        )
    )
    plain = {"showgrid": False, "zeroline": False, "tickformat": "d"}
    figure.update_xaxes(title=names[1], side="top", **plain)
    figure.update_yaxes(title=names[0], autorange="reversed", **plain)
    n_rows, n_columns = values.shape
    frame = {"type": "rect", "line": {"color": look.ink, "width": 2}}
    if row is not None:
        figure.add_shape(x0=-0.5, x1=n_columns - 0.5, y0=row - 0.5, y1=row + 0.5, **frame)
    if column is not None:
        figure.add_shape(x0=column - 0.5, x1=column + 0.5, y0=-0.5, y1=n_rows - 0.5, **frame)
    return look.dress(figure, height=height)
