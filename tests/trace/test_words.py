"""The rule that cuts text into words, and the two ways to give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.trace.words import is_hangul, pieces_of, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world!", ["Hello", ",", "world", "!"]),
        ("The animal didn't cross.", ["The", "animal", "didn't", "cross", "."]),
        ("since 2009 , 3.5 or 1,000", ["since", "2009", ",", "3.5", "or", "1,000"]),
        ("나는 집에 간다.", ["나는", "집에", "간다", "."]),
        ("well-known", ["well", "-", "known"]),
        ("a\tb\n c", ["a", "b", "c"]),
        ("<b>x</b>", ["<", "b", ">", "x", "<", "/", "b", ">"]),
        ("", []),
        (" \u3000 ", []),
    ],
)
def test_the_rule(text: str, words: list[str]) -> None:
    assert [word for word, _ in split_words(text)] == words


def test_decomposed_hangul_is_the_same_word() -> None:
    assert split_words("\u1112\u1161\u11ab") == split_words("한")


@given(st.text())
def test_nothing_but_white_space_is_lost(text: str) -> None:
    import unicodedata

    kept = "".join(word for word, _ in split_words(text))
    expected = "".join(character for character in unicodedata.normalize("NFC", text) if not character.isspace())
    # combining marks at the very start of the text have no character to stand with and stay alone
    assert kept == expected


@given(
    st.lists(st.text(min_size=1).filter(lambda word: not any(c.isspace() for c in word) and word.strip()), min_size=1)
)
def test_a_list_gives_the_pieces_of_its_sentence(words: list[str]) -> None:
    assert pieces_of(words)[1] == pieces_of(" ".join(words))[1]


@pytest.mark.parametrize("words", [["a", ""], ["a", "b c"], ["a", "\t"], ["a", "b\u00a0c"]])
def test_a_blank_or_broken_word_is_refused_by_index(words: list[str]) -> None:
    with pytest.raises(ValueError, match="word 1 "):
        pieces_of(words)


@pytest.mark.parametrize(
    ("text", "mostly"),
    [
        ("파란색 복실복실한 생물이 숲을 돌아다니고 있다", True),
        ("\u1112\u1161\u11ab decomposed \u1112\u1161\u11ab", True),
        ("나는 Transformer를 좋아한다 !!! ...", True),  # by words, not by letters
        ("안녕 hello", False),  # half is not most
        ("The word 숲 means forest", False),
        ("日本語 の 文", False),
        ("?!", False),
        ("", False),
    ],
)
def test_hangul_is_counted_by_words(text: str, mostly: bool) -> None:
    assert is_hangul(text) is mostly
