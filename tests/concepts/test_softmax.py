"""Softmax: published numbers, PyTorch's own, and what the page claims, which planted mutants must break."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from attnviz.concepts.softmax import (
    by_temperature,
    coldest,
    entropy,
    in_float32,
    shares,
    softmax_over,
    weigh,
)
from attnviz.model.attention import attend

SEEDS = range(100)
TEMPERATURES = np.geomspace(0.05, 100, 25)
Softmax = Callable[[np.ndarray, np.ndarray], np.ndarray]  # scores and mask (row, column) -> weights


def test_published_numbers(golden: dict[str, dict[str, Any]]) -> None:
    """The Illustrated Transformer: dividing by sqrt(64) is a temperature of 8."""
    value = golden["illustrated_transformer.softmax"]["value"]
    scores = np.array(value["scores"], dtype=float)
    found = shares(scores, math.sqrt(value["d_k"]))
    np.testing.assert_allclose(found.divided, value["scaled"])
    np.testing.assert_allclose(found.weights, value["softmax_exact"], atol=1e-8)
    np.testing.assert_allclose(found.weights, value["softmax"], atol=0.005)
    np.testing.assert_allclose(shares(scores).weights, value["softmax_if_unscaled"], rtol=1e-9)


@pytest.mark.parametrize(("over", "dims"), [("row", 1), ("column", 0), ("all", (0, 1))])
def test_pytorchs_own_softmax_agrees(over: Any, dims: Any) -> None:
    for seed in range(20):
        scores = torch.tensor(np.random.default_rng(seed).normal(size=(3, 5), scale=10))
        mask = torch.tensor(np.random.default_rng(seed).random((3, 5)) < 0.7)
        mask[0] = mask[:, 0] = True
        for seen in (None, mask):
            left = scores if seen is None else scores.masked_fill(~seen, -math.inf)
            expected = left.flatten().softmax(0).reshape(3, 5) if over == "all" else F.softmax(left, dim=dims)
            found = softmax_over(scores, over, seen)
            torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
            np.testing.assert_allclose(found.sum(dim=dims), 1)


def test_it_is_the_softmax_inside_attention() -> None:
    query, key = torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    steps = attend(query, key, key)
    torch.testing.assert_close(softmax_over(steps.scaled_scores), steps.weights, rtol=1e-12, atol=0)


def test_columns_are_rows_of_the_transposed() -> None:
    scores = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_array_equal(weigh(scores, "column"), weigh(scores.T).T)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8), st.floats(0.1, 100))
def test_the_numbers_on_the_way_lead_to_the_weights(scores: list[float], temperature: float) -> None:
    found = shares(np.array(scores), temperature)
    assert found.powers.max() == 1
    np.testing.assert_allclose(found.powers / found.total, found.weights, rtol=1e-9, atol=1e-300)
    assert 1 - 1e-9 <= found.as_if_even <= len(scores) + 1e-9


def test_entropy_of_known_rows() -> None:
    rows = np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0]])
    np.testing.assert_allclose(entropy(rows), [0, math.log(4), math.log(2)])
    found = torch.distributions.Categorical(probs=torch.tensor(rows)).entropy()
    np.testing.assert_allclose(entropy(rows), found, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_higher_temperature_has_a_higher_entropy(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=2 + seed % 7, scale=3)
    rows = by_temperature(scores, TEMPERATURES)
    assert (np.diff(entropy(rows)) > 0).all()
    assert (np.diff(rows.max(axis=1)) <= 0).all()
    np.testing.assert_allclose(by_temperature(scores, np.array([1e-6]))[0], coldest(scores), atol=1e-9)
    np.testing.assert_allclose(by_temperature(scores, np.array([1e9]))[0], 1 / len(scores), atol=1e-6)
    for row, temperature in zip(rows, TEMPERATURES, strict=True):
        np.testing.assert_allclose(row, shares(scores, temperature).weights, rtol=1e-9, atol=1e-300)


def test_the_largest_share_evenly_when_cold() -> None:
    np.testing.assert_allclose(coldest(np.array([3.0, 1, 3])), [0.5, 0, 0.5])
    np.testing.assert_allclose(by_temperature(np.array([3.0, 1, 3]), np.array([1e-3]))[0], [0.5, 0, 0.5])


@pytest.mark.parametrize("shift", [-200, 89, 200])
def test_without_the_largest_subtracted_float32_breaks(shift: float) -> None:
    found = in_float32(np.array([0.0, -1, 1]) + shift)
    assert np.isnan(found.naive).any()
    expected = torch.tensor([0.0, -1, 1]).softmax(0)
    np.testing.assert_allclose(found.stable, expected, rtol=1e-5)
    np.testing.assert_allclose(found.stable_powers / found.stable_powers.sum(), found.stable, rtol=1e-6)


@pytest.mark.parametrize("shift", [-50, 0, 50, 87])
def test_small_scores_do_not_need_it(shift: float) -> None:
    found = in_float32(np.array([0.0, -1, 1]) + shift)
    np.testing.assert_allclose(found.naive, found.stable, rtol=1e-5)


# What the page claims, as functions of an implementation, so that wrong ones can be tried.


def rows_sum_to_one(softmax: Softmax, scores: np.ndarray, mask: np.ndarray) -> bool:
    return np.allclose(softmax(scores, mask).sum(axis=1), 1)


def a_shift_changes_nothing(softmax: Softmax, scores: np.ndarray, mask: np.ndarray) -> bool:
    plain = softmax(scores, mask)
    shifts = 800.0 * np.arange(-1, len(scores) - 1)[:, None]  # another one in each row
    return np.allclose(plain, softmax(scores + shifts, mask), atol=1e-9)


def larger_scores_get_larger_weights(softmax: Softmax, scores: np.ndarray, mask: np.ndarray) -> bool:
    weights = softmax(scores, mask)
    for row, seen in enumerate(mask):
        order = np.argsort(scores[row][seen])
        if (np.diff(weights[row][seen][order]) < 0).any() or not (weights[row][seen] > 0).all():
            return False
    return True


def masked_weights_are_exactly_nought(softmax: Softmax, scores: np.ndarray, mask: np.ndarray) -> bool:
    return bool((softmax(scores, mask)[~mask] == 0).all())


def a_temperature_evens_out(softmax: Softmax, scores: np.ndarray, mask: np.ndarray) -> bool:
    rows = [entropy(softmax(scores / temperature, mask)) for temperature in (0.5, 1, 2, 8)]
    return bool((np.diff(rows, axis=0) >= -1e-9).all()) and bool((rows[-1] <= np.log(mask.sum(axis=1)) + 1e-9).all())


PROPERTIES = (
    rows_sum_to_one,
    a_shift_changes_nothing,
    larger_scores_get_larger_weights,
    masked_weights_are_exactly_nought,
    a_temperature_evens_out,
)


def ours(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return softmax_over(torch.tensor(scores), "row", torch.tensor(mask)).numpy()


def drawn(seed: int, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
    source = np.random.default_rng(seed)
    mask = source.random((4, n)) < 0.6
    mask[np.arange(4), source.integers(0, n, 4)] = True
    return source.normal(size=(4, n), scale=3), mask


@pytest.mark.parametrize("holds", PROPERTIES)
@given(st.integers(0, 2**31), st.integers(1, 8))
def test_the_claims_hold(holds: Callable[..., bool], seed: int, n: int) -> None:
    assert holds(ours, *drawn(seed, n))


def filled(fill: float) -> Softmax:
    return lambda scores, mask: torch.tensor(np.where(mask, scores, fill)).softmax(-1).numpy()


def naive(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        powers = np.where(mask, np.exp(scores), 0)
        return powers / powers.sum(axis=1, keepdims=True)


def by_column(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return torch.tensor(np.where(mask, scores, -np.inf)).softmax(0).nan_to_num().numpy()


def inverted(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return torch.tensor(np.where(mask, -np.inf, scores)).softmax(-1).nan_to_num().numpy()


MUTANTS = {
    "column softmax": (by_column, rows_sum_to_one),
    "fill 0": (filled(0), masked_weights_are_exactly_nought),
    "fill -100": (filled(-100), masked_weights_are_exactly_nought),
    "fill -100 and a shift": (filled(-100), a_shift_changes_nothing),
    "mask inverted": (inverted, masked_weights_are_exactly_nought),
    "mask inverted, order": (inverted, larger_scores_get_larger_weights),
    "naive exp": (naive, a_shift_changes_nothing),
    "inverse temperature": (lambda scores, mask: ours(1 / scores, mask), a_temperature_evens_out),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_softmax_breaks_a_claim(name: str) -> None:
    wrong, holds = MUTANTS[name]
    assert not all(holds(wrong, *drawn(seed)) for seed in range(3))
