"""Vectors as bars, with the mean and the spread of their numbers."""

import numpy as np
import plotly.graph_objects as go

from attnviz.figures.look import Look
from attnviz.figures.profiles import Profile, profiles

X = np.array([1.0, -2.0, 0.5])
Y = np.array([0.1, 0.2, -0.3])


def draw(look: Look | None = None, chosen: int | None = 1) -> go.Figure:
    drawn = [Profile("x <b>", X, -0.2, 1.3, 2.0), Profile("y", Y, 0.0, 0.2, 2.0)]
    return profiles(drawn, look or Look(), x_title="number", chosen=chosen)


def test_each_panel_draws_the_numbers_themselves_counted_from_one() -> None:
    for bar, values in zip(draw().data, (X, Y), strict=True):
        np.testing.assert_array_equal(bar.y, values)
        np.testing.assert_array_equal(bar.x, [1, 2, 3])


def test_colours_tell_the_sign() -> None:
    look = Look()
    assert list(draw(look).data[0].marker.color) == [look.signed[-2], look.signed[1], look.signed[-2]]


def test_the_band_is_one_deviation_around_the_mean_and_the_line_is_the_mean() -> None:
    shapes = [shape for shape in draw().layout.shapes if shape.yref == "y"]
    band = next(shape for shape in shapes if shape.type == "rect")
    assert (band.y0, band.y1) == (-1.5, 1.1)
    assert any(shape.type == "line" and shape.y0 == shape.y1 == -0.2 for shape in shapes)


def test_the_chosen_number_has_a_line_in_every_panel() -> None:
    def upright(figure: go.Figure) -> int:
        return sum(shape.type == "line" and shape.x0 == shape.x1 == 2 for shape in figure.layout.shapes)

    assert upright(draw()) == 2
    assert upright(draw(chosen=None)) == 0


def test_panels_of_one_limit_have_one_scale() -> None:
    figure = draw()
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range == (-2.1, 2.1)


def test_titles_are_literal() -> None:
    assert draw().layout.annotations[0].text == "x &lt;b&gt;"
