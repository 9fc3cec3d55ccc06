"""Many heads: the sum over heads is concat times W_O, heads don't touch each other, a head's value has low rank."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import attnviz
from attnviz import Attention, Model, Trace
from attnviz.concepts.heads import Likeness, joined, rows, value_matrix, with_one_row, wrongly_joined
from attnviz.model.layers import EncoderLayer
from attnviz.trace.records import PARTS, Projections

TEXT = "The snake is very dangerous because it has a venom"
sizes = st.tuples(st.integers(2, 6), st.integers(1, 8), st.integers(1, 7), st.integers(0, 2**16))  # heads, d_k, words
Join = Callable[[Attention, int], np.ndarray]  # a call and a row -> the output there, (d_model)


def random_projections(n_heads: int, d_k: int, seed: int) -> Projections:
    rng = np.random.default_rng(seed)
    d_model = n_heads * d_k

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    across, down, biases = (n_heads, d_model, d_k), (n_heads, d_k, d_model), (n_heads, d_k)
    W_Q, W_K, W_V = draw(*across), draw(*across), draw(*across)
    return Projections(W_Q, W_K, W_V, draw(*biases), draw(*biases), draw(*biases), draw(*down), draw(d_model))


def call_of(projections: Projections, n_words: int, seed: int) -> Attention:
    """Self-attention of random words under ``projections``, made head by head."""
    x = np.random.default_rng(seed + 1).normal(size=(n_words, projections.W_Q.shape[1])).astype(np.float32)
    query = x @ projections.W_Q + projections.b_Q[:, None]  # (head, word, d_k)
    key = x @ projections.W_K + projections.b_K[:, None]
    value = x @ projections.W_V + projections.b_V[:, None]
    return Attention(projections, x, x, query, key, value, np.ones((n_words, n_words), dtype=bool))


def torch_attention(projections: Projections) -> nn.MultiheadAttention:
    """PyTorch's own multi-head attention with the same parameters."""
    n_heads, d_model, _ = projections.W_Q.shape
    attention = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
    stacked = [
        W.transpose(0, 2, 1).reshape(d_model, d_model) for W in (projections.W_Q, projections.W_K, projections.W_V)
    ]
    biases = [b.reshape(-1) for b in (projections.b_Q, projections.b_K, projections.b_V)]
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.tensor(np.concatenate(stacked)))
        attention.in_proj_bias.copy_(torch.tensor(np.concatenate(biases)))
        attention.out_proj.weight.copy_(torch.tensor(projections.W_O.reshape(d_model, d_model).T.copy()))
        attention.out_proj.bias.copy_(torch.tensor(np.array(projections.b_O)))
    return attention.double().eval()


def close(found: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.abs(found - wanted).max() <= 1e-4 * max(1.0, float(np.abs(wanted).max())))


# ---- properties, each a function of the implementation, so that planted mutants can be tried


def joins_like_torch(join: Join, size: tuple[int, int, int, int]) -> bool:
    """The output is that of ``nn.MultiheadAttention``, whatever the sizes."""
    n_heads, d_k, n_words, seed = size
    call = call_of(random_projections(n_heads, d_k, seed), n_words, seed)
    x = torch.tensor(call.inputs).double()[None]
    with torch.no_grad():
        wanted = torch_attention(call.projections)(x, x, x, need_weights=False)[0][0].numpy()
    return all(close(join(call, row), wanted[row]) for row in range(n_words))


def as_a_sum(call: Attention, row: int) -> np.ndarray:
    return joined(call, row).summed


def as_a_product(call: Attention, row: int) -> np.ndarray:
    return joined(call, row).output


def averaged(call: Attention, row: int) -> np.ndarray:
    return call.contribution[:, row].mean(axis=0) + call.b_O


def average_then_projected(call: Attention, row: int) -> np.ndarray:
    return wrongly_joined(call, row, "average").other


def in_wrong_order(call: Attention, row: int) -> np.ndarray:
    return wrongly_joined(call, row, "order").other


def not_scaled(call: Attention, row: int) -> np.ndarray:
    sharper = replace(call, query=call.query * np.float32(np.sqrt(call.query.shape[-1])))
    return joined(sharper, row).summed


def interleaved(call: Attention, row: int) -> np.ndarray:
    concat = call.head_output[:, row].T.reshape(-1)  # number by number instead of head by head
    return concat @ call.W_O.reshape(len(concat), -1) + call.b_O


def without_bias(call: Attention, row: int) -> np.ndarray:
    return joined(call, row).contribution.sum(axis=0)


@pytest.mark.parametrize("join", [as_a_sum, as_a_product])
@given(size=sizes)
@settings(max_examples=40)
def test_the_sum_and_the_product_are_multi_head_attention(join: Join, size: tuple[int, int, int, int]) -> None:
    assert joins_like_torch(join, size)


@pytest.mark.parametrize(
    "mutant", [averaged, average_then_projected, in_wrong_order, not_scaled, interleaved, without_bias]
)
def test_a_mutant_is_found(mutant: Join) -> None:
    assert not joins_like_torch(mutant, (3, 4, 5, 0))


def heads_are_independent(outputs: Callable[[Attention], np.ndarray], size: tuple[int, int, int, int]) -> bool:
    """Another W_V in one head changes that head's output and no other's."""
    n_heads, d_k, n_words, seed = size
    projections = random_projections(n_heads, d_k, seed)
    changed = seed % n_heads
    W_V = projections.W_V.copy()
    W_V[changed] += 1
    before, after = (outputs(call_of(each, n_words, seed)) for each in (projections, replace(projections, W_V=W_V)))
    others = np.arange(n_heads) != changed
    return bool((before[others] == after[others]).all() and (before[changed] != after[changed]).any())


@given(size=sizes)
@settings(max_examples=40)
def test_heads_are_independent(size: tuple[int, int, int, int]) -> None:
    assert heads_are_independent(lambda call: call.head_output, size)
    assert heads_are_independent(lambda call: call.contribution, size)


def test_averaged_heads_are_not_independent() -> None:
    def mean_in_each_place(call: Attention) -> np.ndarray:
        return np.broadcast_to(call.head_output.mean(axis=0), call.head_output.shape)

    assert not heads_are_independent(mean_in_each_place, (3, 4, 5, 0))


# ---- the wrong ways and the single row


@given(size=sizes)
@settings(max_examples=20)
def test_the_order_of_the_heads_means_nothing_if_it_is_the_same_everywhere(size: tuple[int, int, int, int]) -> None:
    n_heads, d_k, n_words, seed = size
    call = call_of(random_projections(n_heads, d_k, seed), n_words, seed)
    parts = ("W_Q", "W_K", "W_V", "b_Q", "b_K", "b_V", "W_O")
    turned = replace(call.projections, **{name: getattr(call.projections, name)[::-1] for name in parts})
    assert close(call_of(turned, n_words, seed).output, call.output)


def test_a_single_head_can_not_be_averaged_wrongly() -> None:
    call = call_of(random_projections(1, 4, 0), 3, 0)
    for name in ("average", "order"):
        assert close(wrongly_joined(call, 1, name).other, call.output[1])


def test_leaving_out_the_projection_is_concat() -> None:
    call = call_of(random_projections(3, 4, 0), 5, 0)
    np.testing.assert_array_equal(wrongly_joined(call, 2, "no_projection").other, call.head_output[:, 2].reshape(-1))


@given(size=sizes)
@settings(max_examples=20)
def test_one_row_for_all_heads(size: tuple[int, int, int, int]) -> None:
    n_heads, d_k, n_words, seed = size
    call = call_of(random_projections(n_heads, d_k, seed), n_words, seed)
    head = seed % n_heads
    one = with_one_row(call, head)
    np.testing.assert_array_equal(one.weights, np.broadcast_to(call.weights[head], call.weights.shape))
    np.testing.assert_array_equal(one.head_output[head], call.head_output[head])
    np.testing.assert_allclose(one.head_output, call.weights[head] @ call.value, rtol=1e-4, atol=1e-4)


def test_likeness_has_the_closed_forms() -> None:
    right = np.array([3, 4], dtype=np.float32)
    assert Likeness(right, right * 2).cosine == pytest.approx(1)
    assert Likeness(right, right * 2).error == pytest.approx(1)
    assert Likeness(right, np.array([-4, 3], dtype=np.float32)).cosine == pytest.approx(0)
    assert np.isnan(Likeness(right, right * 0).cosine)


# ---- the shipped models


@pytest.fixture(scope="module", params=["translator", "untrained"])
def loaded(request: pytest.FixtureRequest) -> Model:
    return attnviz.load_model(request.param)


@pytest.fixture(scope="module")
def trace(loaded: Model) -> Trace:
    return attnviz.trace(loaded, TEXT, "Die Schlange ist sehr")


@pytest.mark.parametrize("part", PARTS)
def test_both_readings_agree_on_the_typed_sentence(trace: Trace, part: str) -> None:
    for call in trace.attention(part):  # type: ignore[arg-type]
        for row in range(len(call.inputs)):
            found = joined(call, row)
            assert found.largest_difference < 1e-5 * max(1.0, float(np.abs(found.output).max()))
            assert found.together <= found.norms.sum() * (1 + 1e-9)


def test_without_a_head_the_output_misses_its_contribution(trace: Trace) -> None:
    call = trace.encoder_self[1]
    found = joined(call, 2)
    for head in range(call.n_heads):
        value = call.value.copy()
        value[head] = 0
        left = replace(call, value=value).output[2]
        assert np.linalg.norm(found.output - left) == pytest.approx(found.norms[head], rel=1e-4)


def test_each_row_is_a_heads_own_softmax(trace: Trace) -> None:
    call = trace.encoder_self[0]
    found = rows(call, 3)
    wanted = torch.tensor(call.masked_scores[:, 3]).double().softmax(-1).numpy()
    np.testing.assert_allclose(found.weights, wanted, atol=1e-6)
    assert found.strongest == tuple(wanted.argmax(axis=1))
    assert found.n_different == len({*found.strongest})


def test_the_value_matrix_has_the_rank_of_a_heads_width(loaded: Model) -> None:
    for name in ("encoder.0.self", "decoder.1.cross"):
        projections = loaded.projections[name]
        n_heads, d_model, d_k = projections.W_V.shape
        found = value_matrix(projections, n_heads - 1)
        assert found.rank == d_k == np.linalg.matrix_rank(found.product)
        assert found.largest_zero < 1e-9 * found.singular_values[0]
        assert found.product.shape == (d_model, d_model)
        assert found.down.size + found.up.size == projections.W_Q[0].size + projections.W_K[0].size


def test_the_value_matrix_does_what_the_two_factors_do(trace: Trace) -> None:
    """Weights times (memory times the value matrix) is the head's contribution, the value's bias apart."""
    call = trace.encoder_self[2]
    for head in (0, 5):
        matrix = value_matrix(call.projections, head).product
        wanted = call.weights[head] @ (call.memory @ matrix) + call.b_V[head] @ call.W_O[head]
        np.testing.assert_allclose(call.contribution[head], wanted, atol=1e-4)


def test_the_stacked_value_ups_are_the_output_projection(loaded: Model) -> None:
    projections = loaded.projections["encoder.1.self"]
    stacked = np.concatenate([value_matrix(projections, head).up for head in range(len(projections.W_O))])
    layer = loaded.transformer.encoder[1]
    assert isinstance(layer, EncoderLayer)
    np.testing.assert_array_equal(stacked, layer.self_attention.W_O.weight.detach().numpy().T)
