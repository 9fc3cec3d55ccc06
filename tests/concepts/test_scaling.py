"""Why scale: against published numbers, torch's own derivatives, 100 seeds, and implementations that are wrong."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from attnviz.concepts import scaling
from attnviz.concepts.scaling import D_KS, DIVISORS, Divisor, Measured, measure, row_numbers
from attnviz.model.attention import AttentionSteps, attend

Attend = Callable[..., AttentionSteps]


def no_scaling(query: Tensor, key: Tensor, value: Tensor, *, scale: float | None = None) -> AttentionSteps:
    """A planted mutant: sqrt(d_k) forgotten."""
    return attend(query * math.sqrt(query.shape[-1]), key, value, scale=scale)


def whole_scaling(query: Tensor, key: Tensor, value: Tensor, *, scale: float | None = None) -> AttentionSteps:
    """A planted mutant: divided by d_k."""
    return attend(query / math.sqrt(query.shape[-1]), key, value, scale=scale)


def column_softmax(query: Tensor, key: Tensor, value: Tensor, *, scale: float | None = None) -> AttentionSteps:
    """A planted mutant: the softmax of each column."""
    steps = attend(query, key, value, scale=scale)
    return steps._replace(weights=steps.masked_scores.softmax(dim=-2))


def test_the_variance_of_a_score_is_d_k(golden: dict[str, dict[str, Any]]) -> None:
    """Footnote 4 of the paper."""
    assert golden["vaswani.footnote4"]["value"] == {"mean": 0, "var": "d_k"}
    for size in measure(0, (4, 16, 64, 128, 512), n_draws=4000):
        assert size.variance == pytest.approx(size.d_k, rel=0.05)
        assert size.scaled_variance == pytest.approx(1, rel=0.05)
        assert abs(size.scores.mean()) < 0.05 * math.sqrt(size.d_k)


def test_published_saturation(golden: dict[str, dict[str, Any]]) -> None:
    """Means over 20,000 draws of 16 keys: ten times as many as the published ones."""
    published = golden["scaling.saturation_demo"]["value"]["16 keys, N(0,1)"]
    runs = [measure(seed, (4, 64, 512), n_draws=2000) for seed in range(10)]
    for index, values in enumerate(published.values()):
        for way, divisor in (("scaled", "root"), ("unscaled", "none")):
            rows = [run[index].rows[divisor] for run in runs]  # type: ignore[index]
            found = {
                f"{way}_max": np.mean([one.largest for one in rows]),
                f"{way}_entropy": np.mean([one.entropy for one in rows]),
                f"jac_norm_{way}": np.mean([one.gradient for one in rows]),
            }
            for name in found.keys() & values.keys():
                assert found[name] == pytest.approx(values[name], rel=0.05), (index, name)


def test_each_divisor_is_what_its_name_says() -> None:
    for size in measure(3, (1, 16, 64), n_draws=20):
        scores = torch.tensor(size.scores)
        by: dict[Divisor, float] = {"root": math.sqrt(size.d_k), "none": 1, "whole": size.d_k}
        for divisor, number in by.items():
            expected = (scores / number).softmax(dim=-1)
            np.testing.assert_allclose(size.rows[divisor].weights, expected, atol=1e-5)
        np.testing.assert_allclose(size.scaled_scores, size.scores / math.sqrt(size.d_k), rtol=1e-6)


def test_the_gradient_is_the_norm_of_torchs_jacobian() -> None:
    (size,) = measure(5, (8,), n_draws=6)
    for scores, norm in zip(torch.tensor(size.scaled_scores), size.rows["root"].gradient, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda row: row.softmax(dim=-1), scores)
        assert norm == pytest.approx(float(torch.linalg.matrix_norm(jacobian)), abs=1e-6)


def test_a_larger_d_k_reads_the_same_numbers_and_more() -> None:
    small, large = measure(2, (3, 5), n_draws=4)
    (alone,) = measure(2, (5,), n_draws=4)
    np.testing.assert_array_equal(large.scores, alone.scores)
    assert not np.array_equal(small.scores, large.scores)


# What the page says about means over random rows, as functions of the measurement.


def scores_spread(found: tuple[Measured, ...]) -> bool:
    variances = [size.variance for size in found]
    return variances == sorted(variances)


def largest_grows_without(found: tuple[Measured, ...]) -> bool:
    largest = [float(size.rows["none"].largest.mean()) for size in found]
    entropy = [float(size.rows["none"].entropy.mean()) for size in found]
    return largest == sorted(largest) and entropy == sorted(entropy, reverse=True)


def root_keeps_rows_alike(found: tuple[Measured, ...]) -> bool:
    entropies = [float(size.rows["root"].entropy.mean()) for size in found]
    variances = [size.scaled_variance for size in found]
    even = min(entropies) > 0.7 and max(entropies) - min(entropies) < 0.06
    return even and min(variances) > 0.7 and max(variances) < 1.4


def gradient_falls_without(found: tuple[Measured, ...]) -> bool:
    late = [size for size in found if size.d_k >= 16]
    norms = [float(size.rows["none"].gradient.mean()) for size in late]
    stuck = [size.rows["none"].saturated for size in late]
    kept = all(size.rows["root"].gradient.mean() > size.rows["none"].gradient.mean() for size in late[1:])
    root = [float(size.rows["root"].gradient.mean()) for size in found]
    level = max(root) - min(root) < 0.05
    return kept and level and norms == sorted(norms, reverse=True) and stuck == sorted(stuck)


def whole_goes_to_uniform(found: tuple[Measured, ...]) -> bool:
    largest = [float(size.rows["whole"].largest.mean()) for size in found]
    return largest == sorted(largest, reverse=True) and largest[-1] < 1.15 / found[-1].scores.shape[1]


CLAIMS = [scores_spread, largest_grows_without, root_keeps_rows_alike, gradient_falls_without, whole_goes_to_uniform]


@pytest.fixture(scope="module")
def hundred() -> list[tuple[Measured, ...]]:
    return [measure(seed, (4, 16, 64, 256), n_draws=300) for seed in range(100)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_what_the_page_says_holds_for_100_of_100_seeds(
    hundred: list[tuple[Measured, ...]], claim: Callable[[tuple[Measured, ...]], bool]
) -> None:
    assert [seed for seed, found in enumerate(hundred) if not claim(found)] == []


@pytest.mark.parametrize(
    ("mutant", "claim"),
    [
        (no_scaling, root_keeps_rows_alike),
        (no_scaling, gradient_falls_without),
        (no_scaling, whole_goes_to_uniform),
        (whole_scaling, root_keeps_rows_alike),
        (column_softmax, root_keeps_rows_alike),
        (column_softmax, gradient_falls_without),
    ],
)
def test_a_wrong_implementation_is_found_out(
    mutant: Attend, claim: Callable[[tuple[Measured, ...]], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "attend", mutant)
    assert not claim(measure(0, (4, 16, 64, 256), n_draws=300))


# Facts about any row of weights.


def is_scaled(implementation: Attend, query: Tensor, key: Tensor) -> bool:
    """Repeating every number m times over leaves a scaled score sqrt(m) times as large, not m times."""
    twice = implementation(query.repeat(1, 4), key.repeat(1, 4), key.repeat(1, 4))
    return bool(torch.allclose(twice.scaled_scores, 2 * implementation(query, key, key).scaled_scores, atol=1e-9))


def order_stays(implementation: Attend, query: Tensor, key: Tensor) -> bool:
    """Weights have the order of the scores: dividing by one positive number moves no key past another."""
    steps = implementation(query, key, key)
    by_score = torch.gather(steps.weights, -1, steps.scores.argsort(dim=-1))
    return bool((by_score.diff(dim=-1) >= -1e-12).all())


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 6))
def test_facts_hold_for_any_row(seed: int, d_k: int, n_keys: int) -> None:
    chance = torch.Generator().manual_seed(seed)
    query, key = (torch.randn(n, d_k, generator=chance, dtype=torch.float64) for n in (2, n_keys))
    assert is_scaled(attend, query, key)
    assert order_stays(attend, query, key)


@pytest.mark.parametrize(
    ("mutant", "fact"), [(no_scaling, is_scaled), (whole_scaling, is_scaled), (column_softmax, order_stays)]
)
def test_a_fact_fails_on_a_wrong_implementation(mutant: Attend, fact: Callable[..., bool]) -> None:
    chance = torch.Generator().manual_seed(1)
    query, key = (torch.randn(n, 8, generator=chance, dtype=torch.float64) for n in (3, 5))
    assert not fact(mutant, query, key)


@given(st.integers(0, 10**6), st.integers(2, 20), st.floats(0.01, 30))
def test_row_numbers_stay_in_their_limits(seed: int, n_keys: int, spread: float) -> None:
    chance = torch.Generator().manual_seed(seed)
    weights = (spread * torch.randn(4, n_keys, generator=chance)).softmax(dim=-1).numpy()
    rows = row_numbers(weights, np.ones_like(weights, dtype=bool))
    assert (rows.largest >= 1 / n_keys - 1e-6).all()
    assert (rows.entropy >= -1e-6).all()
    assert (rows.entropy <= 1 + 1e-5).all()
    assert (rows.gradient <= math.sqrt(0.5) + 1e-6).all()  # reached by two keys with half each


def test_extreme_rows() -> None:
    weights = np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0], [1, 0, 0, 0]], dtype=np.float32)
    mask = np.array([[True] * 4, [True] * 4, [True, True, False, False], [True, False, False, False]])
    rows = row_numbers(weights, mask)
    np.testing.assert_allclose(rows.entropy, [0, 1, 1, np.nan], atol=1e-6)
    np.testing.assert_allclose(rows.largest, [1, 0.25, 0.5, 1])
    np.testing.assert_allclose(rows.gradient, [0, math.sqrt(3) / 4, 0.5, 0], atol=1e-6)
    assert rows.saturated == 0.5


def test_sizes_and_divisors_are_those_of_the_page() -> None:
    assert D_KS == (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
    found = measure(1, n_draws=2)
    assert [size.d_k for size in found] == list(D_KS)
    assert all(set(size.rows) == set(DIVISORS) for size in found)
    for rows in found[0].rows.values():  # at d_k = 1 all three are the same
        np.testing.assert_array_equal(rows.weights, found[0].rows["root"].weights)
