"""A matrix of numbers around zero as colours: blue below, rust above."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from attnviz.figures.look import LIGHT, Look
from attnviz.trace.records import Array

_NAMED = 13  # numbers along an axis, at most


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
    n_rows, n_columns = values.shape
    plain = {"showgrid": False, "zeroline": False}
    figure.update_xaxes(title=names[1], side="top", tickvals=_whole(n_columns), **plain)
    figure.update_yaxes(title=names[0], autorange="reversed", tickvals=_whole(n_rows), **plain)
    frame = {"type": "rect", "line": {"color": look.ink, "width": 2}}
    if row is not None:
        figure.add_shape(x0=-0.5, x1=n_columns - 0.5, y0=row - 0.5, y1=row + 0.5, **frame)
    if column is not None:
        figure.add_shape(x0=column - 0.5, x1=column + 0.5, y0=-0.5, y1=n_rows - 0.5, **frame)
    return look.dress(figure, height=height)


def _whole(count: int) -> list[int]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, count) if count <= _NAMED * step or step == count)
    return list(range(0, count, step))
