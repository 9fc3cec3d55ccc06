"""The columns of the head table, on heads of which each number is known."""

import numpy as np
import pytest

from attnviz.trace.head_columns import COLUMNS, head_columns

N = 5
FULL = np.ones((N, N), dtype=np.bool_)


def one_head(weights: np.ndarray, mask: np.ndarray | None = None, *, positional: bool = True) -> dict[str, float]:
    weights = np.asarray(weights, dtype=np.float32)[None, None]
    mask = np.ones(weights.shape[2:], dtype=np.bool_) if mask is None else mask
    found = head_columns(weights, mask, positional=positional)
    return {name: float(values[0, 0]) for name, values in found.items()}


def test_a_head_on_the_previous_token() -> None:
    numbers = one_head(np.vstack([np.eye(N)[0], np.eye(N)[:-1]]))  # the first looks at itself
    assert numbers["previous"] == 1
    assert numbers["same"] == pytest.approx(1 / N)
    assert numbers["next"] == 0
    assert numbers["distance"] == pytest.approx((N - 1) / N)
    assert numbers["first"] == pytest.approx(2 / N)
    assert (numbers["last"], numbers["entropy"]) == (0, 0)


def test_an_even_head_has_the_entropy_of_n_choices() -> None:
    numbers = one_head(np.full((N, N), 1 / N))
    assert numbers["entropy"] == pytest.approx(np.log(N), rel=1e-6)
    assert numbers["same"] == numbers["first"] == numbers["last"] == pytest.approx(1 / N)


def test_a_row_without_a_choice_has_no_say_in_the_entropy() -> None:
    causal = np.tril(FULL)
    even = causal / causal.sum(axis=1, keepdims=True)
    assert one_head(even, causal)["entropy"] == pytest.approx(np.log(range(2, N + 1)).mean(), rel=1e-6)


def test_a_mean_over_nothing_is_nan_without_a_warning() -> None:
    numbers = one_head(np.ones((1, 1)))
    assert np.isnan([numbers["entropy"], numbers["previous"], numbers["next"]]).all()
    assert (numbers["same"], numbers["first"], numbers["last"], numbers["distance"]) == (1, 1, 1, 0)


def test_words_of_two_sentences_have_no_distance() -> None:
    numbers = one_head(np.full((3, 4), 0.25), positional=False)
    assert numbers.keys() == {name for name, column in COLUMNS.items() if not column.positional}
    assert not {"distance", "previous", "same", "next"} & numbers.keys()
    assert numbers["entropy"] == pytest.approx(np.log(4), rel=1e-6)


def test_every_head_has_a_number_in_every_column() -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(N), (2, 3, N)).astype(np.float32)  # (layer, head, query, key)
    found = head_columns(weights, FULL, positional=True)
    assert found.keys() == COLUMNS.keys()
    assert {values.shape for values in found.values()} == {(2, 3)}
    np.testing.assert_allclose(found["last"], weights[..., -1].mean(axis=-1), rtol=1e-6)
