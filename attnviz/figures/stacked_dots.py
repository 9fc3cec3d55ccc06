"""Single numbers on one axis, a dot each, stacked where they are near each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from attnviz.figures.look import LIGHT, Look


def stacked_dots(
    values: Sequence[float],
    texts: Sequence[str],
    look: Look = LIGHT,
    *,
    x_title: str,
    x_range: tuple[float, float],
    marks: Mapping[str, float],
    width: float = 2.0,
    digits: int = 1,
    height: int = 300,
) -> go.Figure:
    """Draw a dot for each of ``values`` at its very place; those within one bin of ``width`` stand on each other.

    ``texts``: what the hover tells of each, shown literally. ``marks``: name -> where an upright line stands.
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    below: Counter[int] = Counter()
    levels = [0] * len(values)
    for place in order:
        stack = int((values[place] - x_range[0]) // width)
        levels[place] = below[stack]
        below[stack] += 1
    top = max(below.values(), default=1)
    figure = go.Figure(
        go.Scatter(
            x=list(values),
            y=levels,
            mode="markers",
            marker={"size": 15, "color": look.accent, "line": {"color": look.ground, "width": 1.5}},
            text=[escape(text) for text in texts],
            hovertemplate=f"%{{text}}: <b>%{{x:.{digits}f}}</b>",
            cliponaxis=False,
        )
    )
    for name, at in marks.items():
        figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": look.ink, "width": 2})
        figure.add_annotation(
            x=at, y=1, yref="paper", yanchor="top", xanchor="right", xshift=-6, text=escape(name), showarrow=False,
            font={"color": look.ink},
        )  # fmt: skip
    figure.update_xaxes(title=escape(x_title), range=list(x_range))
    figure.update_yaxes(visible=False, range=[-0.7, max(top, 4)], fixedrange=True)
    figure.update_layout(showlegend=False)
    return look.dress(figure, height=height)
