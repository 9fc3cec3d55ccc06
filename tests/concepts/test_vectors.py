"""The cosine against PyTorch's own, and what it sees of two vectors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from attnviz.concepts.vectors import cosine

vectors = hnp.arrays(np.float64, (2, 5), elements=st.floats(-8, 8).filter(lambda x: abs(x) > 0.01))


def measures_the_angle(measure: Callable[[Any, Any], Any], both: Any, times: float) -> None:
    left, right = both
    assert measure(times * left, right) == pytest.approx(measure(left, right), abs=1e-9)
    assert measure(left, right) == pytest.approx(measure(right, left), abs=1e-9)
    assert measure(left, times * left) == pytest.approx(1, abs=1e-9)
    assert measure(left, -left) == pytest.approx(-1, abs=1e-9)
    assert abs(measure(left, right)) <= 1 + 1e-9


@given(vectors, st.floats(0.05, 20))
def test_the_cosine_sees_only_the_angle(both: Any, times: float) -> None:
    measures_the_angle(cosine, both, times)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda left, right: (left * right).sum(),  # a dot product
        lambda left, right: (left * right).sum() / np.linalg.norm(left),  # one length forgotten
        lambda left, right: (left * right).sum() / (left**2).sum(),
        lambda left, right: abs(cosine(left, right)),
    ],
)
def test_the_angle_finds_wrong_measures(wrong: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(AssertionError):
        measures_the_angle(wrong, np.array([[1.0, 2, 3, 4, 5], [5.0, 3, 1, -1, 2]]), 3.0)


@given(hnp.arrays(np.float32, (2, 3, 4), elements=st.floats(-8, 8, width=32).filter(lambda x: abs(x) > 0.01)))
def test_the_cosine_is_pytorchs_own(both: Any) -> None:
    left, right = torch.tensor(both).double()
    expected = torch.cosine_similarity(left, right, dim=-1)
    np.testing.assert_allclose(cosine(*both), expected.numpy(), atol=1e-12)


def test_nothing_points_nowhere() -> None:
    assert np.isnan(cosine([0.0, 0.0], [1.0, 2.0]))
