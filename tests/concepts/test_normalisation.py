"""LayerNorm beside BatchNorm: against PyTorch's modules, closed forms, and mutants that must be caught."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch.nn import functional as F

import attnviz
from attnviz.concepts.normalisation import (
    EPS,
    WRONG_NORMS,
    bare_batch_norm,
    bare_layer_norm,
    compare,
    drawn_batch,
    moments,
    row_moments,
    written_out,
    wrong_norm,
)
from attnviz.trace.records import Norm

Numbers = NDArray[np.float64]
NormOf = Callable[[Numbers], Numbers]  # (token, feature) -> (token, feature)


def right(x: Numbers) -> Numbers:
    return bare_layer_norm(torch.tensor(x)).numpy()


def mutant(way: str) -> NormOf:
    def eps_outside(x: Numbers) -> Numbers:
        return (x - x.mean(1, keepdims=True)) / (x.std(1, keepdims=True) + EPS)

    return eps_outside if way == "eps_outside" else lambda x: wrong_norm(x, way)  # type: ignore[arg-type]


@st.composite
def batches(draw: st.DrawFn) -> Numbers:
    """Batches whose rows vary; small ones too, where eps matters."""
    rows, columns = draw(st.integers(2, 6)), draw(st.integers(2, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = 10 ** draw(st.floats(-2.5, 2))
    return (rng.normal(0, 1, (rows, columns)) + rng.normal(0, 2, (rows, 1))) * scale


def has_the_moments(norm: NormOf, x: Numbers) -> bool:
    """Each row has mean 0 and, for its own variance v, biased variance v / (v + eps)."""
    y, variance = norm(x), x.var(axis=1)
    return np.allclose(y.mean(1), 0, atol=1e-9) and np.allclose(y.var(1), variance / (variance + EPS), rtol=1e-9)


def leaves_mates_out(norm: NormOf, x: Numbers) -> bool:
    """The first row is the same, bit for bit, alone with one mate and among all."""
    return np.array_equal(norm(x)[0], norm(x[:1])[0])


def forgets_shift(norm: NormOf, x: Numbers) -> bool:
    return np.allclose(norm(x + 3.0), norm(x), atol=1e-6)


def forgets_scale(norm: NormOf, x: Numbers) -> bool:
    """Up to eps, which is nothing beside a large variance."""
    large = x / x.std(axis=1, keepdims=True) * 1e4
    return np.allclose(norm(5 * large), norm(large), atol=1e-6)


@given(batches())
def test_layer_norm_gives_each_row_mean_0_and_variance_1(x: Numbers) -> None:
    assert has_the_moments(right, x)


@given(batches())
def test_layer_norm_does_not_know_the_other_rows(x: Numbers) -> None:
    assert leaves_mates_out(right, x)


@given(batches())
def test_layer_norm_forgets_shift_and_scale(x: Numbers) -> None:
    assert forgets_shift(right, x)
    assert forgets_scale(right, x)


BROKEN = {
    "n_minus_1": has_the_moments,
    "columns": leaves_mates_out,
    "no_mean": forgets_shift,
    "eps_outside": has_the_moments,
}


@pytest.mark.parametrize("way", BROKEN)
def test_each_mutant_breaks_a_property(way: str) -> None:
    small = np.random.default_rng(0).normal(0, 0.02, (4, 5)) + 1
    assert not BROKEN[way](mutant(way), small)


@pytest.mark.parametrize("way", ["n_minus_1", "columns", "no_mean", "eps_outside"])
def test_each_mutant_misses_the_moments(way: str) -> None:
    small = np.random.default_rng(0).normal(0, 0.02, (4, 5)) + 1
    assert has_the_moments(right, small)
    assert not has_the_moments(mutant(way), small)


@given(batches())
def test_both_norms_are_pytorchs_own_modules(x: Numbers) -> None:
    values = torch.tensor(x)
    own_layer = torch.nn.LayerNorm(x.shape[1], dtype=torch.float64)
    own_batch = torch.nn.BatchNorm1d(x.shape[1], dtype=torch.float64).train()
    torch.testing.assert_close(bare_layer_norm(values), own_layer(values).detach())
    torch.testing.assert_close(bare_batch_norm(values), own_batch(values).detach())


@given(batches())
def test_down_the_columns_is_batch_norm(x: Numbers) -> None:
    np.testing.assert_allclose(wrong_norm(x, "columns"), bare_batch_norm(torch.tensor(x)).numpy(), atol=1e-9)


@given(batches())
def test_n_minus_1_shrinks_every_row_alike(x: Numbers) -> None:
    n = x.shape[1]
    large = x / x.std(axis=1, keepdims=True) * 1e4
    np.testing.assert_allclose(wrong_norm(large, "n_minus_1") / right(large), np.sqrt((n - 1) / n), rtol=1e-6)
    np.testing.assert_allclose(row_moments(wrong_norm(large, "n_minus_1"))[:, 1], (n - 1) / n, rtol=1e-6)


def test_taking_mates_out_moves_the_first_sentence_under_batch_norm_only_for_every_seed() -> None:
    for seed in range(100):
        for mates in ((), (1,), (3,), (1, 2)):
            found = compare(drawn_batch(seed), mates)
            assert found.layer_change == 0
            assert found.batch_change > 0.05
        assert compare(drawn_batch(seed), (1, 2, 3)).batch_change == 0


def test_a_batch_is_drawn_from_its_seed_alone() -> None:
    np.testing.assert_array_equal(drawn_batch(5), drawn_batch(5))
    assert not np.array_equal(drawn_batch(5), drawn_batch(6))
    assert drawn_batch(5).shape == (4, 2, 4)


def test_the_wrong_norms_are_wrong_in_every_seed() -> None:
    for seed in range(100):
        x = drawn_batch(seed).reshape(-1, 4)
        for way in WRONG_NORMS:
            assert np.abs(wrong_norm(x, way) - right(x)).max() > 0.05


@pytest.mark.parametrize("name", ["encoder.0.self", "encoder.3.feed_forward", "decoder.1.cross"])
def test_written_out_is_the_models_own_layer_norm(name: str) -> None:
    trace = attnviz.trace(attnviz.load_model(), "I go home")
    norm = trace.norms[name]
    x = trace.embeddings[1] + trace.positions[1]
    found = written_out(x, norm)
    gain, bias = (torch.tensor(array) for array in (norm.gain, norm.bias))
    expected = F.layer_norm(torch.tensor(x), gain.shape, gain, bias, norm.eps).numpy()
    np.testing.assert_allclose(found.result, expected, atol=1e-5)
    by_hand = (x - found.before.mean) / np.sqrt(found.before.variance + norm.eps) * norm.gain + norm.bias
    np.testing.assert_allclose(found.result, by_hand, atol=1e-5)
    np.testing.assert_allclose(found.result, found.standard * norm.gain + norm.bias, atol=1e-9)
    assert found.between.mean == pytest.approx(0, abs=1e-9)
    assert found.between.variance == pytest.approx(found.before.variance / (found.before.variance + norm.eps))


def test_moments_are_the_biased_ones() -> None:
    found = moments(np.array([1.0, 2.0, 3.0, 6.0]))
    assert (found.mean, found.variance, found.length) == pytest.approx((3.0, 3.5, np.sqrt(50)))


def test_a_constant_vector_is_safe() -> None:
    found = written_out(np.full(4, 7.0), Norm(np.ones(4, np.float32), np.zeros(4, np.float32), 1e-5))
    np.testing.assert_array_equal(found.result, 0)
