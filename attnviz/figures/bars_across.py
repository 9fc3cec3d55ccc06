"""What several measures say of the same names: a line for each name, beside each other a panel for each measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from attnviz.figures.look import LIGHT, Look

_HEAD, _ROW = 110, 27  # pixels at normal type


def bars_across(
    labels: Sequence[str], series: Mapping[str, ArrayLike], look: Look = LIGHT, *, y_title: str, digits: int = 3
) -> go.Figure:
    """Draw lying bars, to the left of a panel's zero where a number is negative.

    ``series``: name of a measure -> one number for each of ``labels``. All panels share one scale. Names are shown
    literally and never merged: ticks are whole numbers.
    """
    numbers = [np.asarray(values, dtype=np.float64) for values in series.values()]
    everything = np.concatenate([*numbers, np.zeros(1)])
    low, high = float(everything.min()), float(everything.max()) or 1.0
    room = 0.03 * (high - low)
    figure = make_subplots(rows=1, cols=max(len(series), 1), shared_yaxes=True, horizontal_spacing=0.012)
    ticks, names = list(range(len(labels))), [escape(label) for label in labels]
    for column, values in enumerate(numbers, start=1):
        figure.add_bar(
            x=values,
            y=ticks,
            orientation="h",
            marker={"color": np.where(values < 0, look.signed[1], look.accent), "line_width": 0},
            text=names,
            textposition="none",
            hovertemplate=f"%{{text}}: <b>%{{x:.{digits}f}}</b><extra></extra>",
            row=1,
            col=column,
        )
    figure.update_xaxes(range=(low - room, high + room), nticks=3, showticklabels=False, zeroline=True)
    figure.update_xaxes(zerolinecolor=look.ink, zerolinewidth=1)
    figure.update_yaxes(range=(len(labels) - 0.4, -0.6), showgrid=True, zeroline=False)
    figure.update_yaxes(tickmode="array", tickvals=ticks, ticktext=names)
    figure.update_yaxes(title=escape(y_title), row=1, col=1)
    for column, name in enumerate(series, start=1):
        number = column if column > 1 else ""
        figure.add_annotation(
            x=low, y=1, xref=f"x{number}", yref="paper", xanchor="left", yanchor="bottom", text=escape(name),
            showarrow=False, textangle=-40, font={"color": look.ink},
        )  # fmt: skip
    figure.update_layout(showlegend=False, bargap=0.25, margin={"t": 70})
    return look.dress(figure, height=_HEAD + _ROW * len(labels))
