"""Each method of explanation against an oracle of its own, on 50 predictions of the shipped translator."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attnviz import Model
from attnviz.concepts.ablation import Head
from attnviz.concepts.explanation import (
    METHODS,
    Asked,
    agreement,
    asked,
    contributions,
    explained,
    leave_one_out,
    rank_correlation,
    weight_times_gradient,
)
from attnviz.concepts.weight_tests import changed, shuffled, taken_out, uniform
from attnviz.model.attention import MultiHeadAttention
from attnviz.model.layers import DecoderLayer
from attnviz.model.transformer import END_ID, START_ID
from attnviz.trace.run import trace, translate
from attnviz.trace.tokens import tokenize

TEXTS = (
    "I go home",
    "he is a boy",
    "The snake is very dangerous because it has a venom",
    "My sister bought two red apples , didn't she ?",
    "The animal didn't cross the street because it was too tired .",
    "We have never seen such a beautiful house before .",
    "Can you help me ?",
    "If it rains tomorrow , we will stay at home and read books .",
)
LAYER, HEAD = 1, 3


def predictions(model: Model) -> Iterator[Asked]:
    exact = None  # one copy in float64 serves all
    for text in TEXTS:
        source = tokenize(model.tokenizer, text).ids
        target = tokenize(model.tokenizer, translate(model, text), is_target=True).ids
        for row in range(len(target)):
            token = (*target, END_ID)[row + 1]
            exact = exact or asked(model.transformer, source, target, token).transformer
            yield Asked(exact, torch.tensor([source]), torch.tensor([target[: row + 1]]), token)


def cross_attention(question: Asked, layer: int) -> MultiHeadAttention:
    found = question.transformer.decoder[layer]
    assert isinstance(found, DecoderLayer)
    return found.cross_attention


@pytest.fixture(scope="module")
def fifty(model: Model) -> list[Asked]:
    found = list(predictions(model))
    assert len(found) >= 50
    return found[:50]


def close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Within 1e-5 of the oracle's largest number."""
    return bool(np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max())


def log_p(question: Asked, hidden: torch.Tensor) -> torch.Tensor:
    return F.linear(hidden, question.transformer.embedding.weight).log_softmax(dim=-1)[..., question.token]


@torch.inference_mode()
def without_token(question: Asked, left_out: int) -> float:
    """Log p when a token is not in the sentence at all, and the others keep their positions."""
    transformer = question.transformer
    rest = [place for place in range(question.n_source) if place != left_out]
    x = transformer.embedding(question.source)[:, rest] * transformer.config.d_model**0.5
    x = x + transformer.positions(question.n_source)[rest]
    for layer in transformer.encoder:
        x, _ = layer(x, None)
    run = transformer.decode(question.target, transformer.encoder_norm(x))
    return float(log_p(question, run.hidden[0, -1]))


def test_leave_one_out_is_a_sentence_without_the_token(model: Model, fifty: list[Asked]) -> None:
    long = tokenize(model.tokenizer, " ".join(TEXTS[2:5])).ids
    assert len(long) > 32  # more than run at once
    for question in (*fifty, replace(fifty[0], source=torch.tensor([long]))):
        with torch.inference_mode():
            memory = question.transformer.encode(question.source).hidden
            own = float(log_p(question, question.transformer.decode(question.target, memory).hidden[0, -1]))
        oracle = np.array([own - without_token(question, place) for place in range(question.n_source)])
        assert close(leave_one_out(question), oracle)


@torch.inference_mode()
def slopes(question: Asked, step: float = 1e-4) -> np.ndarray:
    """Central differences of log p along each weight of the layer, (head, source token)."""
    transformer, n = question.transformer, question.n_source
    n_heads = transformer.config.n_heads
    nudges = torch.eye(n_heads * n, dtype=torch.float64).view(-1, n_heads, n) * step
    nudges = torch.cat([nudges, -nudges])  # (run, head, source token)

    def nudge(at: int, weights: torch.Tensor) -> torch.Tensor:
        if at != LAYER:
            return weights
        weights = weights.clone()
        weights[:, :, -1] += nudges
        return weights

    memory = transformer.encode(question.source).hidden.expand(len(nudges), -1, -1)
    run = transformer.decode(question.target.expand(len(nudges), -1), memory, change=nudge)
    up, down = log_p(question, run.hidden[:, -1]).chunk(2)
    return ((up - down) / (2 * step)).view(n_heads, n).numpy()


def test_gradients_are_finite_differences(fifty: list[Asked]) -> None:
    for question in fifty:
        with torch.inference_mode():
            memory = question.transformer.encode(question.source).hidden
            call = question.transformer.decode(question.target, memory).layers[LAYER].attention["cross"]
            scores = call.query[0, :, -1:] @ call.key[0].mT / call.query.shape[-1] ** 0.5
            weights = scores.softmax(dim=-1)[:, 0].numpy()
        oracle = (weights * slopes(question)).sum(axis=0)
        assert close(weight_times_gradient(question, memory, LAYER), oracle)


def test_what_the_tokens_add_is_the_output_of_pytorchs_attention(fifty: list[Asked]) -> None:
    for question in fifty:
        with torch.inference_mode():
            memory = question.transformer.encode(question.source).hidden
            call = question.transformer.decode(question.target, memory).layers[LAYER].attention["cross"]
            own = cross_attention(question, LAYER)
            other = nn.MultiheadAttention(own.W_Q.in_features, own.n_heads, batch_first=True, dtype=torch.float64)
            other.in_proj_weight.copy_(torch.cat([own.W_Q.weight, own.W_K.weight, own.W_V.weight]))
            other.in_proj_bias.copy_(torch.cat([own.W_Q.bias, own.W_K.bias, own.W_V.bias]))
            other.out_proj.load_state_dict(own.W_O.state_dict())
            output, weights = other(call.inputs, memory, memory, average_attn_weights=False)
            added = contributions(question.transformer, LAYER, call)
            assert close((added.sum(dim=0) + own.W_O.bias).numpy(), output[0, -1].numpy())
            # one token: what is missing when its value is 0 and the weights stay
            value = F.linear(memory[0], *(part.chunk(3)[2] for part in (other.in_proj_weight, other.in_proj_bias)))
            heads = value.view(len(value), own.n_heads, -1)  # (token, head, d_k)
            oracle = torch.einsum("ht,thk->thk", weights[0, :, -1], heads).flatten(-2) @ other.out_proj.weight.T
        norms = explained(question, LAYER, HEAD).norm
        assert close(norms, oracle.norm(dim=-1).numpy())


def test_rollout_is_its_definition(model: Model) -> None:
    compared = 0
    for text in TEXTS:
        found = trace(model, text)
        mixed = np.eye(len(found.tokens))
        for call in found.encoder_self:
            mixed = (0.5 * call.weights.astype(np.float64).mean(axis=0) + 0.5 * np.eye(len(mixed))) @ mixed
        cross = found.cross[LAYER].weights.astype(np.float64).mean(axis=0)
        source = tokenize(model.tokenizer, text).ids
        target = tokenize(model.tokenizer, found.target, is_target=True).ids
        for row in range(len(target)):
            question = asked(model.transformer, source, target[: row + 1], END_ID)
            said = explained(question, LAYER, HEAD)
            assert close(said.rollout, cross[row] @ mixed)
            assert said.rollout.sum() == pytest.approx(1)
            compared += 1
    assert compared >= 50


def test_raw_weights_and_probability_are_the_traces(model: Model) -> None:
    found = trace(model, TEXTS[2])
    source = tokenize(model.tokenizer, TEXTS[2]).ids
    target = tokenize(model.tokenizer, found.target, is_target=True).ids
    probabilities = torch.tensor(found.logits[3]).softmax(dim=-1)
    said = explained(asked(model.transformer, source, target[:4], target[4]), LAYER, HEAD)
    assert np.abs(said.raw - found.cross[LAYER].weights[HEAD, 3]).max() < 1e-5
    assert np.abs(said.mean - found.cross[LAYER].weights[:, 3].mean(axis=0)).max() < 1e-5
    assert said.probability == pytest.approx(float(probabilities[target[4]]), abs=1e-5)
    for method in METHODS:
        assert np.abs(said.share(method)).sum() == pytest.approx(1)


def test_weights_that_stay_change_nothing(fifty: list[Asked]) -> None:
    for question in fifty[:10]:
        for scope in ("head", "layer", "all"):
            same = changed(question, scope, LAYER, HEAD, lambda row: row)
            assert np.array_equal(same.after[0], same.own)


def test_own_distribution_is_the_plain_decoders(fifty: list[Asked]) -> None:
    """Computed with weights that stay, it is what the fused kernel gives."""
    for question in fifty[:10]:
        with torch.inference_mode():
            logits = question.transformer(question.source, question.target)[0, -1]
        assert close(uniform(question, "head", LAYER, HEAD).own, logits.softmax(dim=-1).numpy())


@torch.inference_mode()
def with_silent_heads(question: Asked, layer: int, heads: list[int]) -> np.ndarray:
    """The distribution when heads of a layer's cross-attention hand 0 to W_O, by a hook on its input."""

    def silence(_: nn.Module, given: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        concat = given[0].clone().unflatten(-1, (question.transformer.config.n_heads, -1))
        concat[..., heads, :] = 0
        return (concat.flatten(-2),)

    hook = cross_attention(question, layer).W_O.register_forward_pre_hook(silence)
    try:
        return question.transformer(question.source, question.target)[0, -1].softmax(dim=-1).numpy()
    finally:
        hook.remove()


def test_heads_taken_out_hand_on_nothing(model: Model, fifty: list[Asked]) -> None:
    for question in fifty[:10]:
        none = taken_out(model, [], question)
        assert np.array_equal(none.after[0], none.own)
        for heads in ([HEAD], list(range(8))):
            found = taken_out(model, [Head("cross", LAYER, head) for head in heads], question)
            assert np.array_equal(found.own, none.own)
            assert close(found.after[0], with_silent_heads(question, LAYER, heads))
            assert found.distance[0] > 0


def test_shuffling_keeps_each_heads_weights_and_moves_the_output(fifty: list[Asked]) -> None:
    question, seen = fifty[20], []

    def keep(row: torch.Tensor) -> torch.Tensor:
        seen.append(row.clone())
        return row

    changed(question, "layer", LAYER, HEAD, keep)
    again = [shuffled(question, "all", LAYER, HEAD, 20, seed) for seed in (1, 1, 2)]
    assert np.array_equal(again[0].after, again[1].after)
    assert not np.array_equal(again[0].after, again[2].after)
    assert (again[0].distance >= 0).all()
    assert (again[0].distance <= 1 + 1e-12).all()
    assert again[0].distance.max() > 0.01
    assert np.allclose(again[0].after.sum(axis=1), 1)
    oracle = [0.5 * np.abs(draw - again[0].own).sum() for draw in again[0].after]
    assert np.allclose(again[0].distance, oracle)
    even = uniform(question, "layer", LAYER, HEAD)
    by_hand = changed(question, "layer", LAYER, HEAD, lambda row: torch.ones_like(row) / row.shape[-1])
    assert np.array_equal(even.after, by_hand.after)
    assert seen[0].shape == (1, 8, question.n_source)


def test_one_head_is_less_than_its_layer_is_less_than_all(fifty: list[Asked]) -> None:
    """Heads outside the scope keep their weights: of another head nothing is seen."""
    question = fifty[20]
    head, layer = (changed(question, scope, LAYER, HEAD, torch.zeros_like) for scope in ("head", "layer"))
    assert head.distance[0] != layer.distance[0]
    for other in range(8):
        if other != HEAD:
            assert changed(question, "head", LAYER, other, torch.zeros_like).distance[0] != head.distance[0]


def test_rank_correlation_of_known_rows() -> None:
    one = np.array([1.0, 2.0, 3.0, 4.0])
    assert rank_correlation(one, one**3) == pytest.approx(1)
    assert rank_correlation(one, -one) == pytest.approx(-1)
    assert rank_correlation(one, np.array([2.0, 1.0, 4.0, 3.0])) == pytest.approx(1 - 6 * 4 / (4 * 15))
    assert np.isnan(rank_correlation(one, np.ones(4)))
    # scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) = 0.82078...
    assert rank_correlation(np.arange(5.0), np.array([5.0, 6, 7, 8, 7])) == pytest.approx(0.8207826816681233)


def test_agreement_is_symmetric(fifty: list[Asked]) -> None:
    found = agreement(explained(fifty[5], LAYER, HEAD))
    assert np.allclose(found, found.T, equal_nan=True)
    assert np.allclose(np.diag(found), 1)
    assert START_ID not in fifty[5].source
