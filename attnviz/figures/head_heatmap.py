"""One head's weights as a Plotly heatmap to zoom into and save."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from attnviz.trace.records import Array

_LIGHT = ["#F9FAFD", "#D1DEFE", "#ADC1FD", "#8EA1F5", "#7580E7", "#615DD1", "#503AB7", "#3F2389", "#2C0D5F"]
_DARK = ["#18191F", "#292752", "#3E3189", "#504FB5", "#5A71DC", "#579AEC", "#66C0F6", "#92E2F7", "#CDFFFE"]
_INK = {False: "#171923", True: "#F1F2F7"}
_MASK = {False: "#ECEEF3", True: "#232733"}
_FONT = "'Source Sans', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif"
_CELL = 24  # pixels; the picture grows with the sentence
_SPARSE = 60  # words along an axis from which not every one is named


def head_heatmap(
    weights: Array,
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    *,
    limit: float = 1.0,
    dark: bool = False,
    row_title: str = "query",
    column_title: str = "key",
    size: float = 15.0,
) -> go.Figure:
    """Draw ``weights`` (row, column) with colours from 0 to ``limit``; NaN cells are masked.

    Labels are shown literally: Plotly would read markup in them, merge equal words, and take
    "2009" for a number, so that ticks are whole numbers with escaped names.
    """
    rows, columns = [escape(label) for label in row_labels], [escape(label) for label in column_labels]
    names = [[f"{row} → {column}" for column in columns] for row in rows]
    figure = go.Figure(
        go.Heatmap(
            z=weights,
            text=names,
            hovertemplate="%{text} <b>%{z:.4f}</b><extra></extra>",
            hoverongaps=False,
            zmin=0,
            zmax=limit,
            colorscale=_DARK if dark else _LIGHT,
            xgap=1,
            ygap=1,
            colorbar={"thickness": 14, "len": 0.5, "y": 1, "yanchor": "top", "tickfont": {"color": _INK[dark]}},
        )
    )
    axis = {
        "automargin": True,
        "constrain": "domain",
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"size": size, "color": _INK[dark]},
    }
    figure.update_xaxes(**axis, **_ticks(columns), side="top", tickangle=-90, title=escape(column_title))
    figure.update_yaxes(**axis, **_ticks(rows), autorange="reversed", scaleanchor="x", title=escape(row_title))
    figure.update_layout(
        height=int(180 + _CELL * max(len(rows), 12) * size / 15),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        font={"size": size, "color": _INK[dark], "family": _FONT},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor=_MASK[dark] if np.isnan(weights).any() else "rgba(0,0,0,0)",
    )
    return figure


def _ticks(labels: Sequence[str]) -> dict[str, object]:
    at = range(0, len(labels), 1 + len(labels) // _SPARSE)
    return {"tickmode": "array", "tickvals": list(at), "ticktext": [labels[index] for index in at]}
