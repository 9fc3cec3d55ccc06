"""What is typed and what is read: a variant reads as its plain form, and nothing else changes."""

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import attnviz
from attnviz import Model
from attnviz.trace.plain import changes, plain
from attnviz.trace.tokens import tokenize
from attnviz.trace.words import split_words

# What a tablet, a word processor, a PDF or a Korean keyboard makes of a sentence, and the sentence.
VARIANTS: tuple[tuple[str, str], ...] = (
    ("I can’t swim.", "I can't swim."),
    ("The e\ufb03cient of\ufb01ce", "The efficient office"),
    ("an exam\u00adple", "an example"),
    ("The\u200b cat", "The cat"),
    ("You don’t know me .", "You don't know me ."),
    ("He won‘t come .", "He won't come ."),
    ("She isn‛t here .", "She isn't here ."),
    ("We aren′t late .", "We aren't late ."),
    ("It wasn´t me .", "It wasn't me ."),
    ("They weren`t at home .", "They weren't at home ."),
    ("Tom’s dog doesn’t bite .", "Tom's dog doesn't bite ."),
    ("I couldnʼt sleep .", "I couldn't sleep ."),
    ("That＇s all .", "That's all ."),
    ("“Come in,” he said.", '"Come in," he said.'),
    ("„Stop“ is a word .", '"Stop" is a word .'),
    ("«Yes» she said", '"Yes" she said'),
    ("He said ‚no‘ again", "He said 'no' again"),
    ("‹Quiet› please", "'Quiet' please"),
    ("＂Why＂ is short", '"Why" is short'),
    ("Wait… what ?", "Wait... what ?"),
    ("And then ⋯ nothing", "And then ... nothing"),
    ("a well‐known man", "a well-known man"),
    ("a well‑known man", "a well-known man"),
    ("pages 12–15", "pages 12-15"),
    ("My brother — the tall one — left .", "My brother - the tall one - left ."),
    ("minus −3 degrees", "minus -3 degrees"),
    ("― Who is there ?", "- Who is there ?"),
    ("It costs 5\u00a0dollars .", "It costs 5 dollars ."),
    ("100\u202f000 people", "100 000 people"),
    ("thin\u2009space and\u3000wide", "thin space and wide"),
    ("the \ufb02oor is wet", "the floor is wet"),
    ("a di\ufb00erent \ufb01sh", "a different fish"),
    ("Ｉ ａｍ ｈｅｒｅ．", "I am here."),
    ("Is it ２００９？", "Is it 2009?"),
    ("Hello！ Good（very）day", "Hello! Good(very)day"),
    ("\ufeffThe first line", "The first line"),
    ("in\u200bvis\u2060ible", "invisible"),
    ("no\u200cjoin and\u200d no", "nojoin and no"),
    ("right \u202eto\u202c left", "right to left"),
    ("\u2068Anna\u2069 sings", "Anna sings"),
    ("cafe\u0301 nai\u0308ve", "café naïve"),
    ("the tempera\u00adture is 20\u00a0°C – or so…", "the temperature is 20 °C - or so..."),
    ("It’s “too big”—isn’t it？", "It's \"too big\"-isn't it?"),
    ("Who’s there…？", "Who's there...?"),
)
KOREAN: tuple[tuple[str, str], ...] = (
    ("그는 “안녕”이라고 말했다…", '그는 "안녕"이라고 말했다...'),
    ("\u1112\u1161\u11ab국어를 배운다．", "한국어를 배운다."),
    ("나는\u3000집에\u200b 간다", "나는 집에 간다"),
    ("ﾡￂ 나 다", "가 나 다"),
    ("‘왜’ 그래요？", "'왜' 그래요?"),
)
AWKWARD = "👩🏫👍🏽🇰🇷1#a'’`“… \u200d\ufe0f\u20e3\u200b\u00ad\u0301\u1112\u1161\u11ab\uffa1\uffc2\uffe3\u0600"
ANYTHING = st.text() | st.text(alphabet=AWKWARD)


def test_forty_variants_of_our_own() -> None:
    assert len({typed for typed, _ in VARIANTS[4:]}) >= 40
    assert all(typed != read for typed, read in (*VARIANTS, *KOREAN))


@pytest.mark.parametrize(("typed", "read"), VARIANTS)
def test_a_variant_has_tokens_weights_and_translation_of_its_plain_form(model: Model, typed: str, read: str) -> None:
    assert plain(typed) == read
    found, expected = attnviz.trace(model, typed), attnviz.trace(model, read)
    assert (found.tokens, found.words, found.word_of) == (expected.tokens, expected.words, expected.word_of)
    assert found.target == expected.target  # the translation of each
    for part in ("encoder_self", "cross"):
        for one, other in zip(found.attention(part), expected.attention(part), strict=True):
            np.testing.assert_array_equal(one.weights, other.weights)
    assert (found.text, expected.text) == (typed, read)  # the record keeps what was typed


@pytest.mark.parametrize(("typed", "read"), KOREAN)
def test_korean_variants_read_as_their_plain_form(typed: str, read: str) -> None:
    korean = attnviz.load_model("korean")
    assert tokenize(korean.tokenizer, typed) == tokenize(korean.tokenizer, read)


def test_a_list_of_words_is_read_the_same_way(model: Model) -> None:
    assert tokenize(model.tokenizer, ["I", "can’t", "swim…"]).ids == tokenize(model.tokenizer, "I can't swim...").ids
    with pytest.raises(ValueError, match="word 1 "):
        tokenize(model.tokenizer, ["a", "\u200b"])


def test_what_the_model_wrote_is_not_read_anew(model: Model) -> None:
    assert "„" in "".join(attnviz.trace(model, "Go", "„Ja“").target_tokens)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी", 1),
        ("x\u0302", 1),
        ("👩‍🏫 👍🏽 🇰🇷 1️⃣", 4),
        ("👩‍🏫👍🏽🇰🇷🇺🇸1️⃣", 5),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ❤️ 👨‍👩‍👧‍👦", 3),
        ("தமிழ் ภาษาไทย नमस्ते", 3),
        ("№1 1⃣", 3),
    ],
)
def test_marks_stay_with_their_letter_and_an_emoji_is_one_word(model: Model, text: str, words: int) -> None:
    found = tokenize(model.tokenizer, text)
    assert len(found.words) == words
    assert "".join(found.words) == plain(text).replace(" ", "")  # and an emoji is seen as one


@given(ANYTHING)
@example("\u1100\u200b\u1161")
@example("=\u00ad\u0338")
@example("\u1fef\u1ffd")
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    read = plain(text)
    assert plain(read) == read
    assert unicodedata.is_normalized("NFC", read)
    assert not changes(read)


@given(ANYTHING)
@example("\u0600 \u0301a \u0600\u0600\u2029")  # the sign of a number, before a space
def test_words_cover_the_text(text: str) -> None:
    read = plain(text)
    words = split_words(read)
    assert "".join(word for word, _ in words) == "".join(character for character in read if not character.isspace())
    if words:
        assert words[0][1] is True


@given(ANYTHING, st.sampled_from("\u00ad\u200b\u2060\ufeff\u200e\u2067"), st.integers(0, 50))
def test_what_has_no_form_does_not_change_the_reading(text: str, unseen: str, at: int) -> None:
    """Between two characters that do not belong together anyway; inside one, what was parted is joined again."""
    words = text.replace("\u200d", "").split(" ")
    at = min(at, len(words) - 1)
    marked = [word + unseen if place == at else word for place, word in enumerate(words)]
    assert plain(" ".join(marked)) == plain(" ".join(words))


@given(st.lists(st.sampled_from(["’", "“", "…", "–", "\u00a0", "ﬁ", "Ａ", "１", "a", "한", " "]), max_size=12))
def test_a_text_reads_as_the_sum_of_its_characters(characters: list[str]) -> None:
    assert plain("".join(characters)) == "".join(map(plain, characters))


def test_what_was_changed_is_named_once_and_in_order() -> None:
    found = changes("“I can’t,” she can’t\u200b… e\ufb03cient 👩‍🏫")
    assert found == (("“", '"'), ("’", "'"), ("”", '"'), ("\u200b", ""), ("…", "..."), ("\ufb03", "ffi"))
    assert changes("plain text, 한국어 👩‍🏫 cafe\u0301") == ()


@given(ANYTHING)
def test_nothing_is_changed_in_silence(text: str) -> None:
    """But for the order and composition of marks, which are the same characters to Unicode."""
    composed = unicodedata.normalize("NFC", text)
    assert bool(changes(text)) == (plain(text) != composed)
