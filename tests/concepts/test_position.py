"""Positions: published numbers, torch as oracle, permutation equivariance and what breaks it."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

import attnviz
from attnviz import Model
from attnviz.concepts import position as concept
from attnviz.lessons.position.orders import LAYER_SIZE
from attnviz.model.masks import causal_mask
from attnviz.model.positions import sinusoidal_positions

FIRST, SECOND = ("home", "go", "I"), ("I", "go", "home")
SEEDS = range(100)
Golden = dict[str, dict[str, Any]]


# --- the encoding


def test_the_papers_formula_and_the_other_layout(golden: Golden) -> None:
    paper, other = concept.encoding(3, 4), concept.tensor2tensor_layout(3, 4)
    np.testing.assert_allclose(paper, golden["vaswani.pe_d4"]["value"], atol=1e-6)
    np.testing.assert_allclose(other, golden["illustrated_transformer.pe_t2t_d4"]["value"], atol=0.005)
    assert np.abs(paper - other).max() > 0.5


@pytest.mark.parametrize("d_model", [2, 4, 6, 64, 512])
def test_the_other_layout_is_sines_then_cosines(d_model: int) -> None:
    table = concept.tensor2tensor_layout(20, d_model)
    half = d_model // 2
    np.testing.assert_allclose(table[:, :half] ** 2 + table[:, half:] ** 2, 1, atol=1e-6)
    np.testing.assert_allclose(table[1, 0], math.sin(1), atol=1e-6)
    if half > 1:
        np.testing.assert_allclose(table[10, half - 1], math.sin(10 / 10000), atol=1e-6)


@given(st.integers(0, 400), st.integers(1, 128), st.data())
def test_an_entry_is_made_as_it_says(position: int, pairs: int, data: st.DataObject) -> None:
    dimension = data.draw(st.integers(0, 2 * pairs - 1))
    made = concept.entry(position, dimension, 2 * pairs)
    wave = math.cos if dimension % 2 else math.sin
    assert made.value == pytest.approx(wave(made.angle), abs=1e-6)
    assert made.angle == pytest.approx(position / 10000 ** (2 * (dimension // 2) / (2 * pairs)))
    assert math.cos(2 * math.pi * position / made.wavelength) == pytest.approx(math.cos(made.angle), abs=1e-9)


def test_identities(golden: Golden) -> None:
    table = concept.encoding(200, 512).astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), math.sqrt(512 / 2), atol=1e-4)
    for offset, cosine in golden["pe.identities"]["value"]["cos_by_offset_d512"].items():
        assert concept.similarity(40, 101, 512)[int(offset)] == pytest.approx(cosine, abs=1e-3)


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([2, 4, 16, 64, 512]))
def test_similarity_depends_on_the_distance_alone(first: int, second: int, d_model: int) -> None:
    np.testing.assert_allclose(
        concept.similarity(first, 60, d_model), concept.similarity(second, 60, d_model), atol=1e-5
    )
    oracle = torch.cosine_similarity(
        sinusoidal_positions(first + 60, d_model)[first], sinusoidal_positions(first + 60, d_model)[first:], dim=1
    )
    np.testing.assert_allclose(concept.similarity(first, 60, d_model), oracle.numpy(), atol=1e-5)


# --- two orders


@pytest.mark.parametrize(
    ("first", "second", "places"),
    [
        (("a", "b"), ("b", "a"), (1, 0)),
        (("a", "b", "a"), ("a", "a", "b"), (0, 2, 1)),
        (("a",), ("a",), (0,)),
        (("a", "b"), ("a", "a"), None),
        (("a", "b"), ("a",), None),
        (("a",), ("A",), None),
        ((), (), ()),
    ],
)
def test_match(first: tuple[str, ...], second: tuple[str, ...], places: tuple[int, ...] | None) -> None:
    assert concept.match(first, second) == places


def equivariance_error(run: Callable[[Tensor], Tensor], x: Tensor, permutation: Tensor) -> float:
    """The property: f(Px) = P f(x), for whatever maps (word, d_model) to (word, d_model)."""
    return float((run(x[permutation]) - run(x)[permutation]).abs().max())


def drawn(seed: int, n_words: int) -> tuple[concept.Layer, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    layer = concept.random_layer(6, generator)
    return layer, torch.randn((n_words, 6), generator=generator, dtype=torch.float64)


@given(st.integers(0, 10_000), st.integers(1, 12).flatmap(lambda n: st.permutations(range(n))))
def test_self_attention_is_permutation_equivariant(seed: int, permutation: list[int]) -> None:
    layer, x = drawn(seed, len(permutation))
    assert equivariance_error(layer, x, torch.tensor(permutation)) < 1e-12


def with_positions(layer: concept.Layer, x: Tensor) -> Tensor:
    return layer(x + sinusoidal_positions(len(x), x.shape[1]).double())


def with_causal_mask(layer: concept.Layer, x: Tensor) -> Tensor:
    return layer(x, causal_mask(len(x)))


def with_inverted_mask(layer: concept.Layer, x: Tensor) -> Tensor:
    return layer(x, ~causal_mask(len(x)) | torch.eye(len(x), dtype=torch.bool))


def with_fill(fill: float) -> Callable[[concept.Layer, Tensor], Tensor]:
    def run(layer: concept.Layer, x: Tensor) -> Tensor:
        scores = (x @ layer.W_Q) @ (x @ layer.W_K).T / math.sqrt(x.shape[1])
        return scores.masked_fill(~causal_mask(len(x)), fill).softmax(1) @ (x @ layer.W_V) @ layer.W_O

    return run


def with_values_moved(layer: concept.Layer, x: Tensor) -> Tensor:
    weights = ((x @ layer.W_Q) @ (x @ layer.W_K).T / math.sqrt(x.shape[1])).softmax(1)
    return weights @ (x @ layer.W_V).roll(1, 0) @ layer.W_O


def with_distance_in_the_scores(layer: concept.Layer, x: Tensor) -> Tensor:
    scores = (x @ layer.W_Q) @ (x @ layer.W_K).T
    place = torch.arange(len(x), dtype=torch.float64)
    return (scores - (place[:, None] - place).abs()).softmax(1) @ (x @ layer.W_V) @ layer.W_O


@pytest.mark.parametrize(
    "mutant",
    [
        with_positions,
        with_causal_mask,
        with_inverted_mask,
        with_fill(0.0),
        with_fill(-100.0),
        with_values_moved,
        with_distance_in_the_scores,
    ],
    ids=["positions", "causal", "inverted mask", "fill 0", "fill -100", "values moved", "distance in the scores"],
)
def test_a_planted_mutant_breaks_equivariance(mutant: Callable[[concept.Layer, Tensor], Tensor]) -> None:
    for seed in SEEDS:
        layer, x = drawn(seed, 4)
        # neither a reversal, which keeps all distances, nor a turn, which keeps who stands next to whom
        assert equivariance_error(partial(mutant, layer), x, torch.tensor([0, 2, 1, 3])) > 1e-3


@pytest.mark.parametrize("axis", [0, 1], ids=["column softmax", "no scaling"])
def test_a_softmax_done_differently_does_not_break_it(axis: int) -> None:
    """So the property is about order alone, and says nothing about the softmax."""

    def run(layer: concept.Layer, x: Tensor) -> Tensor:
        return ((x @ layer.W_Q) @ (x @ layer.W_K).T).softmax(axis) @ (x @ layer.W_V) @ layer.W_O

    layer, x = drawn(0, 5)
    assert equivariance_error(lambda x: run(layer, x), x, torch.tensor([3, 0, 4, 2, 1])) < 1e-12


@given(st.integers(0, 10_000), st.integers(1, 9), st.booleans())
def test_the_layer_is_torchs_attention(seed: int, n_words: int, causal: bool) -> None:
    layer, x = drawn(seed, n_words)
    mask = causal_mask(n_words) if causal else None
    oracle = F.scaled_dot_product_attention(x @ layer.W_Q, x @ layer.W_K, x @ layer.W_V, mask) @ layer.W_O
    torch.testing.assert_close(layer(x, mask), oracle, atol=1e-12, rtol=0)


def test_the_directions_that_the_page_tells_hold_for_every_seed() -> None:
    for seed in SEEDS:
        found = concept.random_layer_in_two_orders(FIRST, SECOND, LAYER_SIZE, seed)
        assert found["plain"].largest.max() < 1e-12
        assert found["positions"].largest.min() > 1e-3
        assert found["causal"].largest.min() > 1e-3


def test_equal_words_and_equal_orders_give_equal_outputs() -> None:
    for way, both in concept.random_layer_in_two_orders(FIRST, FIRST, 6, 3).items():
        assert both.largest.max() == 0, way
    twice = concept.random_layer_in_two_orders(("a", "b", "a"), ("b", "a", "a"), 6, 3)["plain"]
    np.testing.assert_allclose(twice.first[0], twice.first[2], atol=1e-12)


def test_the_rows_are_those_of_the_same_word() -> None:
    found = concept.random_layer_in_two_orders(("a", "b", "c"), ("a", "c", "b"), 6, 0)["causal"]
    assert found.largest[0] == 0  # a stands first in both: under a causal mask it sees itself alone
    assert found.largest[1] > 1e-3


def test_other_words_are_refused(model: Model) -> None:
    with pytest.raises(ValueError, match="same words"):
        concept.random_layer_in_two_orders(("a",), ("b",), 6, 0)
    with pytest.raises(ValueError, match="same words"):
        concept.model_in_two_orders(model, ("a",), ("b",), positions=True)
    with pytest.raises(ValueError, match="no more than the model reads"):
        concept.model_in_two_orders(model, ("a",) * 200, ("a",) * 200, positions=True)


# --- the trained model


def test_the_models_stages_are_those_of_the_trace(model: Model) -> None:
    both = concept.model_in_two_orders(model, FIRST, SECOND, positions=True)
    for order, vectors in ((FIRST, both.first), (SECOND, both.second)):
        trace = attnviz.trace(model, list(order), "")
        streams = [trace.embeddings, trace.embeddings + trace.positions]
        streams += [trace.residual[f"encoder.{layer}.feed_forward"] for layer in range(len(vectors) - 2)]
        assert len(trace.tokens) == 4  # one token a word, and the end
        rows = [order.index(word) for word in FIRST]
        np.testing.assert_allclose(vectors, np.stack(streams)[:, rows], atol=1e-5)


@pytest.mark.parametrize("name", ["translator", "untrained"])
def test_the_word_differs_with_positions_and_not_without(name: str) -> None:
    model = attnviz.load_model(name)
    moved = concept.model_in_two_orders(model, FIRST, SECOND, positions=True)
    np.testing.assert_array_equal(moved.largest[0], 0)
    place = FIRST.index("I")
    assert moved.share[1:, place].min() > 1e-3
    bare = concept.model_in_two_orders(model, FIRST, SECOND, positions=False)
    assert bare.share.max() < 1e-5
    np.testing.assert_array_equal(bare.first[1], bare.first[0])


def test_a_word_of_several_pieces_is_their_mean(model: Model) -> None:
    words = ("Pneumonoultramicroscopic", "go")
    both = concept.model_in_two_orders(model, words, words[::-1], positions=True)
    trace = attnviz.trace(model, list(words), "")
    pieces = [token for token, word in enumerate(trace.word_of) if word == 0]
    assert len(pieces) > 1
    np.testing.assert_allclose(both.first[0, 0], trace.embeddings[pieces].mean(axis=0), atol=1e-5)


# --- does the word survive


def plainly(table: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """All distances, written out."""
    sums = torch.tensor(positions).double()[:, None] + torch.tensor(table).double()  # (position, word, d_model)
    apart = torch.cdist(sums, torch.tensor(table).double()[None], compute_mode="donot_use_mm_for_euclid_dist")
    return (apart.argmin(dim=-1) == torch.arange(len(table))).numpy()


@given(st.integers(0, 10_000), st.sampled_from([2, 4, 8, 16]), st.booleans())
@settings(max_examples=40)
def test_survives_is_the_nearest_of_all_distances(seed: int, d_model: int, factor: bool) -> None:
    table = concept.random_table(d_model, seed, factor=factor)[:60]
    positions = concept.encoding(12, d_model)
    found = concept.survives(table, positions)
    assert (found != plainly(table, positions)).mean() < 0.005  # float32 near a tie
    asked = np.array([7, 3, 59])
    np.testing.assert_array_equal(concept.survives(table, positions, asked), found[:, asked])


def test_no_position_no_change() -> None:
    table = concept.random_table(8, 0, factor=True)
    assert concept.survives(table, np.zeros((1, 8), dtype=np.float32)).all()


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    table, positions = concept.random_table(8, 1, factor=True), concept.encoding(5, 8)
    found = concept.survives(table, positions)
    assert found.shape == (5, concept.RANDOM_WORDS)
    parts = [concept.survives(table, positions, np.arange(start, start + 100)) for start in range(0, 1000, 100)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), found)


@pytest.mark.parametrize("factor", [True, False])
def test_identity_survives_as_published(golden: Golden, factor: bool) -> None:
    published = golden["pe.identity_survives"]["value"]
    assert (published["V"], published["T"]) == (concept.RANDOM_WORDS, concept.RANDOM_POSITIONS)
    for width, percent in published["scaled_by_sqrt_d" if factor else "unscaled"].items():
        positions = concept.encoding(published["T"], int(width))
        share = concept.survives(concept.random_table(int(width), 0, factor=factor), positions).mean()
        assert 100 * share == pytest.approx(percent, abs=1), width


def test_the_factor_and_the_width_decide_for_every_seed() -> None:
    positions = {width: concept.encoding(10, width) for width in (8, 16, 32)}
    for seed in SEEDS:
        shares = [
            concept.survives(concept.random_table(width, seed, factor=True), table, np.arange(100)).mean()
            for width, table in positions.items()
        ]
        assert shares[0] < shares[1] < shares[2] and shares[2] > 0.98 and shares[0] < 0.6
        bare = concept.survives(concept.random_table(32, seed, factor=False), positions[32], np.arange(100)).mean()
        assert bare < 0.2 < shares[2]


def test_random_embeddings_have_the_variance_that_they_are_said_to_have() -> None:
    for width in (4, 64, 512):
        assert concept.random_table(width, 0, factor=True).var() == pytest.approx(1, abs=0.1)
        np.testing.assert_allclose(
            concept.random_table(width, 0, factor=True) / math.sqrt(width),
            concept.random_table(width, 0, factor=False),
            rtol=1e-6,
        )


def test_nearest_are_the_nearest(model: Model) -> None:
    table = concept.embedding_table(model, factor=True)
    vectors = table[[5, 500]] + concept.encoding(9, table.shape[1])[8]
    rows, distances = concept.nearest(table, vectors, 4)
    oracle = np.linalg.norm(table[None].astype(np.float64) - vectors[:, None], axis=-1)
    np.testing.assert_allclose(distances, np.sort(oracle, axis=1)[:, :4], rtol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(oracle, rows, axis=1), distances, rtol=1e-5)


def test_the_table_is_what_the_encoder_is_given(model: Model) -> None:
    trace = attnviz.trace(model, "I go home", "")
    ids = model.tokenizer.encode([" I", " go", " home"], is_pretokenized=True, add_special_tokens=False).ids
    table = concept.embedding_table(model, factor=True)
    np.testing.assert_array_equal(table[ids], trace.embeddings[:3])
    np.testing.assert_allclose(
        concept.embedding_table(model, factor=False) * math.sqrt(table.shape[1]), table, rtol=1e-6
    )


def test_crowd_measures_all_pairs() -> None:
    table = concept.random_table(16, 0, factor=True)[:50]
    lies = concept.crowd(table)
    pairs = [(a, b) for index, a in enumerate(table.astype(np.float64)) for b in table[index + 1 :]]
    assert lies.apart == pytest.approx(np.mean([np.linalg.norm(a - b) for a, b in pairs]), rel=1e-5)
    cosines = [abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs]
    assert lies.cosine == pytest.approx(np.mean(cosines), rel=1e-5)


def test_in_a_sentence(model: Model) -> None:
    trace = attnviz.trace(model, "He is a boy and he is a boy .", "")
    table = concept.embedding_table(model, factor=True)
    found = concept.in_sentence(trace.embeddings, trace.positions, table)
    np.testing.assert_allclose(found.position, math.sqrt(table.shape[1] / 2), rtol=1e-5)
    oracle = torch.cosine_similarity(torch.tensor(trace.embeddings), torch.tensor(trace.positions), dim=1)
    np.testing.assert_allclose(found.cosine, oracle.numpy(), atol=1e-5)
    for token, kept in enumerate(found.kept):
        apart = np.linalg.norm(table - (trace.embeddings + trace.positions)[token], axis=1)
        assert kept == (table[apart.argmin()] == trace.embeddings[token]).all()
