"""Token labels: whole characters as text, byte pieces as bytes, nothing hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz import Model
from attnviz.trace.plain import plain
from attnviz.trace.tokens import is_byte_piece, joins, tokenize, written
from tests.sentences import SENTENCES


def test_byte_pieces_are_labelled_as_bytes(model: Model) -> None:
    found = tokenize(model.tokenizer, "한")
    assert any(is_byte_piece(label) for label in found.labels)
    raw = bytes.fromhex("".join(label[1:-1] for label in found.labels if is_byte_piece(label)))
    assert raw.decode() == "한"
    assert found.word_of[-1] is None
    assert set(found.word_of[:-1]) == {0}


def test_tokens_never_show_the_replacement_character(model: Model) -> None:
    trace = attnviz.trace(model, SENTENCES[0], "Ein 한 😀 Wort")
    assert trace.tokens == tokenize(model.tokenizer, SENTENCES[0]).labels
    for labels in (trace.target_tokens, *(tokenize(model.tokenizer, text).labels for text in SENTENCES)):
        assert not any("\ufffd" in label for label in labels)


@given(text=st.text(max_size=40))
def test_any_text_has_tokens_and_they_are_visible(model: Model, text: str) -> None:
    try:
        found = tokenize(model.tokenizer, text)
    except attnviz.EmptyTextError:
        assert not plain(text).strip()  # where nothing is to be seen, nothing is to be read
        return
    assert all(label and label.isprintable() for label in found.labels)
    assert len(found.ids) == len(found.labels) == len(found.word_of)
    assert set(found.word_of) == {None, *range(len(found.words))}


@given(
    words=st.lists(
        st.sampled_from(["didn't", "U.S.", "3.5", "(a)", "한국어", "well-known", "'s", "n't", "house", "😀"]),
        min_size=1,
    )
)
def test_a_list_has_the_tokens_of_its_sentence(model: Model, words: list[str]) -> None:
    listed, joined = tokenize(model.tokenizer, words), tokenize(model.tokenizer, " ".join(words))
    assert listed.ids == joined.ids
    assert listed.words == tuple(words)[: len(listed.words)]
    assert len(listed.words) == len(words) or listed.n_dropped  # more than the cap allows


def test_what_looks_like_a_special_token_is_text(model: Model) -> None:
    found = tokenize(model.tokenizer, "<end> <pad>")
    assert found.labels[-1] == "‹end›"
    assert found.word_of.count(None) == 1
    assert set(found.ids[:-1]).isdisjoint(range(4))


@pytest.mark.parametrize(
    ("text", "foreign"), [("나는 집에 간다 .", True), ("I go home .", False), ("hello 안녕 there my friend", False)]
)
def test_foreign_sentences_are_recognised(model: Model, text: str, foreign: bool) -> None:
    assert attnviz.trace(model, text, "x").is_foreign is foreign


@pytest.mark.parametrize("text", ["Die Katze schläft im Bett , weil es müde ist .", "Straße (a) Regierungen !", ""])
def test_tokens_that_were_written_read_like_typed_ones(model: Model, text: str) -> None:
    typed = tokenize(model.tokenizer, text, is_target=True)
    assert written(model.tokenizer, typed.ids[1:]) == typed
    pieces = zip(typed.ids[1:], typed.word_of[1:], typed.word_of, strict=False)
    after_bracket = "("  # a word without a space before it looks like the rest of one
    for token, word, before in pieces:
        assert joins(model.tokenizer, token) == (word == before or typed.words[word - 1 : word] == (after_bracket,))
