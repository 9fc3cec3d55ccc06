"""The worked examples: every step against torch's own attention and published numbers."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given as examples
from hypothesis import strategies as st
from torch.nn import functional as F

from attnviz.concepts.softmax import weigh
from attnviz.concepts.worked_example import (
    Given,
    Worked,
    has_differences,
    most_looked_at,
    pairing,
    published_softmax,
    with_queries_times,
    without,
    work,
)
from attnviz.concepts.worked_presets import PRESETS, preset

Work = Callable[[Given], Worked]


def tolerance(entry: dict[str, Any]) -> float:
    return float(re.findall(r"[\d.]+(?:e-\d+)?", entry["tolerance"])[0])


@st.composite
def given_examples(draw: st.DrawFn) -> Given:
    """Small integers in any of the page's sizes, any mask that leaves each row something, scaled or not."""
    words, d_model, d_k = (draw(st.integers(1, high)) for high in (6, 4, 4))
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    mask = generator.random((words, words)) < draw(st.floats(0, 1))
    mask[np.arange(words), generator.integers(0, words, words)] = True
    X, W_Q, W_K, W_V = (
        generator.integers(-3, 4, shape).astype(float) for shape in ((words, d_model), *[(d_model, d_k)] * 3)
    )
    return Given(X, W_Q, W_K, W_V, mask=mask, scaled=draw(st.booleans()))


def is_attention(work: Work, given: Given) -> bool:
    """Whether the result is torch's own fused attention, row by row."""
    query, key, value = (torch.tensor(given.inputs @ W) for W in (given.W_Q, given.W_K, given.W_V))
    scale = None if given.scaled else 1.0
    fused = F.scaled_dot_product_attention(query, key, value, torch.tensor(given.mask), scale=scale).numpy()
    worked = work(given)
    sums = np.allclose(worked.row_sums, 1, atol=1e-12) and (worked.weights[~given.mask] == 0).all()
    return bool(sums and np.allclose(worked.head_output, fused, atol=1e-9))


@examples(given_examples())
def test_every_example_is_torchs_attention(given: Given) -> None:
    assert is_attention(work, given)


def changed(given: Given, weights: Callable[[Worked], np.ndarray]) -> Worked:
    right = work(given)
    wrong = weights(right)
    return replace(right, weights=wrong, row_sums=wrong.sum(axis=1), head_output=wrong @ right.value)


def filled(worked: Worked, fill: float) -> np.ndarray:
    return weigh(np.where(worked.given.mask, worked.scaled_scores, fill), "row")


MUTANTS: dict[str, Work] = {
    "no scaling": lambda given: work(replace(given, scaled=False)),
    "column softmax": lambda given: changed(given, lambda right: weigh(right.masked_scores, "column")),
    "whole matrix": lambda given: changed(given, lambda right: weigh(right.masked_scores, "all")),
    "fill 0": lambda given: changed(given, lambda right: filled(right, 0)),
    "fill -100": lambda given: changed(given, lambda right: filled(right, -100)),
    "mask inverted": lambda given: work(replace(given, mask=~given.mask)),
    "0 after softmax": lambda given: changed(given, lambda right: weigh(right.scaled_scores, "row") * given.mask),
    "keys as values": lambda given: work(replace(given, W_V=given.W_K)),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_property_finds_planted_mutants(name: str) -> None:
    mask = np.tril(np.ones((3, 3), dtype=bool))
    assert not is_attention(MUTANTS[name], replace(preset("lecture").given, mask=mask))


@examples(given_examples())
def test_every_number_is_made_from_those_beside_it(given: Given) -> None:
    worked = work(given)
    np.testing.assert_array_equal(worked.scores, worked.query @ worked.key.T)
    np.testing.assert_allclose(worked.scaled_scores, worked.scores / worked.divisor, atol=1e-12)
    allowed = given.mask
    np.testing.assert_allclose(worked.masked_scores[allowed], worked.scaled_scores[allowed], atol=1e-12)
    assert np.isneginf(worked.masked_scores[~allowed]).all()
    np.testing.assert_allclose(worked.exponentials.sum(axis=1), worked.exponential_sums)
    np.testing.assert_allclose(worked.exponentials / worked.exponential_sums[:, None], worked.weights, atol=1e-12)
    np.testing.assert_allclose(worked.weights @ worked.value, worked.head_output, atol=1e-12)


@examples(given_examples(), st.integers(0, 5))
def test_a_row_that_may_look_at_nothing_leaves_the_others_alone(given: Given, row: int) -> None:
    row %= len(given.inputs)
    mask = given.mask.copy()
    mask[row] = False
    whole, cut = work(given), work(replace(given, mask=mask))
    others = np.arange(len(mask)) != row
    assert cut.empty_rows == (row,)
    assert cut.rows == tuple(np.flatnonzero(others))
    assert np.isnan(cut.weights[row]).all() and np.isnan(cut.head_output[row]).all()
    np.testing.assert_array_equal(cut.scores, whole.scores)
    np.testing.assert_array_equal(cut.weights[others], whole.weights[others])
    np.testing.assert_array_equal(cut.head_output[others], whole.head_output[others])


def test_six_words_without_projections_are_as_published(golden: dict[str, dict[str, Any]]) -> None:
    entry = golden["llms_from_scratch.ch03_simple"]
    example = preset("ch03_simple")
    worked = work(example.given)
    assert list(example.words) == entry["value"]["tokens"]
    for name, numbers in (
        ("inputs", example.given.inputs),
        ("scores", worked.scores),
        ("weights", worked.weights),
        ("context", worked.head_output),
    ):
        np.testing.assert_allclose(numbers, entry["value"][name], atol=tolerance(entry), rtol=0)


def test_the_causal_mask_is_as_published(golden: dict[str, dict[str, Any]]) -> None:
    entry = golden["llms_from_scratch.ch03_causal_mask"]
    worked = work(preset("ch03_causal_mask").given)
    for name, numbers in (("scores", worked.scores), ("minus_inf", worked.weights)):
        np.testing.assert_allclose(numbers, entry["value"][name], atol=tolerance(entry), rtol=0)
    unmasked = work(replace(worked.given, mask=np.ones_like(worked.given.mask)))
    np.testing.assert_allclose(unmasked.weights, entry["value"]["unmasked_weights"], atol=tolerance(entry), rtol=0)


def test_its_projections_are_those_of_the_published_seed() -> None:
    given = preset("ch03_causal_mask").given
    with torch.random.fork_rng():
        torch.manual_seed(789)
        drawn = [torch.nn.Linear(3, 2, bias=False).weight.detach().numpy().T for _ in range(3)]
    for ours, theirs in zip((given.W_Q, given.W_K, given.W_V), drawn, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=5.1e-5, rtol=0)


def test_the_average_is_as_published(golden: dict[str, dict[str, Any]]) -> None:
    entry = golden["karpathy.tril_average"]
    worked = work(preset("tril_average").given)
    np.testing.assert_array_equal(worked.given.inputs, entry["value"]["b"])
    np.testing.assert_allclose(worked.weights, entry["value"]["weights"], atol=tolerance(entry), rtol=0)
    np.testing.assert_allclose(worked.head_output, entry["value"]["out"], atol=tolerance(entry), rtol=0)


def test_the_illustrated_softmax_is_as_published(golden: dict[str, dict[str, Any]]) -> None:
    entry = golden["illustrated_transformer.softmax"]
    value = entry["value"]
    worked = published_softmax(tuple(value["scores"]), value["d_k"])
    np.testing.assert_array_equal(worked.scores[0], value["scores"])
    np.testing.assert_array_equal(worked.scaled_scores[0], value["scaled"])
    np.testing.assert_allclose(worked.weights[0], value["softmax"], atol=tolerance(entry), rtol=0)
    np.testing.assert_allclose(worked.weights[0], value["softmax_exact"], atol=1e-8, rtol=0)
    np.testing.assert_allclose(weigh(worked.scores, "row")[0], value["softmax_if_unscaled"], rtol=1e-6)


def test_the_lectures_shapes_are_small_integers() -> None:
    given = preset("lecture").given
    assert given.inputs.shape == (3, 3)
    assert given.W_Q.shape == given.W_K.shape == given.W_V.shape == (3, 4)
    numbers = np.concatenate([array.ravel() for array in (given.inputs, given.W_Q, given.W_K, given.W_V)])
    assert set(numbers) <= {-1, 0, 1, 2}
    assert len(set(work(given).weights.argmax(axis=1))) == 3  # three words look at three different words


def test_random_examples_can_be_followed_on_paper() -> None:
    for seed in range(100):
        given = preset("random", seed).given
        assert given.inputs.shape == (3, 3) and given.W_Q.shape == (3, 4)
        for array in (given.inputs, given.W_Q, given.W_K, given.W_V):
            assert set(array.ravel()) <= {-1, 0, 1, 2}
        worked = work(given)
        assert None not in [most_looked_at(worked, row) for row in range(3)]
        assert (worked.weights.max(axis=1) < 0.95).all()
        np.testing.assert_array_equal(given.inputs, preset("random", seed).given.inputs)
    assert any((preset("random", 1).given.inputs != preset("random", seed).given.inputs).any() for seed in (2, 3))


def test_published_presets_name_their_source() -> None:
    assert {name for name in PRESETS if preset(name).source} == {"tril_average", "ch03_simple", "ch03_causal_mask"}


def test_softmax_over_rows_columns_and_all() -> None:
    scores = work(preset("lecture").given).masked_scores
    np.testing.assert_allclose(weigh(scores, "row").sum(axis=1), 1)
    np.testing.assert_allclose(weigh(scores, "column").sum(axis=0), 1)
    np.testing.assert_allclose(weigh(scores, "all").sum(), 1)
    assert (np.abs(weigh(scores, "all").sum(axis=1) - 1) > 0.1).all()


@examples(given_examples(), st.integers(0, 5))
def test_longer_queries_never_lower_the_largest_weight(given: Given, row: int) -> None:
    row %= len(given.inputs)
    worked = work(given)
    before, after = worked.weights[row], with_queries_times(given, 2).weights[row]
    assert after.max() >= before.max() - 1e-12
    if not has_differences(worked, row):
        np.testing.assert_allclose(after, before, atol=1e-12)
    elif left_to_others(worked, row) > 1e-9:  # below, float64 may hide it
        assert after.max() > before.max()


def left_to_others(worked: Worked, row: int) -> float:
    """What the words with less than the largest score of a row share."""
    scores = worked.masked_scores[row]
    return float(worked.weights[row][scores < scores.max()].sum())


def test_two_largest_scores_may_leave_nothing_that_longer_queries_could_take() -> None:
    given = Given(
        inputs=np.array([[3.0, 1], [3, 1], [-3, 1]]),
        W_Q=np.array([[3.0], [0]]),
        W_K=np.array([[3.0], [0]]),
        W_V=np.array([[1.0], [0]]),
        mask=np.ones((3, 3), dtype=bool),
    )
    worked = work(given)
    assert has_differences(worked, 0)
    assert left_to_others(worked, 0) < 1e-60  # more than 0, but no float64 near 0.5 shows it
    assert worked.weights[0].max() == with_queries_times(given, 2).weights[0].max() == 0.5


def test_hiding_a_word_keeps_the_proportions_of_the_others() -> None:
    given = preset("lecture").given
    before, after = work(given).weights[0], without(given, 0, 1).weights[0]
    assert after[1] == 0
    np.testing.assert_allclose(after[[0, 2]], before[[0, 2]] / before[[0, 2]].sum())


def test_a_tie_is_nobodys() -> None:
    worked = work(preset("tril_average").given)
    assert [most_looked_at(worked, row) for row in range(3)] == [0, None, None]
    assert most_looked_at(without(worked.given, 0, 0), 0) is None


@pytest.mark.parametrize(("rows", "product", "pairs"), [(2, None, 3), (3, 0.0, 3), (4, None, 4), (5, None, 5)])
def test_only_as_many_rows_as_the_word_has_numbers_make_a_product(rows: int, product: float | None, pairs: int) -> None:
    given = preset("lecture").given
    found = pairing(given, rows)
    assert len(found.pairs) == pairs
    assert found.product == product
    if product is not None:
        assert product == work(given).query[0, 0]
    assert sum(None in pair for pair in found.pairs) == abs(rows - 3)


def test_a_projection_is_d_model_by_d_k_as_in_the_published_picture(golden: dict[str, dict[str, Any]]) -> None:
    shape = golden["illustrated_transformer.shape"]["value"]
    d_model, d_k = shape["W_shape"]
    assert (d_model, d_k) == (shape["embedding"], shape["qkv"])
    W = np.ones((d_model, d_k))
    worked = work(Given(np.eye(2, d_model), W, W, W, mask=np.ones((2, 2), dtype=bool)))
    assert worked.query.shape == worked.key.shape == worked.value.shape == (2, d_k)
    square = np.ones((d_k, d_k))  # "W is square" can't even be multiplied
    with pytest.raises(RuntimeError):
        work(Given(np.eye(2, d_model), square, square, square, mask=np.ones((2, 2), dtype=bool)))
