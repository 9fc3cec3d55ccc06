import pytest

from attnviz.figures.look import Look
from attnviz.figures.stacked_dots import stacked_dots


def test_every_value_is_a_dot_at_its_place_and_near_ones_are_stacked() -> None:
    values = [10.0, 50.2, 50.9, 51.9, 52.1, 99.9]
    (drawn,) = stacked_dots(values, list("abcdef"), Look(), x_title="x", x_range=(0, 100), marks={}).data
    assert list(drawn.x) == values
    assert list(drawn.y) == [0, 0, 1, 2, 0, 0]  # 50 to 52 is one bin, 52.1 begins the next
    assert list(drawn.text) == list("abcdef")


def test_dots_are_stacked_in_the_order_of_their_values() -> None:
    (drawn,) = stacked_dots([7.9, 6.1, 7.0], list("abc"), Look(), x_title="x", x_range=(0, 10), marks={}).data
    assert list(drawn.y) == [2, 0, 1]


def test_a_mark_stands_where_it_says_and_text_is_literal() -> None:
    figure = stacked_dots([3.0], ["<b>"], Look(dark=True), x_title="<i>", x_range=(0, 10), marks={"<u>": 4.5})
    assert figure.data[0].text == ("&lt;b&gt;",)
    assert figure.layout.xaxis.title.text == "&lt;i&gt;"
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (4.5, 4.5)
    assert figure.layout.annotations[0].text == "&lt;u&gt;"


@pytest.mark.parametrize("values", [[], [5.0]])
def test_few_values_are_drawn(values: list[float]) -> None:
    (drawn,) = stacked_dots(values, ["a"] * len(values), Look(), x_title="x", x_range=(0, 10), marks={}).data
    assert len(drawn.x) == len(values)
