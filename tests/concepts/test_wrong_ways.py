"""The wrong ways: each does what its name says, and only that."""

import numpy as np
import pytest
import torch

import attnviz
from attnviz import Attention
from attnviz.concepts.wrong_ways import WRONG_WAYS, compare

HEAD = 3


@pytest.fixture(scope="module")
def encoder() -> Attention:
    return attnviz.trace(
        attnviz.load_model(), "The snake is very dangerous because it has a venom", "Die Schlange"
    ).encoder_self[1]


@pytest.fixture(scope="module")
def decoder() -> Attention:
    return attnviz.trace(attnviz.load_model(), "I go home", "Ich gehe nach Hause .").decoder_self[0]


def softmax(scores: np.ndarray) -> np.ndarray:
    return torch.tensor(scores, dtype=torch.float64).softmax(-1).numpy()


@pytest.mark.parametrize("name", WRONG_WAYS)
def test_the_right_way_is_a_softmax_row_by_row(encoder: Attention, decoder: Attention, name: str) -> None:
    for call in (encoder, decoder):
        right = compare(call, HEAD, name).right
        np.testing.assert_allclose(right.row_sums, 1, atol=1e-6)
        np.testing.assert_allclose(right.weights, softmax(right.scores), atol=1e-6)
        if name != "zero_after":
            np.testing.assert_array_equal(right.weights, call.weights[HEAD])


def test_no_scaling_is_the_softmax_of_the_raw_scores(encoder: Attention, decoder: Attention) -> None:
    for call in (encoder, decoder):
        found = compare(call, HEAD, "no_scaling")
        raw = np.where(call.mask, call.scores[HEAD], -np.inf)
        np.testing.assert_allclose(found.wrong.weights, softmax(raw), atol=1e-5)
        np.testing.assert_allclose(found.wrong.row_sums, 1, atol=1e-6)
        assert found.wrong.weights.max(axis=1).mean() > found.right.weights.max(axis=1).mean()


def test_another_mask_is_causal_where_there_was_none(encoder: Attention) -> None:
    found = compare(encoder, HEAD, "other_mask").wrong
    assert (found.weights[np.triu_indices(len(found.weights), 1)] == 0).all()
    np.testing.assert_allclose(found.row_sums, 1, atol=1e-6)
    assert found.weights[0, 0] == 1


def test_another_mask_is_none_where_there_was_one(decoder: Attention) -> None:
    found = compare(decoder, HEAD, "other_mask").wrong
    assert found.mask.all()
    assert (found.weights[np.triu_indices(len(found.weights), 1)] > 0).any()
    np.testing.assert_allclose(found.weights, softmax(decoder.scaled_scores[HEAD]), atol=1e-6)


def test_a_drawn_mask_changes_its_own_rows_only(encoder: Attention) -> None:
    drawn = np.array(encoder.mask)
    drawn[2, 4] = False
    found = compare(encoder, HEAD, "drawn_mask", drawn)
    others = np.arange(len(drawn)) != 2
    np.testing.assert_allclose(found.wrong.weights[others], found.right.weights[others], atol=1e-7)
    assert found.wrong.weights[2, 4] == 0
    np.testing.assert_allclose(found.wrong.row_sums, 1, atol=1e-6)
    assert found.empty_rows == ()


def test_a_row_with_nothing_allowed_is_told_not_guessed(encoder: Attention) -> None:
    drawn = np.array(encoder.mask)
    drawn[1] = False
    found = compare(encoder, HEAD, "drawn_mask", drawn)
    assert found.empty_rows == (1,)
    assert np.isnan(found.wrong.weights[1]).all()
    assert np.isfinite(np.delete(found.wrong.weights, 1, axis=0)).all()
    everything = compare(encoder, HEAD, "drawn_mask", np.zeros_like(drawn))
    assert everything.empty_rows == tuple(range(len(drawn)))


def test_softmax_over_the_whole_matrix_shares_out_a_single_one(encoder: Attention, decoder: Attention) -> None:
    for call in (encoder, decoder):
        found = compare(call, HEAD, "whole_matrix").wrong
        assert found.row_sums.sum() == pytest.approx(1, abs=1e-6)
        flat = softmax(call.masked_scores[HEAD].ravel())
        np.testing.assert_allclose(found.weights.ravel(), flat, atol=1e-6)


def test_zero_after_softmax_loses_what_it_cuts_away(encoder: Attention, decoder: Attention) -> None:
    for call in (encoder, decoder):
        found = compare(call, HEAD, "zero_after")
        open_weights = softmax(call.scaled_scores[HEAD])
        causal = np.tril(np.ones(call.mask.shape, dtype=bool))
        np.testing.assert_array_equal(found.forced, ~causal)
        np.testing.assert_allclose(found.wrong.weights, np.where(causal, open_weights, 0), atol=1e-6)
        np.testing.assert_allclose(found.wrong.row_sums, np.where(causal, open_weights, 0).sum(1), atol=1e-5)
        assert found.wrong.row_sums.min() < 0.9999
        # the lecture's other remedy: dividing by what is left gives the right way again
        left = found.wrong.row_sums > 0.01  # of less than that float32 keeps too few digits to divide
        mended = found.wrong.weights[left] / found.wrong.row_sums[left, None]
        np.testing.assert_allclose(mended, found.right.weights[left], atol=1e-4)


@pytest.mark.parametrize("name", WRONG_WAYS)
def test_one_token_is_enough(name: str) -> None:
    call = attnviz.trace(attnviz.load_model(), "Go", "").decoder_self[0]
    assert call.mask.shape == (1, 1)
    assert compare(call, 0, name).wrong.weights.shape == (1, 1)


def test_published_numbers(golden: dict[str, dict[str, object]]) -> None:
    """The Illustrated Transformer: scores 112 and 96 at d_k 64, scaled and not."""
    value = golden["illustrated_transformer.softmax"]["value"]
    assert isinstance(value, dict)
    query = np.zeros((1, 1, 64), dtype=np.float32)
    query[..., 0] = 1
    key = np.zeros((1, 2, 64), dtype=np.float32)
    key[0, :, 0] = value["scores"]
    anything = np.zeros((1, 2, 64), dtype=np.float32)
    parameters = None
    call = Attention(parameters, query[0], key[0], query, key, anything, np.ones((1, 2), dtype=bool))  # type: ignore[arg-type]
    found = compare(call, 0, "no_scaling")
    np.testing.assert_allclose(found.right.weights[0], value["softmax_exact"], atol=1e-6)
    np.testing.assert_allclose(found.wrong.weights[0], value["softmax_if_unscaled"], atol=1e-6)
