"""The trace: every number recomputed in float64 from the arrays before it, and nobody else's numbers."""

import threading
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch.nn import functional as F

import attnviz
from attnviz import Attention, EmptyTextError, Model, Trace
from attnviz.model.place import WEIGHTS
from attnviz.trace.records import PARTS, Part
from tests.sentences import SENTENCES

Array = NDArray[Any]


def assert_near(measured: Array, expected: Array, what: str) -> None:
    """The contract: |a - b| <= 1e-5 * max(1, |b|), infinities in the same places."""
    assert measured.shape == expected.shape, what
    finite = np.isfinite(expected)
    assert np.array_equal(measured[~finite], expected[~finite]), what
    error = np.abs(measured[finite] - expected[finite]) / np.maximum(1, np.abs(expected[finite]))
    assert error.max(initial=0) <= 1e-5, f"{what}: {error.max():.2e}"


def check(call: Attention, where: str) -> None:
    """Recompute every step of one call in float64 from the arrays before it."""
    f8 = {
        name: getattr(call, name).astype(np.float64)
        for name in (
            "inputs",
            "memory",
            "W_Q",
            "W_K",
            "W_V",
            "W_O",
            "b_Q",
            "b_K",
            "b_V",
            "b_O",
            "query",
            "key",
            "value",
        )
    }
    d_k = call.query.shape[-1]
    steps = call.steps()
    for name, source in (("query", "inputs"), ("key", "memory"), ("value", "memory")):
        letter = name[0].upper()
        assert_near(f8[name], f8[source] @ f8[f"W_{letter}"] + f8[f"b_{letter}"][:, None], f"{where} {name}")
    assert_near(steps.scores, f8["query"] @ f8["key"].transpose(0, 2, 1), f"{where} scores")
    assert_near(steps.scaled_scores, steps.scores.astype(np.float64) / np.sqrt(d_k), f"{where} scaled_scores")
    assert_near(steps.masked_scores, np.where(call.mask, steps.scaled_scores, -np.inf), f"{where} masked_scores")
    masked = steps.masked_scores.astype(np.float64)
    exponents = np.exp(masked - masked.max(-1, keepdims=True))
    assert_near(steps.weights, exponents / exponents.sum(-1, keepdims=True), f"{where} weights")
    assert np.all(steps.weights[:, ~call.mask] == 0)
    assert np.abs(steps.weights.astype(np.float64).sum(-1) - 1).max() <= 1e-6
    assert_near(steps.head_output, steps.weights.astype(np.float64) @ f8["value"], f"{where} head_output")
    contribution, concat, output = call.contribution, call.concat, call.output  # each is worked out when asked for
    assert_near(contribution, steps.head_output.astype(np.float64) @ f8["W_O"], f"{where} contribution")
    joined = steps.head_output.transpose(1, 0, 2).reshape(len(call.inputs), -1)
    assert_near(concat, joined, f"{where} concat")
    whole = concat.astype(np.float64) @ f8["W_O"].reshape(-1, f8["W_O"].shape[-1]) + f8["b_O"]
    assert_near(output, whole, f"{where} output")
    assert_near(output, contribution.astype(np.float64).sum(0) + f8["b_O"], f"{where} sum of contributions")


@pytest.mark.parametrize(
    ("name", "every"), [("translator", 3), ("untrained", 6), pytest.param("translator", 1, marks=pytest.mark.full)]
)
def test_every_step_can_be_recomputed(name: str, every: int, model: Model, untrained: Model) -> None:
    checked = model if name == "translator" else untrained
    for text in SENTENCES[::every]:
        trace = attnviz.trace(checked, text, "Das ist ein kleines Haus .")
        for part in PARTS:
            for layer, call in enumerate(trace.attention(part)):
                check(call, f"{text!r} {part} {layer}")


def test_the_matrices_are_those_of_the_file(model: Model) -> None:
    stored = load_file(WEIGHTS / "translator" / "model.safetensors")
    trace = attnviz.trace(model, "I go home", "Ich gehe nach Hause")
    names = (("encoder", "self"), ("decoder", "self"), ("decoder", "cross"))
    for part, (stack, name) in zip(PARTS, names, strict=True):
        for layer, call in enumerate(trace.attention(part)):
            for letter in "QKV":
                linear = stored[f"{stack}.{layer}.{name}_attention.W_{letter}.weight"].float().T.numpy()
                assert np.array_equal(np.concatenate(list(getattr(call, f"W_{letter}")), axis=1), linear)
            output = stored[f"{stack}.{layer}.{name}_attention.W_O.weight"].float().T.numpy()
            assert np.array_equal(call.W_O.reshape(output.shape), output)


def test_the_derived_output_is_what_the_model_added(model: Model) -> None:
    for text in SENTENCES[:20]:
        trace = attnviz.trace(model, text, "Das ist ein Haus .")
        for part in PARTS:
            for layer in range(len(trace.attention(part))):
                record = trace.add_norm(part, layer)
                stack = "encoder" if part == "encoder_self" else "decoder"
                stream = trace.residual[f"{stack}.{layer}.{'cross' if part == 'cross' else 'self'}"]
                np.testing.assert_allclose(record.total, stream, atol=1e-4, rtol=1e-5)
                x = torch.tensor(record.total)
                gain, bias = torch.tensor(record.norm.gain), torch.tensor(record.norm.bias)
                expected = F.layer_norm(x, x.shape[-1:], gain, bias, record.norm.eps).numpy()
                np.testing.assert_allclose(record.normalised, expected, atol=1e-6)


def test_the_inputs_are_the_normalised_stream(model: Model) -> None:
    trace = attnviz.trace(model, "The snake is very dangerous", "Die Schlange ist gefährlich")
    assert trace.norm_first
    start = torch.tensor(trace.embeddings + trace.positions)
    norm = trace.norms["encoder.0.self"]
    expected = F.layer_norm(start, start.shape[-1:], torch.tensor(norm.gain), torch.tensor(norm.bias), norm.eps)
    np.testing.assert_allclose(trace.encoder_self[0].inputs, expected.numpy(), atol=1e-6)


def test_trace_and_plain_forward_agree(model: Model) -> None:
    for text in SENTENCES[::5]:
        trace = attnviz.trace(model, text, "Guten Tag .")
        logits = attnviz.logits(model, text, "Guten Tag .")
        assert logits.dtype == np.float32
        assert logits.shape == (len(trace.target_tokens), model.transformer.config.vocabulary_size)
        assert np.array_equal(trace.logits, logits)


def test_without_a_target_the_model_translates(model: Model) -> None:
    trace = attnviz.trace(model, "I go home")
    assert trace.target == attnviz.translate(model, "I go home")
    assert np.array_equal(trace.logits, attnviz.logits(model, "I go home", trace.target))


def test_nothing_can_be_written_to(model: Model) -> None:
    trace = attnviz.trace(model, "I go home", "Ich gehe")
    call = trace.cross[1]
    arrays = [getattr(call, name) for name in dir(call) if isinstance(getattr(call, name), np.ndarray)]
    arrays += [trace.embeddings, trace.positions, trace.logits, *trace.residual.values(), trace.by_word("cross")]
    arrays += trace.feed_forward.values()
    arrays += [array for norm in trace.norms.values() for array in norm[:2]]
    assert len(arrays) > 30
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(AttributeError):
        trace.text = "other"  # type: ignore[misc]


def expected_by_word(trace: Trace, part: Part) -> Array:
    rows = trace.word_of if part == "encoder_self" else trace.target_word_of
    columns = trace.target_word_of if part == "decoder_self" else trace.word_of
    n_rows = len(trace.words if part == "encoder_self" else trace.target_words)
    n_columns = len(trace.target_words if part == "decoder_self" else trace.words)
    calls = trace.attention(part)
    merged = np.zeros((len(calls), calls[0].n_heads, n_rows, n_columns))
    for layer, call in enumerate(calls):
        for row in range(n_rows):
            pieces = [token for token, word in enumerate(rows) if word == row]
            for column in range(n_columns):
                others = [token for token, word in enumerate(columns) if word == column]
                merged[layer, :, row, column] = call.weights[:, pieces][:, :, others].sum(2).mean(1)
    return merged


@pytest.mark.parametrize("part", PARTS)
def test_by_word_is_the_mean_over_rows_and_the_sum_over_columns(model: Model, part: Part) -> None:
    trace = attnviz.trace(model, "The registration of verdant snakes 한 is odd .", "Das ist Registrierung .")
    assert len(trace.tokens) > len(trace.words) + 1
    np.testing.assert_allclose(trace.by_word(part), expected_by_word(trace, part), atol=1e-6)
    assert trace.by_word(part).sum(-1).max() <= 1 + 1e-5


def test_an_unknown_part_is_refused(model: Model) -> None:
    with pytest.raises(ValueError, match="encoder_self, decoder_self, cross"):
        attnviz.trace(model, "I", "I").by_word("other")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "   ", "\t\n", []])
def test_nothing_to_read(model: Model, text: Any) -> None:
    for act in (attnviz.trace, attnviz.translate):
        with pytest.raises(EmptyTextError):
            act(model, text)


def test_long_text_is_cut_and_says_so(model: Model) -> None:
    trace = attnviz.trace(model, "yes " * 340, "ja")
    assert len(trace.tokens) == attnviz.MAX_TOKENS + 1
    assert trace.n_dropped == 340 - attnviz.MAX_TOKENS
    assert len(trace.words) == attnviz.MAX_TOKENS
    assert attnviz.trace(model, "yes " * attnviz.MAX_TOKENS, "ja").n_dropped == 0


def test_eight_threads_get_their_own_results(model: Model) -> None:
    texts = list(SENTENCES[:8])
    expected = [attnviz.trace(model, text, "Das ist gut") for text in texts]
    wrong: list[str] = []

    def work(index: int) -> None:
        for _ in range(12):
            found = attnviz.trace(model, texts[index], "Das ist gut")
            same = np.array_equal(found.logits, expected[index].logits) and all(
                np.array_equal(mine.weights, its.weights)
                for part in PARTS
                for mine, its in zip(found.attention(part), expected[index].attention(part), strict=True)
            )
            if not same:
                wrong.append(texts[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_positions_make_the_order_matter(model: Model) -> None:
    first, second = (attnviz.trace(model, text, "x") for text in ("I go home", "home go I"))
    assert np.array_equal(first.embeddings[0], second.embeddings[2])
    assert not np.allclose(first.encoder_self[0].inputs[0], second.encoder_self[0].inputs[2], atol=1e-2)
