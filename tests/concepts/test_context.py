"""The same word in two sentences: cosines and weights against outside oracles, and what holds for any model."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import attnviz
from attnviz import Model, Trace
from attnviz.concepts.context import (
    Looks,
    Shared,
    journey,
    likeness,
    looks,
    n_levels,
    other_pairs,
    row,
    shared_words,
    window,
    word_vectors,
)
from attnviz.model.config import Config
from attnviz.model.transformer import Transformer
from attnviz.trace.run import wrap

RIVER, MONEY = "She sat on the bank of the river .", "He took the money to the bank ."


@pytest.fixture(scope="module")
def pair(model: Model) -> tuple[Trace, Trace]:
    return attnviz.trace(model, RIVER, ""), attnviz.trace(model, MONEY, "")


def bank(pair: tuple[Trace, Trace]) -> Shared:
    return next(shared for shared in shared_words(*pair) if shared.word == "bank")


def test_shared_words_stand_where_they_say(pair: tuple[Trace, Trace]) -> None:
    found = shared_words(*pair)
    assert [shared.word for shared in found] == ["the", "bank", "."]
    for shared in found:
        assert pair[0].words[shared.first] == pair[1].words[shared.second] == shared.word
    assert bank(pair) == Shared("bank", 4, 6)


def test_a_capital_makes_another_word(model: Model) -> None:
    traces = [attnviz.trace(model, text, "") for text in ("Bank", "bank")]
    assert shared_words(*traces) == ()


def test_a_word_cut_off_at_the_cap_is_no_shared_word(model: Model) -> None:
    long = attnviz.trace(model, "yes " * 126 + "incomprehensibilities", "")
    short = attnviz.trace(model, "incomprehensibilities yes", "")
    cut = [token for token, word in enumerate(long.word_of) if word == 126]
    whole = [token for token, word in enumerate(short.word_of) if word == 0]
    assert long.n_dropped and len(cut) < len(whole)
    assert [shared.word for shared in shared_words(short, long)] == ["yes"]


def test_levels_are_the_traces_own_streams(pair: tuple[Trace, Trace]) -> None:
    trace = pair[0]
    vectors = word_vectors(trace)
    assert len(vectors) == n_levels(trace) == 2 + len(trace.encoder_self)
    token = trace.word_of.index(4)
    np.testing.assert_array_equal(vectors[0, 4], trace.embeddings[token])
    np.testing.assert_allclose(vectors[1, 4], trace.embeddings[token] + trace.positions[token], rtol=1e-6)
    last = f"encoder.{len(trace.encoder_self) - 1}.feed_forward"
    np.testing.assert_array_equal(vectors[-1, 4], trace.residual[last][token])


def test_a_word_of_several_tokens_is_their_mean(model: Model) -> None:
    trace = attnviz.trace(model, "incomprehensibilities grow", "")
    pieces = [token for token, word in enumerate(trace.word_of) if word == 0]
    assert len(pieces) > 1
    np.testing.assert_allclose(word_vectors(trace)[0, 0], trace.embeddings[pieces].mean(axis=0), rtol=1e-5, atol=1e-6)


def test_a_journey_against_torch(pair: tuple[Trace, Trace]) -> None:
    found = journey(*pair, bank(pair))
    left, right = torch.tensor(found.first), torch.tensor(found.second)
    np.testing.assert_allclose(found.cosine, torch.nn.functional.cosine_similarity(left, right).numpy(), atol=1e-12)
    np.testing.assert_allclose(found.distance, torch.nn.PairwiseDistance(eps=0)(left, right).numpy(), atol=1e-9)
    np.testing.assert_allclose(found.dot, torch.linalg.vecdot(left, right).numpy(), rtol=1e-12)
    np.testing.assert_allclose(found.lengths[:, 1], right.norm(dim=1).numpy(), rtol=1e-12)


def test_other_pairs_are_the_mean_over_different_words(pair: tuple[Trace, Trace]) -> None:
    left, right = (word_vectors(trace) for trace in pair)
    cosines = [
        torch.nn.functional.cosine_similarity(torch.tensor(left[:, i]), torch.tensor(right[:, j])).numpy()
        for i, one in enumerate(pair[0].words)
        for j, other in enumerate(pair[1].words)
        if one != other
    ]
    np.testing.assert_allclose(other_pairs(*pair), np.mean(cosines, axis=0), atol=1e-12)


def test_without_different_words_there_is_no_mean(model: Model) -> None:
    trace = attnviz.trace(model, "yes yes", "")
    assert np.isnan(other_pairs(trace, trace)).all()


def test_weights_are_the_traces_own(pair: tuple[Trace, Trace]) -> None:
    shared, found = bank(pair), looks(*pair, bank(pair))
    assert found.names == ("the", "bank", ".", "‹end›")
    for trace, place, weights in ((pair[0], shared.first, found.first), (pair[1], shared.second, found.second)):
        token = trace.word_of.index(place)
        for layer, call in enumerate(trace.encoder_self):
            own = call.weights[:, token].astype(np.float64)  # (head, key)
            at = [key for key, word in enumerate(trace.word_of) if word is not None and trace.words[word] == "the"]
            assert len(at) == 2
            np.testing.assert_allclose(weights[layer, :, 0], own[:, at].sum(axis=1), atol=1e-7)
            np.testing.assert_allclose(weights[layer, :, 3], own[:, -1], atol=1e-7)
        np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)


def test_a_row_is_whole_and_in_order(pair: tuple[Trace, Trace]) -> None:
    found = row(pair[0], 1, 2, 4)
    assert found.labels == (*pair[0].words, "‹end›")
    np.testing.assert_allclose(found.weights, pair[0].encoder_self[1].weights[2, pair[0].word_of.index(4)], atol=1e-7)
    strongest = found.strongest(3)
    assert list(strongest) == sorted(strongest)
    assert min(found.weights[list(strongest)]) >= np.sort(found.weights)[-3]


def test_likeness_ranks_by_both_measures(pair: tuple[Trace, Trace]) -> None:
    shared = bank(pair)
    found, longer = (likeness(*pair, shared, 0, stretch) for stretch in (1.0, 100.0))
    assert found.words[found.nearest("cosine")] == longer.words[longer.nearest("dot")] == "bank"
    np.testing.assert_allclose(longer.cosine, found.cosine, atol=1e-12)
    assert longer.dot[shared.second] == pytest.approx(100 * found.dot[shared.second])
    shorter = likeness(*pair, shared, 0, 0.001)
    assert shorter.words[shorter.nearest("cosine")] == "bank"
    assert shorter.words[shorter.nearest("dot")] != "bank"  # the page's mistake fails as it says


@pytest.mark.parametrize("start", range(0, 100, 20))
def test_every_model_starts_at_one_and_leaves_it(start: int, model: Model) -> None:
    """The page's claim for any parameters: the embedding has no context, what follows has. 100 of 100 seeds."""
    config = Config(model.transformer.config.vocabulary_size, 16, 2, 2, 1, 32)
    for seed in range(start, start + 20):
        torch.manual_seed(seed)
        random = wrap("random", Transformer(config).eval(), model.tokenizer)
        first, second = (attnviz.trace(random, text, "") for text in (RIVER, MONEY))
        shared = bank((first, second))
        cosines = journey(first, second, shared).cosine
        assert cosines[0] == pytest.approx(1, abs=1e-12)
        assert (cosines[1:] < 1 - 1e-6).all()
        assert (looks(first, second, shared).moved > 0).all()


def shares_of_weight(moved: Callable[[Any, Any], Any], first: Any, second: Any) -> None:
    both = moved(first, second)
    assert ((both >= -1e-12) & (both <= 1 + 1e-12)).all()
    np.testing.assert_allclose(both, moved(second, first), atol=1e-12)
    np.testing.assert_allclose(moved(first, first), 0, atol=1e-12)
    np.testing.assert_allclose(both, np.maximum(second - first, 0).sum(axis=-1), atol=1e-9)  # what goes, arrives


@st.composite
def rows_of_weights(draw: Any) -> Any:
    raw = draw(hnp.arrays(np.float64, (2, 2, 3, 4), elements=st.floats(0.01, 5)))
    return raw / raw.sum(axis=-1, keepdims=True)


@given(rows_of_weights())
def test_what_moved_is_a_share(weights: Any) -> None:
    shares_of_weight(lambda first, second: Looks(("a", "b", "c"), first, second).moved, *weights)


@given(rows_of_weights(), st.sets(st.integers(0, 2)))
def test_gathering_keeps_the_sums_and_never_adds_change(weights: Any, kept: set[int]) -> None:
    whole = Looks(("a", "b", "c"), *weights)
    few = whole.gathered(tuple(sorted(kept)))
    assert few.names == tuple(whole.names[name] for name in sorted(kept))
    np.testing.assert_allclose(few.first.sum(axis=-1), 1)
    assert (few.moved <= whole.moved + 1e-12).all()
    assert [whole.moved[at] for at in whole.ranked] == sorted(whole.moved.ravel(), reverse=True)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda first, second: np.abs(second - first).sum(axis=-1),  # counted twice
        lambda first, second: (second - first).sum(axis=-1),  # signs cancel
        lambda first, second: np.abs(second - first).max(axis=-1),
    ],
)
def test_a_share_finds_wrong_ways(wrong: Callable[[Any, Any], Any]) -> None:
    first, second = np.array([[[0.4, 0.4, 0.1, 0.1]]]), np.array([[[0.1, 0.1, 0.4, 0.4]]])
    with pytest.raises(AssertionError):
        shares_of_weight(wrong, first, second)


@given(st.integers(1, 200), st.integers(1, 40), st.data())
def test_a_window_holds_its_centre(n: int, size: int, data: Any) -> None:
    centre = data.draw(st.integers(0, n - 1))
    near = window(n, centre, size)
    assert 0 <= near.start <= centre < near.stop <= n
    assert near.stop - near.start == min(n, size)
