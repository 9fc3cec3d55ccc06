"""What masks do in the model: padding that is hidden changes nothing, and no row depends on a later word."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import attnviz
from attnviz import Model
from attnviz.concepts.masking import (
    breaking_gap,
    change_target,
    in_one_batch,
    named_mask,
    padded_calls,
    replaced,
    rows_that_lost,
    ways_in_head,
    ways_of_row,
)
from attnviz.concepts.wrong_ways import masked_ways
from attnviz.model.masks import causal_mask
from attnviz.model.transformer import END_ID
from attnviz.trace.tokens import tokenize

SENTENCE, TARGET = "I go home because it is late .", "Ich gehe nach Hause , weil es spät ist ."
ROUNDING = 1e-4  # of numbers up to some 10, after several layers in float32


@pytest.fixture(params=["translator", "untrained"])
def either(request: pytest.FixtureRequest, model: Model, untrained: Model) -> Model:
    return model if request.param == "translator" else untrained


def test_named_masks() -> None:
    causal, padding = named_mask("causal", 3, 2), named_mask("padding", 3, 2)
    np.testing.assert_array_equal(causal, np.tril(np.ones((5, 5), dtype=bool)))
    np.testing.assert_array_equal(padding, np.tile([True, True, True, False, False], (5, 1)))
    np.testing.assert_array_equal(named_mask("both", 3, 2), causal & padding)
    assert named_mask("none", 3, 2).all()
    # in the rows of real tokens the causal mask hides padding already
    np.testing.assert_array_equal(named_mask("both", 3, 2)[:3], causal[:3])


def test_the_ways_in_a_head_are_those_of_the_trace(model: Model) -> None:
    trace = attnviz.trace(model, SENTENCE, TARGET)
    found = ways_in_head(trace.decoder_self[1], 2, trace.decoder_self[1].mask)
    np.testing.assert_allclose(found["minus_inf"].weights, trace.decoder_self[1].weights[2], atol=1e-7)
    np.testing.assert_allclose(found["renormalised"].weights, found["minus_inf"].weights, atol=1e-12)
    np.testing.assert_allclose(found["zero_after"].scores, trace.decoder_self[1].scaled_scores[2], rtol=1e-6)
    assert found["zero_after"].row_sums.min() < 0.999


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_dividing_breaks_from_one_gap_on(precision: str) -> None:
    gap = breaking_gap(precision)
    for tried in (gap - 1, gap, gap + 1):
        ways = ways_of_row([-3, tried - 3], [False, True], precision)  # type: ignore[arg-type]
        assert np.isnan(ways["renormalised"].weights).any() == (tried >= gap)
        np.testing.assert_array_equal(ways["minus_inf"].weights, [[1, 0]])
    # from there on the exponential is less than half of the smallest number that exists
    assert gap == np.ceil(np.log(2) - np.log(float(np.finfo(precision).smallest_subnormal)))


def test_the_scores_of_a_row_are_the_readers_own() -> None:
    ways = ways_of_row([1.5, -150], [True, False], "float64")
    np.testing.assert_array_equal(ways["zero_after"].scores, [[1.5, -150]])
    np.testing.assert_array_equal(ways["minus_100"].scores, [[-100, -150]])
    assert ways["minus_100"].hidden[0] == pytest.approx(1, abs=1e-12)  # -100 is not small beside -150


@pytest.mark.parametrize("part", ["encoder_self", "decoder_self"])
def test_padding_at_the_end_changes_no_real_row(either: Model, part: str) -> None:
    trace = attnviz.trace(either, SENTENCE, TARGET)
    calls = padded_calls(either, SENTENCE, TARGET, part, 3)  # type: ignore[arg-type]
    own = trace.attention(part)  # type: ignore[arg-type]
    assert len(calls) == len(own)
    size = len(own[0].mask)
    mask = named_mask("padding" if part == "encoder_self" else "both", size, 3)
    for call, alone in zip(calls, own, strict=True):
        assert call.labels == (*trace.query_labels(part), *["‹pad›"] * 3)  # type: ignore[arg-type]
        head = call.head(1, mask)
        np.testing.assert_allclose(head.weights[:size, :size], alone.weights[1], atol=ROUNDING)
        assert (head.weights[:, size:] == 0).all()
        assert head.empty_rows == ()


def test_a_row_that_allows_nothing_is_named(model: Model) -> None:
    mask = named_mask("both", len(tokenize(model.tokenizer, SENTENCE).ids), 2).copy()
    mask[4] = False
    head = padded_calls(model, SENTENCE, TARGET, "encoder_self", 2)[0].head(0, mask)
    assert head.empty_rows == (4,)
    np.testing.assert_array_equal(np.isnan(head.weights).any(axis=1), np.arange(len(mask)) == 4)


@settings(max_examples=12)
@given(st.integers(1, 40), st.integers(1, 40))
def test_a_padded_batch_changes_nothing_when_masked(first: int, second: int) -> None:
    model = attnviz_model()
    batch = in_one_batch(model, *(" ".join(["the red house was"] * 10)[: 6 * count] for count in (first, second)))
    for sentence in batch:
        assert sentence.with_mask.weights < ROUNDING
        assert sentence.with_mask.output < ROUNDING
        assert sentence.with_mask.on_padding == 0
        if sentence.n_padding:
            assert sentence.without_mask.output > 100 * ROUNDING
            assert sentence.without_mask.on_padding > 0
        else:
            assert sentence.without_mask.output < ROUNDING


def attnviz_model() -> Model:
    """Load the model once: hypothesis and fixtures do not mix."""
    global _model
    _model = _model or attnviz.load_model()
    return _model


_model: Model | None = None


def test_a_batch_holds_the_models_own_numbers(either: Model) -> None:
    short, long = in_one_batch(either, "Go home .", SENTENCE)
    assert (long.n_padding, short.n_padding) == (0, len(long.labels) - len(short.labels))
    for sentence, text in ((short, "Go home ."), (long, SENTENCE)):
        trace = attnviz.trace(either, text, "")
        assert sentence.labels == trace.tokens
        own = np.stack([call.weights for call in trace.encoder_self])
        np.testing.assert_allclose(sentence.alone, own, atol=ROUNDING)
        size = len(trace.tokens)
        assert sentence.masked.shape == (*own.shape[:3], size + sentence.n_padding)
        np.testing.assert_allclose(sentence.masked[..., :size], own, atol=ROUNDING)
    apart = np.abs(short.open[..., : len(short.labels)] - short.alone).max()
    assert short.without_mask.weights == pytest.approx(float(apart), abs=1e-6)
    assert short.without_mask.output == short.without_mask.by_token.max()
    everything = float(short.open[..., len(short.labels) :].sum(axis=-1).max())
    assert short.without_mask.on_padding == pytest.approx(everything, abs=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 9), st.sampled_from(["Katze", "!", "x", "unverhältnismäßig", "집", "😀", "zwei Wörter"]))
def test_the_future_does_not_change_the_past(place: int, word: str) -> None:
    found = change_target(attnviz_model(), SENTENCE, TARGET, replaced(TARGET, place, word))
    if found is None:
        return
    assert found.before[: found.at] == found.after[: found.at]
    assert not found.with_mask.changed[: found.at].any()
    assert found.with_mask.changed[found.at]
    assert found.with_mask.word_by_word < ROUNDING
    # the planted mutant: the same decoder without its mask
    assert found.without_mask.changed[: found.at].all()
    assert found.without_mask.word_by_word > 100 * ROUNDING


def test_changed_logits_are_those_of_the_plain_forward(either: Model) -> None:
    other = replaced(TARGET, 2, "Katze")
    assert other.split()[2] == "Katze"
    found = change_target(either, SENTENCE, TARGET, other)
    assert found is not None
    size = len(found.before)
    expected = np.abs(attnviz.logits(either, SENTENCE, other)[:size] - attnviz.logits(either, SENTENCE, TARGET)[:size])
    np.testing.assert_allclose(found.with_mask.logits, expected.max(axis=1), atol=ROUNDING)
    weights = [
        np.stack([call.weights[:, :size, :size] for call in attnviz.trace(either, SENTENCE, target).decoder_self])
        for target in (TARGET, other)
    ]
    np.testing.assert_allclose(
        found.with_mask.weights, np.abs(weights[1] - weights[0]).max(axis=(0, 1, 3)), atol=ROUNDING
    )


def test_the_same_words_change_nothing(model: Model) -> None:
    assert change_target(model, SENTENCE, TARGET, TARGET) is None
    assert change_target(model, SENTENCE, "", TARGET) is None


def test_only_the_last_row_reads_the_last_word(model: Model) -> None:
    found = change_target(model, SENTENCE, TARGET, replaced(TARGET, 9, "?"))
    assert found is not None
    assert found.at == len(found.before) - 1
    assert found.with_mask.changed.sum() == 1


@pytest.mark.parametrize(
    ("text", "place", "word", "expected"),
    [
        ("Ich gehe.", 1, "laufe", "Ich laufe."),
        ("Ich gehe.", 2, "!", "Ich gehe!"),
        ("Ich gehe.", 0, "  Wir alle ", "Wir alle gehe."),
    ],
)
def test_one_word_is_replaced(text: str, place: int, word: str, expected: str) -> None:
    assert replaced(text, place, word) == expected


def test_a_decoder_without_its_mask_sees_everything(model: Model) -> None:
    ids = torch.tensor([tokenize(model.tokenizer, TARGET, is_target=True).ids])
    memory = model.transformer.encode(torch.tensor([[5, 6, END_ID]])).hidden
    masked, unmasked = (model.transformer.decode(ids, memory, causal=causal) for causal in (True, False))
    mask = masked.layers[0].attention["self"].mask
    assert mask is not None
    assert torch.equal(mask, causal_mask(ids.shape[1]))
    assert unmasked.layers[0].attention["self"].mask is None
    assert not torch.allclose(masked.hidden, unmasked.hidden, atol=1e-2)


def test_every_row_that_hides_something_lost_something() -> None:
    scores = np.zeros((6, 6))
    scores[:, 5] = -30  # the last word gets 1e-13 of each row: no digit shows it
    query, key = torch.tensor(np.hstack([scores, np.ones((6, 1))])), torch.eye(7, dtype=torch.float64)[:6]
    late = masked_ways(query * 7**0.5, key, torch.ones(6, 6).tril().bool())["zero_after"]
    assert rows_that_lost(late).tolist() == [True] * 5 + [False]
    assert late.row_sums[4] == pytest.approx(1, abs=1e-12)  # and yet it shows 1.00
