"""Whole vectors as bars, one below the other, each with the mean and the spread of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

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
    n_numbers = max((len(np.asarray(profile.values)) for profile in drawn), default=0)
    shapes: list[dict[str, Any]] = []  # set at once: Plotly checks all of them again for each one that is added
    for row, profile in enumerate(drawn, start=1):
        values = np.asarray(profile.values)
        figure.add_bar(
            x=np.arange(1, len(values) + 1),
            y=values,
            marker={"color": np.where(values < 0, look.signed[1], look.signed[-2]), "line_width": 0},
            hovertemplate="%{x}: <b>%{y:.4f}</b><extra></extra>",
            row=row,
            col=1,
        )
        shapes += _marks(profile, "" if row == 1 else str(row), chosen, look)
        figure.layout[f"yaxis{row if row > 1 else ''}"].update(
            range=(-profile.limit * 1.05, profile.limit * 1.05), nticks=5
        )
    figure.update_xaxes(range=(0, n_numbers + 1), showgrid=False, tickvals=_ticks(n_numbers), showticklabels=False)
    figure.update_xaxes(title=escape(x_title), showticklabels=True, row=len(drawn), col=1)
    figure.update_annotations(x=0, xanchor="left", font={"size": look.size + 1, "color": look.ink})
    look.dress(figure, height=height * len(drawn) + 50)
    figure.update_layout(bargap=0.15, showlegend=False, shapes=shapes, margin={"t": int(2 * look.size)})
    return figure


def _marks(profile: Profile, axis: str, chosen: int | None, look: Look) -> list[dict[str, Any]]:
    """Return a panel's band, the line of its mean, and the line through the chosen number."""
    across = {"xref": f"x{axis} domain", "yref": f"y{axis}", "x0": 0, "x1": 1}
    low, high = profile.mean - profile.deviation, profile.mean + profile.deviation
    band = {"type": "rect", "y0": low, "y1": high, "fillcolor": look.ink, "opacity": 0.1, "line": {"width": 0}}
    mean = {"type": "line", "y0": profile.mean, "y1": profile.mean}
    marks = [across | band, across | mean | {"line": {"color": look.ink, "width": 1.5, "dash": "dot"}}]
    if chosen is not None:
        upright = {"xref": f"x{axis}", "yref": f"y{axis} domain", "x0": chosen + 1, "x1": chosen + 1, "y0": 0, "y1": 1}
        marks.append({"type": "line", "opacity": 0.6, "line": {"color": look.ink, "width": 1}} | upright)
    return marks


def _ticks(count: int) -> list[int]:
    step = next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if count <= 6 * step), max(count, 1))
    return [1, *range(step, count + 1, step)] if step > 1 else list(range(1, count + 1))
