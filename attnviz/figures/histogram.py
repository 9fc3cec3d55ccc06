"""How often each value occurs, for a few sets of numbers over one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from attnviz.figures.look import LIGHT, Look


def histogram(
    series: Mapping[str, ArrayLike],
    look: Look = LIGHT,
    *,
    x_title: str,
    y_title: str,
    colours: Sequence[str] = (),
    n_bins: int = 41,
    height: int = 380,
) -> go.Figure:
    """Draw the outline of a histogram for each of ``series`` (name -> numbers); names are shown literally.

    Each set has ``n_bins`` bins of its own, from its smallest to its largest number: two sets of the same
    shape are equally high, and the wider one is the one that spreads more.
    """
    figure = go.Figure()
    for index, (name, values) in enumerate(series.items()):
        counts, edges = np.histogram(np.asarray(values, dtype=np.float64).ravel(), bins=n_bins)
        colour = colours[index] if colours else look.series[index % len(look.series)]
        figure.add_scatter(
            x=edges,
            y=np.append(counts, 0),  # a step ends where the last bin does
            name=escape(name),
            mode="lines",
            line={"color": colour, "width": 2.5, "shape": "hv"},
            fill="tozeroy",
            fillcolor=f"rgba({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))}, 0.18)",
            hovertemplate="%{x:.3~g}: <b>%{y}</b>",
        )
    figure.update_xaxes(title=escape(x_title))
    figure.update_yaxes(title=escape(y_title), rangemode="tozero")
    figure.update_layout(showlegend=len(series) > 1)
    return look.dress(figure, height=height)
