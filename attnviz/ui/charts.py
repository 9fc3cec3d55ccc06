"""Plotly figures on a page."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from attnviz.charts import Unmade
from attnviz.figures.look import Look
from attnviz.session.choices import Choices


def look(choices: Choices) -> Look:
    """Return how figures look to this reader: the chosen theme or the browser's, the type size."""
    # what the reader chose is known here before the browser follows it
    theme = choices.theme or st.context.theme.type
    return Look(dark=theme == "dark", size=15 * choices.type_scale)


def chart(figure: go.Figure, key: str, alt: str, file: str = "") -> None:
    """Show a figure; ``alt`` tells in words what it shows. ``file``: offer a picture of that name."""
    made = figure.made() if isinstance(figure, Unmade) else figure
    st.plotly_chart(
        made,
        key=key,
        theme=None,
        alt=alt,
        height=int(
            made.to_dict()["layout"]["height"]
        ),  # told outside the figure too: its place is kept while Plotly is on its way
        config={
            "displaylogo": False,
            "displayModeBar": bool(file),
            "scrollZoom": False,
            "toImageButtonOptions": {"filename": file},
        },
    )
