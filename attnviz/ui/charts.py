"""Plotly figures on a page."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from attnviz.figures.look import Look
from attnviz.session.choices import Choices


def look(choices: Choices) -> Look:
    """Return how figures look to this reader: the browser's theme, the chosen type size."""
    return Look(dark=st.context.theme.type == "dark", size=18.75 if choices.size == "large" else 15.0)


def chart(figure: go.Figure, key: str, alt: str, file: str = "") -> None:
    """Show a figure; ``alt`` tells in words what it shows. ``file``: offer a picture of that name."""
    st.plotly_chart(
        figure,
        key=key,
        theme=None,
        alt=alt,
        config={
            "displaylogo": False,
            "displayModeBar": bool(file),
            "scrollZoom": False,
            "toImageButtonOptions": {"filename": file},
        },
    )
