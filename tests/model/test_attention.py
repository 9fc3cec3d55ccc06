"""attend() and MultiHeadAttention against PyTorch's own functions and published numbers."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from attnviz.model.attention import MultiHeadAttention, attend
from attnviz.model.masks import causal_mask


def random_heads(seed: int, n_query: int, n_key: int, d_k: int, heads: int = 3) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((heads, n_query, d_k), (heads, n_key, d_k), (heads, n_key, d_k))
    return tuple(torch.randn(shape, generator=generator) for shape in shapes)


sizes = st.tuples(st.integers(0, 2**31), st.integers(1, 12), st.integers(1, 12), st.integers(1, 16))


@given(sizes, st.integers(0, 2**31))
def test_equals_the_fused_kernel(size: tuple[int, int, int, int], mask_seed: int) -> None:
    query, key, value = random_heads(*size)
    mask = torch.rand(size[1], size[2], generator=torch.Generator().manual_seed(mask_seed)) < 0.5
    mask[:, 0] = True  # every query may attend to something
    steps = attend(query, key, value, mask)
    fused = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    torch.testing.assert_close(steps.head_output, fused, atol=1e-5, rtol=1e-5)
    assert torch.all(steps.weights[:, ~mask] == 0)
    torch.testing.assert_close(steps.weights.sum(-1), torch.ones(3, size[1]), atol=1e-6, rtol=0)


@given(sizes)
def test_each_step_follows_from_the_one_before(size: tuple[int, int, int, int]) -> None:
    query, key, value = random_heads(*size)
    steps = attend(query, key, value)
    torch.testing.assert_close(steps.scores, torch.einsum("hqd,hkd->hqk", query, key))
    torch.testing.assert_close(steps.scaled_scores, steps.scores / math.sqrt(size[3]))
    torch.testing.assert_close(steps.masked_scores, steps.scaled_scores)
    exponents = (steps.masked_scores.double() - steps.masked_scores.double().amax(-1, keepdim=True)).exp()
    torch.testing.assert_close(
        steps.weights.double(), exponents / exponents.sum(-1, keepdim=True), atol=1e-6, rtol=1e-5
    )


@given(sizes)
def test_the_order_of_the_keys_does_not_matter(size: tuple[int, int, int, int]) -> None:
    query, key, value = random_heads(*size)
    order = torch.randperm(size[2], generator=torch.Generator().manual_seed(size[0]))
    shuffled = attend(query, key[:, order], value[:, order])
    torch.testing.assert_close(shuffled.head_output, attend(query, key, value).head_output, atol=1e-5, rtol=1e-5)


def test_the_future_does_not_change_the_past() -> None:
    query, key, value = random_heads(5, 6, 6, 8)
    before = attend(query, key, value, causal_mask(6)).head_output
    key[:, 4:], value[:, 4:] = 9.0, -9.0
    after = attend(query, key, value, causal_mask(6)).head_output
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.equal(before[:, 4:], after[:, 4:])


def test_scores_far_apart_stay_finite() -> None:
    query, key = torch.tensor([[[200.0]]]), torch.tensor([[[0.0], [200.0]]])
    assert torch.equal(attend(query, key, key).weights, torch.tensor([[[0.0, 1.0]]]))


def test_a_row_with_nothing_allowed_is_refused() -> None:
    query, key, value = random_heads(1, 2, 3, 4)
    with pytest.raises(ValueError, match="forbids every key"):
        attend(query, key, value, torch.tensor([[True, True, True], [False, False, False]]))


def test_equals_pytorch_multi_head_attention() -> None:
    torch.manual_seed(0)
    ours, theirs = MultiHeadAttention(24, 4).eval(), nn.MultiheadAttention(24, 4, batch_first=True).eval()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.W_Q.weight, ours.W_K.weight, ours.W_V.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.W_Q.bias, ours.W_K.bias, ours.W_V.bias]))
        theirs.out_proj.weight.copy_(ours.W_O.weight)
        theirs.out_proj.bias.copy_(ours.W_O.bias)
    inputs, memory = torch.randn(2, 5, 24), torch.randn(2, 7, 24)
    mask = torch.rand(5, 7) < 0.6
    mask[:, 0] = True
    output, call = ours(inputs, memory, mask)
    # nn.MultiheadAttention's mask has the opposite meaning: True = may not attend
    expected, weights = theirs(inputs, memory, memory, attn_mask=~mask, average_attn_weights=False)
    torch.testing.assert_close(output, expected, atol=1e-5, rtol=1e-5)
    steps = attend(call.query, call.key, call.value, call.mask)
    torch.testing.assert_close(steps.weights, weights, atol=1e-6, rtol=1e-5)
    joined = ours.W_O(steps.head_output.transpose(1, 2).flatten(-2))
    torch.testing.assert_close(joined, output, atol=1e-5, rtol=1e-5)


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(0)
    attention, x = MultiHeadAttention(24, 4, dropout=0.5), torch.randn(1, 6, 24)
    assert not torch.equal(attention(x, x, None)[0], attention(x, x, None)[0])
    attention.eval()
    assert torch.equal(attention(x, x, None)[0], attention(x, x, None)[0])


def test_published_softmax(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["illustrated_transformer.softmax"]["value"]
    d_k = value["d_k"]
    query = torch.zeros(1, d_k)
    query[0, 0] = 1
    key = torch.zeros(2, d_k)
    key[:, 0] = torch.tensor(value["scores"], dtype=torch.float)
    steps = attend(query, key, key)
    assert steps.scaled_scores.tolist() == [value["scaled"]]
    torch.testing.assert_close(steps.weights, torch.tensor([value["softmax"]]), atol=0.005, rtol=0)
    torch.testing.assert_close(steps.weights, torch.tensor([value["softmax_exact"]]), atol=1e-7, rtol=1e-6)
    # without the scale: attend() on one-dimensional vectors divides by 1
    unscaled = attend(query[:, :1], key[:, :1], key[:, :1]).weights
    torch.testing.assert_close(unscaled, torch.tensor([value["softmax_if_unscaled"]]), atol=1e-9, rtol=1e-4)


def test_published_self_attention_without_projections(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["llms_from_scratch.ch03_simple"]["value"]
    inputs = torch.tensor(value["inputs"])
    # the published example does not scale: undo the scale in the query
    steps = attend(inputs * math.sqrt(inputs.shape[1]), inputs, inputs)
    for ours, published in (
        (steps.scaled_scores, "scores"),
        (steps.weights, "weights"),
        (steps.head_output, "context"),
    ):
        torch.testing.assert_close(ours, torch.tensor(value[published]), atol=1e-4, rtol=0)


def test_published_causal_mask(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["llms_from_scratch.ch03_causal_mask"]["value"]
    scores = torch.tensor(value["scores"])
    # with the identity as keys and no scale the queries are the scores; the book scales by its d_k = 2
    steps = attend(scores * math.sqrt(6 / 2), torch.eye(6), torch.eye(6), causal_mask(6))
    torch.testing.assert_close(steps.weights, torch.tensor(value["minus_inf"]), atol=1e-4, rtol=0)
    unmasked = attend(scores * math.sqrt(6 / 2), torch.eye(6), torch.eye(6))
    torch.testing.assert_close(unmasked.weights, torch.tensor(value["unmasked_weights"]), atol=1e-4, rtol=0)


def test_published_average_of_what_came_before(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["karpathy.tril_average"]["value"]
    values = torch.tensor(value["b"], dtype=torch.float)
    steps = attend(torch.zeros(3, 1), torch.zeros(3, 1), values, causal_mask(3))
    torch.testing.assert_close(steps.weights, torch.tensor(value["weights"]), atol=1e-6, rtol=0)
    torch.testing.assert_close(steps.head_output, torch.tensor(value["out"]), atol=1e-6, rtol=0)


def test_the_parameter_count_does_not_depend_on_the_number_of_heads(golden: dict[str, dict[str, Any]]) -> None:
    value = golden["head_params_constant"]["value"]
    for n_heads, published in ((8, value["h8"]), (1, value["h1"])):
        attention = MultiHeadAttention(512, n_heads)
        assert sum(parameter.numel() for parameter in attention.parameters() if parameter.dim() == 2) == published


def test_cap_bias_and_sinks_are_those_of_the_models_that_have_them() -> None:
    """Against NumPy in float64: softmax([softcap tanh(s / softcap) + bias, masked | sink])."""
    generator = torch.Generator().manual_seed(3)
    query, key, value = (3 * torch.randn(2, 5, 4, generator=generator, dtype=torch.float64) for _ in range(3))
    bias = torch.randn(2, 5, 5, generator=generator, dtype=torch.float64)
    sinks = torch.tensor([0.5, 2.0], dtype=torch.float64)
    steps = attend(query, key, value, causal_mask(5), scale=0.7, softcap=4.0, bias=bias, sinks=sinks)
    scaled = 0.7 * np.einsum("hqd,hkd->hqk", query.numpy(), key.numpy())
    capped = 4 * np.tanh(scaled / 4)
    exponents = np.exp(np.where(np.tri(5, dtype=bool), capped + bias.numpy(), -np.inf))
    weights = exponents / (exponents.sum(-1, keepdims=True) + np.exp(sinks.numpy())[:, None, None])
    for made, expected in (
        (steps.scaled_scores, scaled),
        (steps.capped_scores, capped),
        (steps.biased_scores, capped + bias.numpy()),
        (steps.weights, weights),
        (steps.head_output, weights @ value.numpy()),
    ):
        np.testing.assert_allclose(made.numpy(), expected, rtol=1e-12)
    assert (steps.weights.sum(-1) < 1).all()


def test_a_step_that_a_model_lacks_is_the_tensor_before_it() -> None:
    query = torch.randn(2, 3, 4)
    steps = attend(query, query, query)
    assert steps.capped_scores is steps.scaled_scores and steps.biased_scores is steps.scaled_scores
