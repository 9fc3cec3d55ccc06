"""A grid of dots, one for each pair of words: the larger the number, the larger the dot."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from attnviz.figures.look import LIGHT, Look

_CELL = 30  # pixels
_DOT = 25  # pixels: the dot of a number as large as the limit


def dot_grid(
    values: NDArray[np.floating],
    query_labels: Sequence[str],
    key_labels: Sequence[str],
    look: Look = LIGHT,
    *,
    limit: float | None = None,
    queries_across: bool = False,
    chosen: int | None = None,
    query_title: str = "query",
    key_title: str = "key",
    names: tuple[str, str] = ("above 0", "below 0"),
    digits: int = 3,
) -> go.Figure:
    """Draw ``values`` (query, key) as dots whose area is the size of the number, its colour the sign.

    A number of size ``limit`` (None: the largest shown) fills its cell; numbers that are not finite have
    no dot. Queries are rows, or columns with ``queries_across``, as 3Blue1Brown draws them. ``chosen`` is
    the query to mark. Labels are shown literally.
    """
    finite = np.isfinite(values)
    largest = float(np.abs(values[finite]).max(initial=0.0)) if limit is None else limit
    queries, keys = [escape(label) for label in query_labels], [escape(label) for label in key_labels]
    figure = go.Figure()
    for name, colour, sign in ((names[0], look.signed[-2], 1), (names[1], look.signed[1], -1)):
        at_query, at_key = np.nonzero(finite & (np.sign(values) == sign))
        if not len(at_query):
            continue
        shown = values[at_query, at_key].astype(np.float64)
        figure.add_scatter(
            x=at_query if queries_across else at_key,
            y=at_key if queries_across else at_query,
            mode="markers",
            name=escape(name),
            customdata=shown,
            text=[f"{queries[query]} → {keys[key]}" for query, key in zip(at_query, at_key, strict=True)],
            hovertemplate=f"%{{text}} <b>%{{customdata:.{digits}f}}</b><extra></extra>",
            marker={
                "size": _DOT * look.size / 15 * np.sqrt(np.minimum(np.abs(shown) / largest, 1)),
                "sizemode": "diameter",
                "sizemin": 0,
                "color": colour,
                "opacity": 0.9,
                "line": {"width": 0},
            },
        )
    across, down = (queries, keys) if queries_across else (keys, queries)
    titles = (query_title, key_title) if queries_across else (key_title, query_title)
    if chosen is not None:
        edge = {"x0": chosen - 0.5, "x1": chosen + 0.5} if queries_across else {"y0": chosen - 0.5, "y1": chosen + 0.5}
        far = {"y0": -0.5, "y1": len(down) - 0.5} if queries_across else {"x0": -0.5, "x1": len(across) - 0.5}
        figure.add_shape(type="rect", layer="below", fillcolor=look.mask, line={"width": 0}, **edge, **far)
    grid = {"zeroline": False, "showgrid": True, "constrain": "domain", "fixedrange": True}
    figure.update_xaxes(**grid, **_ticks(across), range=[-0.6, len(across) - 0.4], side="top", tickangle=-90)
    figure.update_yaxes(**grid, **_ticks(down), range=[len(down) - 0.4, -0.6])
    for update, title in ((figure.update_xaxes, titles[0]), (figure.update_yaxes, titles[1])):
        update(title={"text": escape(title), "standoff": 14})
    look.dress(figure, height=170 + _CELL * max(len(down), 3))
    figure.update_layout(
        showlegend=len(figure.data) > 1,
        legend={"y": -0.02, "yanchor": "top", "itemclick": False, "itemsizing": "constant"},
    )
    return figure


def _ticks(labels: list[str]) -> dict[str, object]:
    return {"tickmode": "array", "tickvals": list(range(len(labels))), "ticktext": labels}
