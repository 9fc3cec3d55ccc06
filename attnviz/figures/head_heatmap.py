"""One head's weights as a Plotly heatmap to zoom into and save."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from attnviz.figures.look import LIGHT, Look
from attnviz.trace.records import Array

_CELL = 24  # pixels; the picture grows with the sentence
_NOTE, _NOTE_LINES = 90, 8  # characters in a line below the picture, and lines for each note
_SPARSE = 60  # words along an axis from which not every one is named


def head_heatmap(
    weights: Array,
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    look: Look = LIGHT,
    *,
    limit: float = 1.0,
    row_title: str = "query",
    column_title: str = "key",
    notes: Sequence[str] = (),
) -> go.Figure:
    """Draw ``weights`` (row, column) with colours from 0 to ``limit``; NaN cells are masked.

    Labels are shown literally: Plotly would read markup in them, merge equal words, and take
    "2009" for a number, so that ticks are whole numbers with escaped names. ``notes`` stand below the picture, and
    so in a saved one: what it shows, of which sentence.
    """
    rows, columns = [escape(label) for label in row_labels], [escape(label) for label in column_labels]
    names = [[f"{row} → {column}" for column in columns] for row in rows]
    lines = [line for note in notes for line in textwrap.wrap(note, _NOTE, max_lines=_NOTE_LINES, placeholder=" …")]
    room = int(1.5 * look.size * len(lines)) + 12 if lines else 0
    axis = {"constrain": "domain", "showgrid": False, "zeroline": False}
    places = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "yshift": -8}
    note = {"text": "<br>".join(map(escape, lines)), "align": "left", "showarrow": False, "font": {"color": look.ink}}
    # one layout, checked once: each update of a figure has Plotly check all of it again
    return go.Figure(
        go.Heatmap(
            z=weights,
            text=names,
            hovertemplate="%{text} <b>%{z:.4f}</b><extra></extra>",
            hoverongaps=False,
            zmin=0,
            zmax=limit,
            colorscale=look.weights,
            xgap=1,
            ygap=1,
            colorbar={"thickness": 14, "len": 0.5, "y": 1, "yanchor": "top", "tickfont": {"color": look.ink}},
        ),
        {
            "template": look.template,
            "height": look.height(180 + _CELL * max(len(rows), 12)) + room,
            "xaxis": {
                **axis, **_ticks(columns),
                "side": "top", "tickangle": -90, "title": {"text": escape(column_title)},
            },
            "yaxis": {
                **axis, **_ticks(rows),
                "autorange": "reversed", "scaleanchor": "x", "title": {"text": escape(row_title)},
            },
            "plot_bgcolor": look.mask if np.isnan(weights).any() else "rgba(0,0,0,0)",
            **({"margin": {"b": room}, "annotations": [places | note]} if lines else {}),
        },
    )  # fmt: skip


def _ticks(labels: Sequence[str]) -> dict[str, object]:
    at = range(0, len(labels), 1 + len(labels) // _SPARSE)
    return {"tickmode": "array", "tickvals": list(at), "ticktext": [labels[index] for index in at]}
