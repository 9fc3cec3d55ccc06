"""Table 1 of the paper in numbers: against the paper, against graphs walked step by step, against our own arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attnviz import Model
from attnviz.concepts.complexity import (
    FORMULAS,
    KINDS,
    PRESETS,
    Fit,
    Kind,
    Measured,
    Sizes,
    cost,
    crossing,
    dilated_layers,
    fit,
    measure,
    operations,
    run_once,
)

Count = Callable[[Kind, int, Sizes], int]
sizes = st.builds(Sizes, st.integers(1, 3000), st.integers(1, 3000), st.integers(2, 40), st.integers(1, 3000))


def test_formulas_are_the_papers(golden: dict[str, dict[str, Any]]) -> None:
    entry = golden["vaswani.table1"]
    for kind, row in zip(KINDS, entry["value"], strict=True):
        written = [formula.replace("\\", "").replace(" ", "") for formula in FORMULAS[kind]]
        assert [f"O({formula})" for formula in written] == [cell.replace(" ", "") for cell in row[1:]]
    assert "n=64,d=512 2.10M vs 16.8M" in entry["note"] and "n=1024 537M vs 268M" in entry["note"]
    for n, own, other in ((64, 2.10e6, 16.8e6), (1024, 537e6, 268e6)):
        shape = Sizes(n, 512, 3, 16)
        assert operations("self_attention", n, shape) == pytest.approx(own, rel=2e-3)
        assert operations("recurrent", n, shape) == pytest.approx(other, rel=2e-3)


def is_table_1(count: Count, at: Sizes) -> None:
    n, d, k, r = at.n, at.d, at.k, at.r
    own, other = count("self_attention", n, at), count("recurrent", n, at)
    assert (own < other, own == other) == (n < d, n == d)  # cheaper exactly when n < d
    assert own * d == other * n
    assert count("self_attention", 2 * n, at) == 4 * own
    assert count("recurrent", 2 * n, at) == 2 * other
    assert count("convolution", n, at) == k * other
    assert count("restricted", n, at) == (own if r >= n else r * n * d)


@given(sizes)
def test_operations_are_table_1(at: Sizes) -> None:
    is_table_1(operations, at)


def _swapped(kind: Kind, n: int, at: Sizes) -> int:
    other: dict[Kind, Kind] = {"self_attention": "recurrent", "recurrent": "self_attention"}
    return operations(other.get(kind, kind), n, at)


@pytest.mark.parametrize(
    "wrong",
    [
        _swapped,
        lambda kind, n, at: operations(kind, n, at, projections=True),
        lambda kind, n, at: at.r * n * at.d if kind == "restricted" else operations(kind, n, at),  # beyond all words
        lambda kind, n, at: n * at.d**2 if kind == "convolution" else operations(kind, n, at),  # k forgotten
    ],
)
def test_table_1_finds_wrong_counts(wrong: Count) -> None:
    with pytest.raises(AssertionError):
        is_table_1(wrong, Sizes(100, 30, 3, 200))


@given(sizes)
def test_projections_are_four_matrices_on_every_word(at: Sizes) -> None:
    for kind in KINDS:
        added = operations(kind, at.n, at, True) - operations(kind, at.n, at)
        assert added == (4 * at.n * at.d**2 if kind in ("self_attention", "restricted") else 0)
    # with them, never below one recurrent matrix; below the eight of an LSTM up to n = 4d
    own, recurrent = operations("self_attention", at.n, at, True), operations("recurrent", at.n, at)
    assert own > recurrent and crossing(at, True) is None
    assert (own <= 8 * recurrent) == (at.n <= 4 * at.d)


@given(sizes)
def test_they_cross_at_n_equal_d(at: Sizes) -> None:
    meet = crossing(at)
    assert meet == at.d
    assert operations("self_attention", meet, at) == operations("recurrent", meet, at)


class Counted:
    """A number that counts its products."""

    products = 0

    def __mul__(self, other: "Counted") -> "Counted":
        Counted.products += 1
        return self

    def __add__(self, other: "Counted") -> "Counted":
        return self


def test_operations_are_products_counted_one_by_one() -> None:
    n, d = 7, 4
    at = Sizes(n, d, 3, 5)
    words, square = np.full((n, d), Counted(), dtype=object), np.full((d, d), Counted(), dtype=object)

    def counted(left: Any, right: Any) -> int:
        Counted.products = 0
        left @ right
        return Counted.products

    assert counted(words, words.T) == operations("self_attention", n, at)
    one_by_one = sum(counted(word[None], square) for word in words)
    assert one_by_one == operations("recurrent", n, at)
    wide = np.full((at.k * d, d), Counted(), dtype=object)
    assert counted(np.full((n, at.k * d), Counted(), dtype=object), wide) == operations("convolution", n, at)
    assert sum(counted(word[None], words[: at.r].T) for word in words) == operations("restricted", n, at)
    added = operations("self_attention", n, at, True) - operations("self_attention", n, at)
    assert sum(counted(words, square) for _ in ("W_Q", "W_K", "W_V", "W_O")) == added


@given(st.integers(1, 400), st.integers(2, 12))
def test_the_path_of_dilated_convolutions_walked(n: int, k: int) -> None:
    reached, layers = {0}, 0
    while n - 1 not in reached or layers == 0:  # layer i sees k words, k^i apart
        reached = {place + step * k**layers for place in reached for step in range(k)}
        reached = {place for place in reached if place < n}
        layers += 1
    assert dilated_layers(n, k) == layers


@given(sizes)
def test_paths_and_waiting(at: Sizes) -> None:
    found = {kind: cost(kind, at) for kind in KINDS}
    assert found["recurrent"].path == found["recurrent"].sequential == at.n
    assert found["self_attention"].path == 1
    assert all(found[kind].sequential == 1 for kind in KINDS if kind != "recurrent")
    assert (found["restricted"].path - 1) * at.r < at.n <= found["restricted"].path * at.r
    assert all(1 <= one.path <= at.n or at.n == 1 for one in found.values())
    assert found["restricted"].operations == operations("restricted", at.n, at)


@pytest.mark.parametrize("wrong", [(0, 1, 2, 1), (1, 0, 2, 1), (1, 1, 1, 1), (1, 1, 2, 0)])
def test_sizes_without_numbers_are_refused(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        Sizes(*wrong)


def test_presets_are_published_sizes() -> None:
    assert PRESETS == {"paper": (64, 512), "gpt2": (1024, 768), "gpt3": (2048, 12288)}


def recovers_powers(fitted: Callable[[Any, Any], Any], exponent: float, factor: float) -> None:
    n = np.array([8, 16, 32, 64])
    found = fitted(n, factor * n**exponent)
    assert found.exponent == pytest.approx(exponent, abs=1e-9)
    np.testing.assert_allclose(found.at(n), factor * n**exponent, rtol=1e-9)


@given(st.floats(0, 4), st.floats(1e-6, 1e6))
def test_a_fit_recovers_a_power(exponent: float, factor: float) -> None:
    recovers_powers(fit, exponent, factor)


def test_a_fit_without_logarithms_is_found() -> None:
    with pytest.raises(AssertionError):
        recovers_powers(lambda n, y: Fit(*(float(part) for part in np.polyfit(n, y, 1))), 2.0, 3.0)


@given(st.integers(2, 2000))
def test_the_linear_part_keeps_the_exponent_below_two(d: int) -> None:
    """The page's claim: n^2 d + 4 n d^2 grows with an exponent between 1 and 2, and larger in longer texts."""
    at, lengths = Sizes(1, d, 2, 1), (8, 16, 32, 64, 128, 256, 512)
    found = [
        fit(lengths[start:], [operations("self_attention", n, at, True) for n in lengths[start:]]).exponent
        for start in range(4)
    ]
    assert found == sorted(found)
    assert found[0] > 1 and found[-1] < 2


def test_memory_is_the_size_of_the_arrays(model: Model) -> None:
    attention: Any = model.transformer.encoder[0].self_attention
    heads, d = model.transformer.config.n_heads, model.transformer.config.d_model
    found = measure(attention, (8, 24, 40), runs=2)
    np.testing.assert_array_equal(found.square, [3 * 4 * heads * n * n for n in (8, 24, 40)])
    np.testing.assert_array_equal(found.linear, [5 * 4 * d * n for n in (8, 24, 40)])
    assert found.seconds.shape == (3, 2) and (found.seconds > 0).all()
    assert found.noise >= 1
    np.testing.assert_array_equal(found.memory, found.square + found.linear)


def test_noise_and_time_come_from_the_runs() -> None:
    found = Measured(np.array([8, 16]), np.array([[1.0, 2, 9], [4.0, 4, 4]]), np.ones(2), np.ones(2))
    assert list(found.time) == [2, 4]
    assert found.noise == 4.5


@pytest.mark.parametrize("n", [1, 5, 9])
def test_what_is_measured_is_the_models_own_attention(n: int, model: Model) -> None:
    attention: Any = model.transformer.encoder[0].self_attention
    x = torch.randn(1, n, model.transformer.config.d_model, generator=torch.Generator().manual_seed(n))
    with torch.inference_mode():
        *_, steps, output = run_once(attention, x)
        own, _ = attention(x, x, None)
    torch.testing.assert_close(output, own, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(steps.weights.sum(-1), torch.ones_like(steps.weights.sum(-1)))
