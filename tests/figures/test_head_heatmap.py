import numpy as np
import pytest

from attnviz.figures.head_heatmap import head_heatmap
from attnviz.figures.look import Look

WORDS = ["the", "<b>cat</b>", "the", "2009", '<a href="x">']
WEIGHTS = np.random.default_rng(3).random((5, 5)).astype(np.float32)


def test_numbers_are_the_arrays_own() -> None:
    (trace,) = head_heatmap(WEIGHTS, WORDS, WORDS, Look()).data
    np.testing.assert_array_equal(trace.z, WEIGHTS)
    assert (trace.zmin, trace.zmax) == (0, 1)


def test_equal_words_and_numbers_are_ticks_of_their_own() -> None:
    layout = head_heatmap(WEIGHTS, WORDS, WORDS[::-1], Look()).layout
    assert list(layout.yaxis.tickvals) == list(layout.xaxis.tickvals) == [0, 1, 2, 3, 4]
    assert layout.yaxis.ticktext[0] == layout.yaxis.ticktext[2] == "the"
    assert layout.yaxis.ticktext[3] == "2009"
    assert layout.yaxis.autorange == "reversed"  # the first query on top


def test_markup_in_a_sentence_is_text() -> None:
    figure = head_heatmap(WEIGHTS, WORDS, WORDS, Look(), row_title="<i>", column_title="<i>")
    shown = [*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext, *np.ravel(figure.data[0].text)]
    shown += [figure.layout.xaxis.title.text, figure.layout.yaxis.title.text]
    assert not any("<" in text for text in shown)
    assert "&lt;b&gt;cat&lt;/b&gt;" in figure.layout.xaxis.ticktext


@pytest.mark.parametrize("dark", [False, True])
def test_more_is_further_from_the_ground(dark: bool) -> None:
    scale = [colour for _, colour in head_heatmap(WEIGHTS, WORDS, WORDS, Look(dark=dark)).data[0].colorscale]
    light = [sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in scale]
    assert light == sorted(light, reverse=not dark)


def test_a_long_sentence_names_only_some_words_but_draws_all() -> None:
    weights = np.eye(129, dtype=np.float32)
    figure = head_heatmap(weights, ["w"] * 129, ["w"] * 129, Look(), limit=0.5)
    assert figure.data[0].z.shape == (129, 129)
    assert 40 < len(figure.layout.xaxis.tickvals) < 80
    assert figure.data[0].zmax == 0.5


def test_masked_cells_stay_masked() -> None:
    weights = np.where(np.tril(np.ones((5, 5))) > 0, WEIGHTS, np.float32("nan"))
    figure = head_heatmap(weights, WORDS, WORDS, Look())
    assert np.isnan(figure.data[0].z).sum() == 10
    assert figure.layout.plot_bgcolor != head_heatmap(WEIGHTS, WORDS, WORDS, Look()).layout.plot_bgcolor


def test_notes_stand_in_the_picture_literally_and_make_room() -> None:
    weights = np.full((3, 3), 1 / 3, dtype=np.float32)
    notes = ("cross-attention · <b>untrained model</b>", "word " * 300)
    plain, noted = (head_heatmap(weights, "abc", "abc", notes=given) for given in ((), notes))
    (said,) = noted.layout.annotations
    assert said.text.startswith("cross-attention · &lt;b&gt;untrained model&lt;/b&gt;<br>word")
    assert said.text.endswith("…")  # the sentence is cut, never the model's name
    assert noted.layout.height - plain.layout.height == noted.layout.margin.b
