from typing import Any

import numpy as np
import pytest

from attnviz.figures.bars import bars
from attnviz.figures.curves import Curve, Mark, curves
from attnviz.figures.look import Look

X = np.array([1.0, 10.0, 100.0])


def test_curves_are_the_arrays_own() -> None:
    figure = curves([Curve("a", X, X**2), Curve("b", X, X)], Look(), x_title="n", y_title="cost", x_log=True)
    np.testing.assert_array_equal(figure.data[0].y, X**2)
    np.testing.assert_array_equal(figure.data[1].x, X)
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "linear")
    assert figure.layout.showlegend


def ticks(*y: float) -> Any:
    return curves([Curve("a", np.arange(len(y)), y)], Look(), x_title="", y_title="", y_log=True).layout.yaxis


def test_a_logarithmic_axis_names_whole_powers_of_ten_that_can_be_read() -> None:
    assert (ticks(1, 1e3).dtick, ticks(1, 1e3).tickvals) == (1, None)
    assert ticks(1e-12, 1e12).dtick == 3
    assert ticks(0.0, np.nan, np.inf, 5.0, 1e4).dtick == 1  # what has no logarithm is not on the axis
    assert ticks(0.0).dtick == 1


def test_a_short_logarithmic_axis_has_names_too() -> None:
    within = [value for value in ticks(2.0, 9.0).tickvals if 2 <= value <= 9]
    assert within == [2, 5]


def test_a_mark_stands_where_it_is_said_to() -> None:
    marked = curves([Curve("a", X, X)], Look(), x_title="", y_title="", marks=[Mark(10, 10, "peak")]).data[-1]
    assert (marked.x[0], marked.y[0], marked.text[0]) == (10, 10, "peak")


def test_bars_keep_equal_words_apart() -> None:
    figure = bars(["the", "cat", "the", "2009"], {"weights": [0.1, 0.2, 0.3, 0.4]}, Look(), y_title="weight")
    assert list(figure.data[0].x) == [0, 1, 2, 3]
    assert list(figure.layout.xaxis.ticktext) == ["the", "cat", "the", "2009"]


def test_numbers_at_bars_have_the_minus_sign_of_the_axis() -> None:
    (drawn,) = bars(["a", "b"], {"one": [-2.94, 0.5]}, Look(), y_title="", digits=1).data
    assert list(drawn.customdata) == ["−2.9", "0.5"]
    assert drawn.texttemplate == "%{customdata}"


def test_markup_is_text_everywhere() -> None:
    bad = "<b>x</b>"
    drawn = bars([bad], {bad: [1.0]}, Look(), y_title=bad, x_title=bad)
    drawn_too = curves([Curve(bad, X, X)], Look(), x_title=bad, y_title=bad, marks=[Mark(1, 1, bad)])
    for figure in (drawn, drawn_too):
        texts = [trace.name for trace in figure.data if trace.name] + list(figure.data[-1].text)
        texts += [figure.layout.xaxis.title.text, figure.layout.yaxis.title.text]
        assert texts
        assert all("<b>" not in text and "&lt;b&gt;" in text for text in texts)


@pytest.mark.parametrize("dark", [False, True])
def test_both_themes_and_sizes_are_followed(dark: bool) -> None:
    look = Look(dark=dark, size=20)
    layout = curves([Curve("a", X, X)], look, x_title="x", y_title="y", height=300).layout
    shared = layout.template.layout
    assert shared.font.size == shared.xaxis.tickfont.size == shared.yaxis.title.font.size == 20
    assert shared.font.color == look.ink
    assert layout.height == 400


def test_ticks_ranges_and_sides_are_those_that_are_asked_for() -> None:
    marks = [Mark(1, 1, "a", "bottom center"), Mark(10, 10, "b")]
    figure = curves(
        [Curve("a", X, X)], Look(), x_title="", y_title="", x_log=True, y_log=True,
        x_ticks={1: "<b>one</b>", 100: "hundred"}, x_range=(0, 2), y_range=(None, 3), marks=marks,
    )  # fmt: skip
    across, up = figure.layout.xaxis, figure.layout.yaxis
    assert (across.tickmode, list(across.tickvals)) == ("array", [1, 100])
    assert list(across.ticktext) == ["&lt;b&gt;one&lt;/b&gt;", "hundred"]
    assert (across.range, up.range, up.exponentformat) == ((0, 2), (None, 3), "power")
    assert list(figure.data[-1].textposition) == ["bottom center", "top center"]


def test_a_point_is_told_as_the_page_says_it() -> None:
    told, plain = curves(
        [Curve("a", X, X, told=["<one>"] * len(X)), Curve("b", X, X)], Look(), x_title="", y_title=""
    ).data
    assert list(told.customdata) == ["&lt;one&gt;"] * len(X)
    assert "%{customdata}" in told.hovertemplate
    assert "%{y" not in told.hovertemplate
    assert "%{y" in plain.hovertemplate


def test_numbers_at_bars_fit_or_are_all_there_or_none() -> None:
    def drawn(**more: Any) -> Any:
        return bars(["a", "b"], {"one": [1.0, 2.0]}, Look(), y_title="", **more).data[0]

    assert (drawn().textposition, drawn().constraintext) == ("outside", None)
    assert (drawn(numbers="all").constraintext, drawn(numbers="all").textangle) == ("none", 0)
    assert drawn(numbers="none").textposition == "none"
    assert list(drawn(colours=[["#111111", "#222222"]]).marker.color) == ["#111111", "#222222"]
