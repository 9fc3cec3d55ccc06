"""The recurrent translator's five steps, recomputed; its last state against a network that reads less."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz import RecurrentModel, RecurrentTrace
from attnviz.concepts.recurrence import joined, last_state, terms, with_previous_state
from attnviz.trace.tokens import tokenize

TEXT = "The snake is very dangerous because it has a venom"


@pytest.fixture(scope="module")
def model() -> RecurrentModel:
    return attnviz.load_model("recurrent_attention")


@pytest.fixture(scope="module")
def found(model: RecurrentModel) -> RecurrentTrace:
    return attnviz.trace(model, TEXT)


@given(
    st.lists(st.tuples(st.floats(-9, 9, width=32), st.floats(-9, 9, width=32)), min_size=1, max_size=40),
    st.integers(1, 15),
)
def test_terms_and_rest_are_the_whole(pairs: list[tuple[float, float]], count: int) -> None:
    left, right = (np.array(side, dtype=np.float32) for side in zip(*pairs, strict=True))
    written = terms(left, right, count)
    assert written.total == pytest.approx(float(np.dot(left.astype(float), right.astype(float))), abs=1e-9)
    assert written.products.sum() + written.rest == pytest.approx(written.total, abs=1e-9)
    assert len(written.places) + written.n_rest == len(pairs)
    assert (np.diff(np.abs(written.products)) <= 0).all()
    assert np.array_equal(written.products, written.left * written.right)


def test_a_score_is_the_dot_product_of_two_states(found: RecurrentTrace) -> None:
    for row in range(len(found.target_tokens)):
        for column in range(len(found.tokens)):
            total = terms(found.decoder_states[row], found.encoder_states[column]).total
            assert abs(total - found.scores[row, column]) < 1e-5 * max(1, abs(total))


def test_the_combined_state_is_the_tanh_of_what_is_joined(found: RecurrentTrace) -> None:
    for row in range(len(found.target_tokens)):
        step = joined(found, row)
        assert np.abs(np.tanh(step.summed) - step.combined).max() < 1e-5
        assert np.array_equal(step.joined[len(found.decoder_states[row]) :], found.decoder_states[row])
        assert np.array_equal(step.joined[: len(found.decoder_states[row])], found.attention_value[row])


def test_without_attention_the_state_stands_alone() -> None:
    plain = attnviz.trace(attnviz.load_model("recurrent"), TEXT)
    step = joined(plain, 1)
    assert np.array_equal(step.joined, plain.decoder_states[1])
    assert np.abs(np.tanh(step.summed) - plain.combined_state[1]).max() < 1e-5


def test_the_previous_state_asks_one_row_later(found: RecurrentTrace) -> None:
    weights = with_previous_state(found)
    assert np.allclose(weights[1:], found.weights[:-1], atol=1e-6)
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-6)
    scores = found.encoder_states @ found.encoder_states[-1]
    assert np.allclose(weights[0], np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum(), atol=1e-5)


def test_the_last_state_is_that_of_a_cell_that_reads_token_by_token(model: RecurrentModel) -> None:
    width, hidden = model.network.config.d_model, model.network.config.d_hidden
    cell = torch.nn.GRUCell(width, hidden)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    cell.load_state_dict({name: getattr(model.network.encoder, f"{name}_l0") for name in names})
    ids = list(tokenize(model.tokenizer, TEXT).ids)

    def read(tokens: list[int]) -> torch.Tensor:
        state = torch.zeros(1, hidden)
        with torch.no_grad():
            for token in tokens:
                state = cell(model.network.embedding.weight[token][None] * width**0.5, state)
        return state[0]

    said, whole = last_state(model, TEXT), read(ids)
    assert np.abs(said.state - whole.numpy()).max() < 1e-5
    for place in range(len(ids)):
        less = read(ids[:place] + ids[place + 1 :])
        assert said.moved[place] == pytest.approx(float((less - whole).norm() / whole.norm()), abs=1e-5)
        assert said.alike[place] == pytest.approx(float(torch.cosine_similarity(less, whole, dim=0)), abs=1e-5)
    half = (len(ids) - 1) // 2
    assert said.halves() == pytest.approx((said.moved[:half].mean(), said.moved[len(ids) - 1 - half : -1].mean()))
