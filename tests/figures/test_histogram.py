import numpy as np
import pytest

from attnviz.figures.histogram import histogram
from attnviz.figures.look import Look

NUMBERS = np.random.default_rng(4).normal(size=(50, 8))


def test_every_number_is_counted_once() -> None:
    wide, narrow = histogram({"wide": 8 * NUMBERS, "narrow": NUMBERS}, Look(), x_title="x", y_title="y").data
    for trace, values in ((wide, 8 * NUMBERS), (narrow, NUMBERS)):
        assert sum(trace.y) == NUMBERS.size
        assert len(trace.x) == len(trace.y) == 42
        assert (trace.x[0], trace.x[-1]) == (pytest.approx(values.min()), pytest.approx(values.max()))
    np.testing.assert_array_equal(wide.y, narrow.y)  # the same shape is equally high


def test_names_and_titles_are_literal() -> None:
    figure = histogram({"<b>a</b>": NUMBERS}, Look(), x_title="<i>", y_title="<u>")
    assert figure.data[0].name == "&lt;b&gt;a&lt;/b&gt;"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("&lt;i&gt;", "&lt;u&gt;")
    assert not figure.layout.showlegend


def test_one_value_many_times_is_drawn() -> None:
    (trace,) = histogram({"same": np.ones(7)}, Look(), x_title="x", y_title="y").data
    assert sum(trace.y) == 7
