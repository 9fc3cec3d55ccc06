"""Matrices in the URL: what is written is read back, what is not allowed is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.session.matrices import matrix

SQUARE = matrix("m", ((1.0, 2.0), (3.0, 4.0)))
GROWS = matrix("m", ((1.0, 2.0),), bound=1000, rows=range(1, 4), columns=range(2, 6))


@given(st.lists(st.tuples(*[st.integers(-9999, 9999).map(lambda whole: whole / 100)] * 2), min_size=2, max_size=2))
def test_what_is_written_is_read_back(rows: list[tuple[float, ...]]) -> None:
    found = SQUARE.read(SQUARE.write(tuple(rows)))
    assert found is not None
    np.testing.assert_allclose(found, rows)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1,2",
        "1,2_3",
        "1,2_3,x",
        "1,2_3,nan",
        "1,2_3,inf",
        "1,2_3,101",
        "1,2_3,4_5,6",
        "1,2,3_4,5,6",
        "1,2_3,4_",
    ],
)
def test_what_is_not_allowed_is_refused(text: str) -> None:
    assert SQUARE.read(text) is None


def test_a_matrix_may_grow_where_it_is_said() -> None:
    assert GROWS.read("1,2,3_4,5,6") == ((1, 2, 3), (4, 5, 6))
    assert GROWS.read("999,-1000") == ((999, -1000),)
    for refused in ("1", "1,2_3,4_5,6_7,8", "1,2,3,4,5,6", "1,2_3,4,5", "1001,0"):
        assert GROWS.read(refused) is None


def test_numbers_may_be_held_to_what_stands_on_paper() -> None:
    paper = matrix("m", ((1.0, 2.0),), bound=99, digits=4)
    assert paper.read("-0.1234,99") == ((-0.1234, 99.0),)
    for refused in ("+1,2", " 1,2", "1e1,2", "0.12345,2", "1.,2", "99.5,2"):
        assert paper.read(refused) is None
    assert paper.write(((1 / 3, -0.00001),)) == "0.3333,0"
    assert paper.read(paper.write(((2 / 3, -98.76543),))) == ((0.6667, -98.7654),)


def test_there_is_no_minus_nought() -> None:
    assert str(SQUARE.read("-0,1_2,3")) == "((0.0, 1.0), (2.0, 3.0))"
