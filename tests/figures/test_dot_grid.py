import numpy as np
import plotly.graph_objects as go
import pytest

from attnviz.figures.dot_grid import dot_grid
from attnviz.figures.look import Look

WORDS = ["the", "<b>cat</b>", "the", "2009", '<a href="x">']
VALUES = np.random.default_rng(5).normal(size=(5, 5)).astype(np.float32)


def dots(figure: go.Figure) -> dict[tuple[int, int], tuple[float, float]]:
    """(x, y) -> (value, size)."""
    return {
        (x, y): (value, size)
        for trace in figure.data
        for x, y, value, size in zip(trace.x, trace.y, trace.customdata, trace.marker.size, strict=True)
    }


def test_numbers_are_the_arrays_own_and_queries_are_rows() -> None:
    found = dots(dot_grid(VALUES, WORDS, WORDS))
    assert len(found) == VALUES.size
    assert all(value == pytest.approx(VALUES[y, x]) for (x, y), (value, _) in found.items())


def test_area_grows_with_size_not_with_sign() -> None:
    found = dots(dot_grid(VALUES, WORDS, WORDS))
    largest = max(size for _, size in found.values())
    limit = np.abs(VALUES).max()
    for value, size in found.values():
        assert (size / largest) ** 2 == pytest.approx(abs(value) / limit, rel=1e-5)


def test_signs_have_colours_of_their_own() -> None:
    figure = dot_grid(VALUES, WORDS, WORDS, names=("plus", "<i>minus"))
    assert [trace.name for trace in figure.data] == ["plus", "&lt;i&gt;minus"]
    above, below = figure.data
    assert (np.array(above.customdata) > 0).all() and (np.array(below.customdata) < 0).all()
    assert above.marker.color != below.marker.color
    assert len(dot_grid(np.abs(VALUES), WORDS, WORDS).data) == 1


def test_queries_across_is_the_transposed_picture() -> None:
    rows, across = (dot_grid(VALUES, WORDS, WORDS, queries_across=flag, chosen=1) for flag in (False, True))
    flipped = {(y, x): dot for (x, y), dot in dots(across).items()}
    assert flipped == dots(rows)
    assert (rows.layout.xaxis.title.text, across.layout.xaxis.title.text) == ("key", "query")
    assert (rows.layout.shapes[0].y0, across.layout.shapes[0].x0) == (0.5, 0.5)


def test_a_limit_is_the_same_for_all_heads() -> None:
    weak = np.full((2, 2), 0.25, dtype=np.float32)
    sizes = [size for _, size in dots(dot_grid(weak, WORDS[:2], WORDS[:2], limit=1.0)).values()]
    full = [size for _, size in dots(dot_grid(weak, WORDS[:2], WORDS[:2])).values()]
    np.testing.assert_allclose(sizes, np.array(full) / 2)


def test_masked_and_zero_have_no_dot() -> None:
    values = np.array([[1.0, -np.inf], [np.nan, 0.0]])
    assert set(dots(dot_grid(values, WORDS[:2], WORDS[:2]))) == {(0, 0)}
    assert not dot_grid(np.zeros((2, 2)), WORDS[:2], WORDS[:2]).data


def test_equal_words_and_markup_are_ticks_of_their_own() -> None:
    layout = dot_grid(VALUES, WORDS, WORDS, Look(dark=True), query_title="<i>", key_title="<i>").layout
    assert list(layout.yaxis.tickvals) == list(layout.xaxis.tickvals) == [0, 1, 2, 3, 4]
    assert layout.yaxis.ticktext[0] == layout.yaxis.ticktext[2] == "the"
    assert layout.yaxis.range[0] > layout.yaxis.range[1]  # the first query on top
    shown = [*layout.xaxis.ticktext, *layout.yaxis.ticktext, layout.xaxis.title.text, layout.yaxis.title.text]
    assert not any("<" in text for text in shown)


def test_a_long_sentence_is_drawn() -> None:
    figure = dot_grid(np.ones((129, 129)), ["w"] * 129, ["w"] * 129)
    assert len(figure.data[0].x) == 129 * 129
