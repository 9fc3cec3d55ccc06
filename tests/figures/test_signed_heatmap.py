"""The heatmap of numbers around zero."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from attnviz.figures.look import Look
from attnviz.figures.signed_heatmap import signed_heatmap

VALUES = np.array([[-2, 0, 1], [0.5, 1.5, -0.25]], dtype=np.float32)


def draw(look: Look | None = None, **options: Any) -> go.Figure:
    return signed_heatmap(VALUES, look or Look(), **{"row_title": "row", "column_title": "column", **options})


def test_it_draws_the_numbers_themselves_on_a_scale_around_zero() -> None:
    (drawn,) = draw().data
    np.testing.assert_array_equal(drawn.z, VALUES)
    assert (drawn.zmin, drawn.zmax) == (-2, 2)


def test_a_limit_holds_both_ends_of_the_scale() -> None:
    (drawn,) = draw(limit=3).data
    assert (drawn.zmin, drawn.zmax) == (-3, 3)


@pytest.mark.parametrize("dark", [False, True])
def test_the_scale_is_the_themes_signed_one(dark: bool) -> None:
    look = Look(dark=dark)
    assert [colour for _, colour in draw(look).data[0].colorscale] == look.signed


def test_the_chosen_row_and_column_are_framed() -> None:
    assert not draw().layout.shapes
    row, column = draw(row=1, column=0).layout.shapes
    assert (row.y0, row.y1, row.x0, row.x1) == (0.5, 1.5, -0.5, 2.5)
    assert (column.x0, column.x1, column.y0, column.y1) == (-0.5, 0.5, -0.5, 1.5)


def test_row_0_is_at_the_top_and_titles_are_literal() -> None:
    figure = draw(row_title="<b>r</b>", column_title="c & d")
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.yaxis.title.text == "&lt;b&gt;r&lt;/b&gt;"
    assert "c &amp; d" in figure.data[0].hovertemplate


@pytest.mark.parametrize("count", [1, 4, 13, 14, 50, 64, 512, 700, 10_000])
def test_ticks_are_whole_numbers_and_not_too_many(count: int) -> None:
    figure = signed_heatmap(np.zeros((count, 2), dtype=np.float32), row_title="r", column_title="c", limit=1)
    ticks = figure.layout.yaxis.tickvals
    assert ticks[0] == 0 and len(ticks) <= 20 and all(isinstance(tick, int) and tick < count for tick in ticks)
    assert list(figure.layout.xaxis.tickvals) == [0, 1]
