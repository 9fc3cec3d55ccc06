import numpy as np
import pytest

from attnviz.figures.bars_across import bars_across
from attnviz.figures.look import Look

LABELS = ["it", "it", "<b>"]  # the same name twice stays two lines
SERIES = {"weight": [0.2, 0.7, 0.1], "<i>": [-0.4, 0.5, 0.0]}


def test_each_measure_has_a_panel_with_its_numbers() -> None:
    figure = bars_across(LABELS, SERIES, Look(), y_title="token")
    assert [list(panel.x) for panel in figure.data] == list(SERIES.values())
    for panel in figure.data:
        assert list(panel.y) == [0, 1, 2]
        assert list(panel.text) == ["it", "it", "&lt;b&gt;"]
    assert [note.text for note in figure.layout.annotations] == ["weight", "&lt;i&gt;"]


@pytest.mark.parametrize("look", [Look(), Look(dark=True)])
def test_panels_share_one_scale_and_negative_bars_have_their_own_colour(look: Look) -> None:
    figure = bars_across(LABELS, SERIES, look, y_title="token")
    first, second = figure.layout.xaxis, figure.layout.xaxis2
    assert tuple(first.range) == tuple(second.range)
    assert first.range[0] < -0.4 < 0.7 < first.range[1]
    assert list(figure.data[1].marker.color) == [look.signed[1], look.accent, look.accent]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first name is on top


def test_nothing_but_zeros_is_drawn() -> None:
    figure = bars_across(["a"], {"b": np.zeros(1)}, Look(), y_title="token")
    low, high = figure.layout.xaxis.range
    assert low < 0 < high
