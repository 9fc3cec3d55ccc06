from typing import Any

import numpy as np

from attnviz.figures.look import Look
from attnviz.figures.mixture import mixture

POINTS = np.array([[2.0, 0.0], [0.0, 1.0], [2.0, 0.0], [1.0, 3.0]])
WEIGHTS = np.array([0.5, 0.25, 0.25, 0.0])


def drawn() -> list[Any]:
    names = ["a", "<b>c</b>", "2009", "d"]
    figure = mixture(
        POINTS, WEIGHTS, WEIGHTS @ POINTS, names, Look(), result_name="<i>r", x_title="<u>", y_title="second"
    )
    assert figure.layout.xaxis.title.text == "&lt;u&gt;"
    return list(figure.data)


def test_lines_run_from_every_point_of_some_weight_to_the_result() -> None:
    *lines, _, result = drawn()
    assert [(line.x, line.y) for line in lines] == [((2, 1.5), (0, 0.25)), ((0, 1.5), (1, 0.25)), ((2, 1.5), (0, 0.25))]
    assert lines[0].line.width > lines[1].line.width
    assert (result.x, result.y) == ((1.5,), (0.25,))


def test_points_in_one_place_share_a_label_and_markup_is_text() -> None:
    *_, points, result = drawn()
    assert points.text == ("a 0.50<br>2009 0.25", "&lt;b&gt;c&lt;/b&gt; 0.25", "d 0.00")
    assert result.name == "&lt;i&gt;r"
    assert not points.showlegend


def test_a_point_of_no_weight_is_hollow() -> None:
    *_, points, _ = drawn()
    assert points.marker.color == (Look().ink, Look().ink, Look().ground)
