"""What the equation view is sent, and which edits from a browser are believed."""

from typing import Any

import numpy as np
import pytest

from attnviz.components.equation import Divide, Matrix, Product, Softmax, Sum, Where, _known, message
from attnviz.session.catalog import Texts
from tests.views import unpack

X = np.arange(6.0).reshape(2, 3)
TEXTS = Texts("en")


def sent(*items: Matrix | str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return unpack(message(TEXTS, items, label="an equation"))


def test_numbers_and_marks_are_the_arrays_own() -> None:
    masked = np.array([[False, True, False], [False, False, True]])
    values, arrays = sent(Matrix("X", X, "X", rows=("a", "<b>"), masked=masked, forced=~masked), "=", Matrix("v", X[0]))
    np.testing.assert_array_equal(arrays["X"], X)
    np.testing.assert_array_equal(arrays["X.masked"], masked)
    np.testing.assert_array_equal(arrays["X.forced"], ~masked)
    assert arrays["v"].shape == (1, 3)
    assert values["items"][0]["rows"] == ["a", "<b>"]  # the view shows text as text
    assert values["items"][1] == {"sign": "="}


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Product("X", "W", "b"), {"kind": "product", "left": "X", "right": "W", "bias": "b"}),
        (Divide("S", 2.0, "√4"), {"kind": "divide", "of": "S", "by": 2.0, "symbol": "√4"}),
        (Softmax("S", "column", 2.0), {"kind": "softmax", "of": "S", "over": "column", "temperature": 2.0}),
        (Sum(("a", "b")), {"kind": "sum", "of": ["a", "b"]}),
        (Where("S", "M"), {"kind": "where", "of": "S", "mask": "M"}),
    ],
)
def test_how_a_cell_is_made_is_told(how: Any, expected: dict[str, Any]) -> None:
    told = sent(Matrix("X", X, how=how))[0]["items"][0]["how"]
    assert told == expected


def test_a_scale_ends_at_the_largest_number_that_is_one() -> None:
    values, _ = sent(
        Matrix("a", np.array([[-7.0, 3.0, -np.inf, np.nan]]), scale="signed"),
        Matrix("b", np.array([[0.2, 0.3]]), scale="weights"),
        Matrix("c", X, scale="signed", limit=9.0),
        Matrix("d", np.array([[-np.inf]]), scale="signed"),
    )
    assert [item["limit"] for item in values["items"]] == [7.0, 1.0, 9.0, 0.0]


MATRICES = {"X": Matrix("X", X, edit="number"), "Q": Matrix("Q", X)}


def test_an_edit_of_an_editable_cell_is_taken() -> None:
    change = {"matrix": "X", "row": 1, "column": 2, "value": 3}
    assert _known(change, MATRICES) == ("X", 1, 2, 3.0)


@pytest.mark.parametrize(
    "change",
    [
        None,
        "X",
        {},
        {"matrix": "Q", "row": 0, "column": 0, "value": 1},  # not editable
        {"matrix": "Y", "row": 0, "column": 0, "value": 1},
        {"matrix": ["X"], "row": 0, "column": 0, "value": 1},
        {"matrix": "X", "row": 2, "column": 0, "value": 1},
        {"matrix": "X", "row": -1, "column": 0, "value": 1},
        {"matrix": "X", "row": 0, "column": 3, "value": 1},
        {"matrix": "X", "row": True, "column": 0, "value": 1},
        {"matrix": "X", "row": 0, "column": 0, "value": float("nan")},
        {"matrix": "X", "row": 0, "column": 0, "value": float("inf")},
        {"matrix": "X", "row": 0, "column": 0, "value": 1e7},
        {"matrix": "X", "row": 0, "column": 0, "value": "1"},
        {"matrix": "X", "row": 0, "column": 0, "value": None},
        {"matrix": "X", "row": 0, "column": 0},
    ],
)
def test_any_other_edit_is_ignored(change: object) -> None:
    assert _known(change, MATRICES) is None
