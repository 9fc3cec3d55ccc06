"""The four stages from a mean to attention: published numbers, PyTorch's own attention, and what the page claims."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from attnviz.concepts.averaging import (
    STAGES,
    Numbers,
    Stage,
    mixed,
    rows_that_change,
    running_mean,
    undivided,
    with_last_word_moved,
)

SEEDS = range(100)
Weigh = Callable[[np.ndarray, np.ndarray], np.ndarray]  # query, key (both (word, d)) -> weights


def drawn(seed: int, n: int = 4) -> Numbers:
    source = np.random.default_rng(seed)
    return Numbers(source.normal(size=(n, 2)), *(source.normal(size=(2, 2)) for _ in range(3)))


def test_published_numbers(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["karpathy.tril_average"]["value"]
    b = np.array(value["b"], dtype=float)
    weights, output = running_mean(b)
    np.testing.assert_allclose(weights, value["weights"], atol=1e-6)
    np.testing.assert_allclose(output, value["out"], atol=1e-6)
    for stage in ("mean", "zeros"):
        found = mixed(replace(drawn(0), x=b), stage)
        np.testing.assert_allclose(found.weights, value["weights"], atol=1e-6)
        np.testing.assert_allclose(found.head_output, value["out"], atol=1e-6)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("masked", [True, False])
def test_pytorchs_own_attention_agrees(stage: Stage, masked: bool) -> None:
    for seed in range(20):
        numbers = drawn(seed, 2 + seed % 4)
        found = mixed(numbers, stage, masked=masked)
        x = torch.tensor(numbers.x)
        query, key, value = x, x, x
        if stage == "roles":
            query, key, value = (x @ torch.tensor(matrix) for matrix in (numbers.W_Q, numbers.W_K, numbers.W_V))
        if stage in ("mean", "zeros"):
            query = torch.zeros_like(x)
        expected = F.scaled_dot_product_attention(query[None], key[None], value[None], is_causal=masked)[0]
        np.testing.assert_allclose(found.head_output, expected, atol=1e-12)
        np.testing.assert_allclose(found.weights @ found.value, found.head_output, atol=1e-12)
        np.testing.assert_allclose(found.row_sums, 1)
        assert (found.weights[found.ahead] == 0).all() == masked


@given(st.integers(1, 7), st.integers(0, 2**31))
def test_the_first_two_stages_are_one_matrix(n: int, seed: int) -> None:
    numbers = drawn(seed, n)
    np.testing.assert_allclose(mixed(numbers, "zeros").weights, mixed(numbers, "mean").weights, rtol=1e-15)
    for row in range(n):  # the mean, taken by NumPy
        np.testing.assert_allclose(mixed(numbers, "mean").head_output[row], numbers.x[: row + 1].mean(axis=0))


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_of_a_matrix_with_itself_are_symmetric_and_projected_ones_are_not(seed: int) -> None:
    dots, roles = mixed(drawn(seed), "dots"), mixed(drawn(seed), "roles")
    np.testing.assert_allclose(dots.scores, dots.scores.T)
    assert not np.allclose(roles.scores, roles.scores.T)
    # equal matrices bring the symmetry back; the weights were never symmetric
    equal = mixed(replace(drawn(seed), W_K=drawn(seed).W_Q), "roles")
    np.testing.assert_allclose(equal.scores, equal.scores.T, atol=1e-12)
    free = mixed(drawn(seed), "dots", masked=False)
    assert not np.allclose(free.weights, free.weights.T)


@pytest.mark.parametrize("stage", STAGES)
def test_the_last_word_reaches_earlier_results_only_without_a_mask(stage: Stage) -> None:
    for seed in SEEDS:
        numbers = drawn(seed)
        moved = with_last_word_moved(numbers)
        assert rows_that_change(mixed(numbers, stage), mixed(moved, stage)) == (3,)
        free = rows_that_change(mixed(numbers, stage, masked=False), mixed(moved, stage, masked=False))
        assert set(free) > {3}


@pytest.mark.parametrize("stage", STAGES)
def test_without_division_the_rows_do_not_sum_to_one(stage: Stage) -> None:
    for seed in SEEDS:
        right = mixed(drawn(seed), stage)
        wrong = undivided(right)
        np.testing.assert_allclose(wrong.weights / wrong.row_sums[:, None], right.weights, atol=1e-12)
        np.testing.assert_allclose(wrong.weights @ right.value, wrong.head_output, atol=1e-12)
        if stage in ("mean", "zeros"):
            np.testing.assert_allclose(wrong.row_sums, [1, 2, 3, 4])
    assert not np.allclose(undivided(right).row_sums, 1)


# What the page claims of the weights, as functions of an implementation, so that wrong ones can be tried.


def shares_of_one(weigh: Weigh, query: np.ndarray, key: np.ndarray) -> bool:
    return np.allclose(weigh(query, key).sum(axis=1), 1)


def nothing_ahead(weigh: Weigh, query: np.ndarray, key: np.ndarray) -> bool:
    weights = weigh(query, key)
    return bool((weights[np.triu_indices(len(weights), 1)] == 0).all() and (weights[:, 0] > 0).all())


def zeros_give_the_mean(weigh: Weigh, query: np.ndarray, key: np.ndarray) -> bool:
    return np.allclose(weigh(np.zeros_like(query), key), running_mean(key)[0])


PROPERTIES = (shares_of_one, nothing_ahead, zeros_give_the_mean)


def ours(query: np.ndarray, key: np.ndarray) -> np.ndarray:
    numbers = Numbers(np.hstack([query, key]), np.eye(4)[:, :2], np.eye(4)[:, 2:], np.eye(4)[:, 2:])
    return mixed(numbers, "roles").weights


def mutant(fill: float = -np.inf, axis: int = -1, inverted: bool = False) -> Weigh:
    def weigh(query: np.ndarray, key: np.ndarray) -> np.ndarray:
        seen = np.tril(np.ones((len(query), len(query)), dtype=bool))
        scores = np.where(seen.T if inverted else seen, query @ key.T / np.sqrt(2), fill)
        return torch.tensor(scores).softmax(dim=axis).numpy()

    return weigh


@given(st.integers(2, 5), st.integers(0, 2**31))
def test_the_claims_hold(n: int, seed: int) -> None:
    source = np.random.default_rng(seed)
    query, key = source.normal(size=(2, n, 2))
    np.testing.assert_allclose(ours(query, key), mutant()(query, key), atol=1e-12)
    assert all(holds(ours, query, key) for holds in PROPERTIES)


@pytest.mark.parametrize(
    "wrong",
    [mutant(axis=-2), mutant(fill=0), mutant(fill=-100), mutant(inverted=True)],
    ids=["column softmax", "fill 0", "fill -100", "mask inverted"],
)
def test_a_wrong_way_breaks_a_claim(wrong: Weigh) -> None:
    query, key = np.random.default_rng(1).normal(size=(2, 4, 2))
    assert not all(holds(wrong, query, key) for holds in PROPERTIES)
