"""Curves over one axis: the figure of most lessons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from attnviz.figures.look import LIGHT, Look

Range: TypeAlias = tuple[float | None, float | None]


class Curve(NamedTuple):
    """One curve: its name and its points."""

    name: str
    x: ArrayLike
    y: ArrayLike
    colour: str = ""  # "": the next of the look's series
    dash: str = "solid"
    points: bool = False  # marks instead of a line
    told: Sequence[str] = ()  # what the hover says of each point instead of y


class Mark(NamedTuple):
    """A labelled point on the curves: where the sliders stand, a peak, a crossing."""

    x: float
    y: float
    label: str
    side: str = "top center"  # where the label stands, in Plotly's words


def curves(
    drawn: Sequence[Curve],
    look: Look = LIGHT,
    *,
    x_title: str,
    y_title: str,
    x_log: bool = False,
    y_log: bool = False,
    x_ticks: Mapping[float, str] | None = None,
    x_range: Range | None = None,
    y_range: Range | None = None,
    marks: Sequence[Mark] = (),
    height: int = 380,
) -> go.Figure:
    """Draw ``drawn`` over one pair of axes; names and labels are shown literally.

    ``x_ticks`` names places on the x axis. A range's end that is None follows the curves; on a logarithmic axis it
    is a power of ten, as Plotly has it.
    """
    figure = go.Figure()
    for index, curve in enumerate(drawn):
        colour = curve.colour or look.series[index % len(look.series)]
        style: dict[str, Any] = (
            {"mode": "markers", "marker": {"color": colour, "size": 9}}
            if curve.points
            else {"mode": "lines", "line": {"color": colour, "width": 3, "dash": curve.dash}}
        )
        if curve.told:
            style["customdata"] = list(map(escape, curve.told))
        height_said = "%{customdata}" if curve.told else "%{y:,.4~g}"
        figure.add_scatter(
            x=curve.x, y=curve.y, name=escape(curve.name), hovertemplate=f"%{{x:,.6~g}}: <b>{height_said}</b>", **style
        )
    if marks:
        figure.add_scatter(
            x=[mark.x for mark in marks],
            y=[mark.y for mark in marks],
            mode="markers+text",
            text=[escape(mark.label) for mark in marks],
            textposition=[mark.side for mark in marks],
            textfont={"size": look.size, "color": look.ink},
            marker={"size": 13, "color": look.ground, "line": {"color": look.ink, "width": 3}},
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )
    across = _log([curve.x for curve in drawn]) if x_log else {"type": "linear"}
    up = _log([curve.y for curve in drawn]) if y_log else {"type": "linear"}
    if x_ticks is not None:
        across |= {"tickmode": "array", "tickvals": list(x_ticks), "ticktext": list(map(escape, x_ticks.values()))}
    figure.update_xaxes(title=escape(x_title), range=x_range, **across)
    figure.update_yaxes(title=escape(y_title), range=y_range, **up)
    figure.update_layout(showlegend=len(drawn) > 1)
    return look.dress(figure, height=height)


def _log(values: Sequence[ArrayLike]) -> dict[str, Any]:
    """Return a logarithmic axis with at most nine whole powers of ten on it, or 1, 2, 5 where they would be too few.

    Left to itself Plotly writes digits between the powers, in type too small to read.
    """
    numbers = np.concatenate([np.ravel(np.asarray(some, dtype=np.float64)) for some in values])
    numbers = numbers[np.isfinite(numbers) & (numbers > 0)]
    if not numbers.size:
        return {"type": "log", "dtick": 1, "exponentformat": "power"}
    low, high = np.log10([numbers.min(), numbers.max()])
    if high - low >= 1.5:
        return {"type": "log", "dtick": max(1, int(np.ceil((high - low) / 8))), "exponentformat": "power"}
    decades = np.arange(np.floor(low), np.ceil(high) + 1)
    return {"type": "log", "tickvals": [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]}
