import numpy as np
import pytest

from attnviz.model.transformer import START_ID
from attnviz.trace.records import PARTS, Part, Trace
from attnviz.trace.run import Model, trace
from attnviz.trace.seen import seen
from attnviz.trace.tokens import SPECIAL_LABELS

SENTENCE = "The fluffier creature saw the creature <b>twice</b> ."
TARGET = "Die flauschigere Kreatur sah sie zweimal ."


@pytest.fixture(scope="module")
def found(untrained: Model) -> Trace:
    return trace(untrained, SENTENCE, TARGET)


@pytest.mark.parametrize("part", ["encoder_self", "decoder_self"])
def test_words_are_those_of_the_trace(found: Trace, part: Part) -> None:
    shown = seen(found, part, by_word=True, special=False)
    np.testing.assert_array_equal(shown.weights, found.by_word(part))
    words = found.words if part == "encoder_self" else found.target_words
    assert shown.row_labels == shown.column_labels == words


@pytest.mark.parametrize("part", PARTS)
def test_all_tokens_are_the_models_own_numbers(found: Trace, part: Part) -> None:
    shown = seen(found, part, by_word=False, special=True)
    for layer, call in enumerate(found.attention(part)):
        np.testing.assert_array_equal(shown.weights[layer], call.weights)
    np.testing.assert_array_equal(shown.mask, found.attention(part)[0].mask)
    assert shown.column_labels == found.key_labels(part)
    assert shown.row_labels == (found.next_tokens if part == "cross" else found.query_labels(part))


@pytest.mark.parametrize("part", PARTS)
def test_hidden_special_tokens_are_left_out_and_nothing_else_changes(found: Trace, part: Part) -> None:
    shown = seen(found, part, by_word=False, special=False)
    assert not set(SPECIAL_LABELS.values()) & {*shown.row_labels, *shown.column_labels}
    for row, (query,) in enumerate(shown.row_tokens):
        for column, (key,) in enumerate(shown.column_tokens):
            assert shown.weights[0, 0, row, column] == found.attention(part)[0].weights[0, query, key]


def test_a_row_of_cross_attention_is_the_word_written_there(found: Trace) -> None:
    shown = seen(found, "cross", by_word=True, special=False)
    assert shown.row_labels == found.target_words
    assert SPECIAL_LABELS[START_ID] == found.target_tokens[0]
    assert shown.row_tokens[0][0] == 0  # the start token's place writes the first word
    for word, tokens in zip(range(len(found.target_words)), shown.row_tokens, strict=True):
        assert {found.target_word_of[token + 1] for token in tokens} == {word}
        expected = found.cross[1].weights[:, list(tokens)].mean(axis=1)  # (head, source token)
        pieces = [list(group) for group in shown.column_tokens]
        merged = np.stack([expected[:, piece].sum(axis=1) for piece in pieces], axis=1)
        np.testing.assert_allclose(shown.weights[1, :, word], merged, atol=1e-6)


def test_a_word_is_masked_only_where_all_its_pieces_are(found: Trace) -> None:
    shown = seen(found, "decoder_self", by_word=True, special=False)
    np.testing.assert_array_equal(shown.mask, np.tril(np.ones_like(shown.mask)))
    assert (shown.weights[:, :, ~shown.mask] == 0).all()


def test_a_hidden_token_leads_to_the_nearest_row(found: Trace) -> None:
    shown = seen(found, "encoder_self", by_word=True, special=False)
    assert shown.row_of(len(found.tokens) - 1) == len(found.words) - 1
    for token, word in enumerate(found.word_of[:-1]):
        assert shown.row_of(token) == shown.column_of(token) == word


def test_an_empty_translation_shows_the_special_tokens(untrained: Model) -> None:
    for part in PARTS:
        shown = seen(trace(untrained, "Go", ""), part, by_word=True, special=False)
        assert all(shown.weights.shape)
        assert shown.by_word == (part == "encoder_self")


def test_model_and_control_have_the_same_cells(found: Trace, model: Model) -> None:
    other = trace(model, SENTENCE, TARGET)
    for part in PARTS:
        for by_word, special in ((True, False), (False, False), (False, True)):
            one, two = (seen(each, part, by_word=by_word, special=special) for each in (found, other))
            assert (one.row_tokens, one.column_tokens) == (two.row_tokens, two.column_tokens)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("by_word", "special"), [(True, False), (False, False), (False, True)])
def test_shown_and_hidden_weights_of_a_row_sum_to_one(found: Trace, part: Part, by_word: bool, special: bool) -> None:
    shown = seen(found, part, by_word=by_word, special=special)
    np.testing.assert_allclose(shown.weights.sum(-1) + shown.hidden.sum(-1), 1, atol=1e-6)
    left_out = () if special else ("‹start›",) if part == "decoder_self" else ("‹end›",)
    assert shown.hidden_labels == left_out
    if not by_word and left_out:
        end = found.key_labels(part).index(left_out[0])
        rows = [query for (query,) in shown.row_tokens]
        np.testing.assert_allclose(shown.hidden[1, 2, :, 0], found.attention(part)[1].weights[2, rows, end], atol=1e-7)
