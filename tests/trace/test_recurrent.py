"""The trace of a recurrent translator: each step from the arrays before it, states against a GRU in NumPy."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import attnviz
from attnviz import EmptyTextError, RecurrentModel, RecurrentTrace
from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID, START_ID
from attnviz.trace.tokens import spelled, tokenize
from tests.sentences import SENTENCES

TEXTS = SENTENCES[:20]


@pytest.fixture(scope="module", params=["recurrent_attention", "recurrent"])
def model(request: pytest.FixtureRequest) -> RecurrentModel:
    return attnviz.load_model(request.param)


def close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return bool((np.abs(ours - theirs) <= 1e-5 * np.maximum(1, np.abs(theirs))).all())


def is_gru(found: np.ndarray, inputs: np.ndarray, first: np.ndarray, cell: torch.nn.GRU) -> bool:
    """PyTorch's formulas of a GRU (nn.GRU), in float64: each state from the one found before it.

    In float32 what enters a gate is rounded like its largest sum; a state moves by no more than that.
    """
    W, U, b, c = (
        getattr(cell, f"{name}_l0").double().numpy() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    before = [first, *found.astype(np.float64)]
    for x, state, after in zip(inputs.astype(np.float64), before[:-1], before[1:], strict=True):
        own, kept = W @ x + b, U @ state + c
        (i_r, i_z, i_n), (h_r, h_z, h_n) = np.split(own, 3), np.split(kept, 3)
        r, z = 1 / (1 + np.exp(-(i_r + h_r))), 1 / (1 + np.exp(-(i_z + h_z)))
        apart = np.abs((1 - z) * np.tanh(i_n + r * h_n) + z * state - after).max()
        if apart > 1e-6 * max(5, np.abs(own).max(), np.abs(kept).max()):
            return False
    return True


def softmax(scores: np.ndarray) -> np.ndarray:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("text", TEXTS)
def test_every_step_follows_from_the_one_before(model: RecurrentModel, text: str) -> None:
    found = attnviz.trace(model, text)
    network, wide = model.network, np.float64
    ids, read = tokenize(model.tokenizer, text).ids, tokenize(model.tokenizer, found.target, is_target=True).ids
    table = network.embedding.weight.double().numpy()
    assert close(found.embeddings, table[list(ids)] * table.shape[1] ** 0.5)
    assert close(found.target_embeddings, table[list(read)] * table.shape[1] ** 0.5)
    nothing, last = np.zeros(network.config.d_hidden), found.encoder_states[-1].astype(wide)
    assert is_gru(found.encoder_states, found.embeddings, nothing, network.encoder)
    assert is_gru(found.decoder_states, found.target_embeddings, last, network.decoder)
    joined = found.decoder_states.astype(wide)
    if found.weights is not None:
        assert close(found.scores, joined @ found.encoder_states.astype(wide).T)
        assert close(found.weights, softmax(found.scores.astype(wide)))
        assert close(found.attention_value, found.weights.astype(wide) @ found.encoder_states)
        joined = np.concatenate([found.attention_value, joined], axis=1)
    else:
        assert found.scores is found.weights is found.attention_value is None
    assert close(found.combined_state, np.tanh(joined @ found.W_c.astype(wide) + found.b_c))
    assert close(found.logits, found.combined_state.astype(wide) @ found.output_embeddings.astype(wide).T)
    fused = attnviz.logits(model, text, found.target)  # in float32 all the way: its error grows with the largest logit
    assert np.abs(found.logits - fused).max() < 1e-5 * np.abs(fused).max()


def test_nothing_can_be_written_to(model: RecurrentModel) -> None:
    found = attnviz.trace(model, "I go home")
    arrays = [value for value in vars(found).values() if isinstance(value, np.ndarray)]
    assert len(arrays) >= 9
    assert not any(array.flags.writeable for array in arrays)
    assert "I go home" in repr(found)
    assert model.name in repr(model)


def test_greedy_is_a_loop_of_our_own(model: RecurrentModel) -> None:
    network = model.network
    for text in TEXTS[:8]:
        source = torch.tensor([tokenize(model.tokenizer, text).ids])
        written: list[int] = []
        with torch.no_grad():
            state = network.encode(source).last
            while len(written) < 2 * source.shape[1] + 10:
                target = torch.tensor([[START_ID, *written]])
                scores = network.logits(network.decode(target, network.encode(source), state).combined)[0, -1]
                scores[[PAD_ID, START_ID, MASK_ID]] = -torch.inf
                if len(written) > 1 and written[-1] == written[-2]:
                    scores[written[-1]] = -torch.inf
                token = int(scores.argmax())
                if token == END_ID:
                    break
                written.append(token)
        assert attnviz.translate(model, text) == spelled(model.tokenizer, written)


def test_padding_changes_nothing(model: RecurrentModel) -> None:
    rows = [list(tokenize(model.tokenizer, text).ids) for text in TEXTS[:6]]
    width = max(map(len, rows))
    padded = torch.tensor([row + [PAD_ID] * (width - len(row)) for row in rows])
    together = model.network.greedy(padded, 30)
    assert together == [model.network.greedy(torch.tensor([row]), 30)[0] for row in rows]


def test_threads_get_their_own_results(model: RecurrentModel) -> None:
    alone = [attnviz.trace(model, text).logits for text in TEXTS[:8]]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: attnviz.trace(model, text).logits, TEXTS[:8]))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_nothing_to_read_and_too_much(model: RecurrentModel) -> None:
    with pytest.raises(EmptyTextError):
        attnviz.trace(model, "  ")
    found: RecurrentTrace = attnviz.trace(model, "word " * 300, "Wort")
    assert found.n_dropped > 0
    assert found.target == "Wort"
    assert attnviz.trace(model, ["I", "go"], "Ich").tokens == attnviz.trace(model, "I go", "Ich").tokens
