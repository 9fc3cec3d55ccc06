"""Whole vectors as bars, one below the other, each with the mean and the spread of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from attnviz.figures.look import LIGHT, Look


class Profile(NamedTuple):
    """One vector: what stands above it, its numbers, their mean and standard deviation."""

    title: str
    values: ArrayLike
    mean: float
    deviation: float
    limit: float  # the panel shows -limit to limit


def profiles(
    drawn: Sequence[Profile], look: Look = LIGHT, *, x_title: str, chosen: int | None = None, height: int = 150
) -> go.Figure:
    """Draw one panel for each vector, bars blue below 0 and rust above, a band of one deviation around the mean.

    ``chosen`` is the index of a number that gets a line through all panels; ``height`` is that of one panel.
    Titles are shown literally.
    """
    figure = make_subplots(
        rows=len(drawn),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.3 / max(len(drawn), 1),
        subplot_titles=[escape(profile.title) for profile in drawn],
    )
    n_numbers = 0
    for row, profile in enumerate(drawn, start=1):
        values = np.asarray(profile.values)
        n_numbers = max(n_numbers, len(values))
        figure.add_bar(
            x=np.arange(1, len(values) + 1),
            y=values,
            marker={"color": np.where(values < 0, look.signed[1], look.signed[-2]), "line_width": 0},
            hovertemplate="%{x}: <b>%{y:.4f}</b><extra></extra>",
            row=row,
            col=1,
        )
        figure.add_hrect(
            y0=profile.mean - profile.deviation,
            y1=profile.mean + profile.deviation,
            fillcolor=look.ink,
            opacity=0.1,
            line_width=0,
            row=row,
            col=1,
        )
        figure.add_hline(y=profile.mean, line={"color": look.ink, "width": 1.5, "dash": "dot"}, row=row, col=1)
        if chosen is not None:
            figure.add_vline(x=chosen + 1, line={"color": look.ink, "width": 1}, opacity=0.6, row=row, col=1)
        figure.update_yaxes(range=(-profile.limit * 1.05, profile.limit * 1.05), nticks=5, row=row, col=1)
    figure.update_xaxes(range=(0, n_numbers + 1), showgrid=False, tickvals=_ticks(n_numbers), showticklabels=False)
    figure.update_xaxes(title=escape(x_title), showticklabels=True, row=len(drawn), col=1)
    figure.update_annotations(x=0, xanchor="left", font={"size": look.size + 1, "color": look.ink})
    figure.update_layout(bargap=0.15, showlegend=False)
    look.dress(figure, height=height * len(drawn) + 50)
    figure.update_layout(margin_t=int(2 * look.size))
    return figure


def _ticks(count: int) -> list[int]:
    step = next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if count <= 6 * step), max(count, 1))
    return [1, *range(step, count + 1, step)] if step > 1 else list(range(1, count + 1))
