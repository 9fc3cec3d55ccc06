"""A Korean word or number takes the particle of its last sound, and no line begins with a particle."""

import pytest

from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.inserted import WORD_JOINER, held_together, inserted, particle

# As a native speaker reads them aloud: after a consonant, after ㄹ, after a vowel.
CLOSED = r"""
    고양이는 나는 집 책 숲 눈이는 값 행렬곱 토큰 헤드는 문장 단락 ‘**나는**’ **책** “문장” :orange[나는] ‹토큰›
    0 3 6 10 13 20 30 40 56 60 90 100 130 600 1000 4000 4,000 10000 1,000,000 100,000,000 0.00 1.00 0.10 0.30 0.636
    6.00 −3 −0.6 .06 6.988×10⁻⁴ 10⁻⁴ 10¹⁶ n² √10 3/4 0/7 L자음 집(home) 책(0.53) N M LSTM d_m 졸린다는\. 값(Value)
"""
RIEUL = r"""
    물 말 숲을 ‘숲을’ 칠 팔 일 길 ‘말’ 모델 1 7 8 11 17 28 1.01 0.07 0.8 −1 √81 1/2 7/8 물(water) 3,001 L R d_l 모델\.
"""
OPEN = r"""
    나 간다 있다 졸린다 소 쿼리 키 인코더 ‘있다’ **졸린다\.** “간다” :green[소] 2 4 5 9 12 24 35 99 0.14 0.25 1.05
    −2 √64 √192 2/3 5% 1% 3% 100% ∞ −∞ 1000000000000 8ms d_k W Q K V GRU BLEU 간다(go) 소(0.10) ‹end› . ? 🙂
    가
"""  # the last is 가, typed as two letters


@pytest.mark.parametrize("word", CLOSED.split())
def test_after_a_consonant(word: str) -> None:
    assert [particle(word, *pair.split("/")) for pair in ("을/를", "은/는", "이/가", "과/와", "으로/로")] == [
        "을", "은", "이", "과", "으로"
    ]  # fmt: skip


@pytest.mark.parametrize("word", RIEUL.split())
def test_after_rieul_only_ro_is_short(word: str) -> None:
    assert [particle(word, *pair.split("/")) for pair in ("을/를", "이/가", "으로/로")] == ["을", "이", "로"]


@pytest.mark.parametrize("word", OPEN.split())
def test_after_a_vowel(word: str) -> None:
    assert [particle(word, *pair.split("/")) for pair in ("을/를", "은/는", "이/가", "과/와", "으로/로")] == [
        "를", "는", "가", "와", "로"
    ]  # fmt: skip


def test_the_table_is_long_enough() -> None:
    assert len({*CLOSED.split(), *RIEUL.split(), *OPEN.split()}) > 120


@pytest.mark.parametrize(("digit", "read"), list(enumerate("영일이삼사오육칠팔구")))
def test_a_number_takes_what_its_last_digit_takes(digit: int, read: str) -> None:
    for number in (f"{digit}", f"2{digit}" if digit else "0.20", f"0.5{digit}", f"−1.2{digit}"):
        assert particle(number, "으로", "로") == particle(read, "으로", "로"), number


def test_a_pair_is_chosen_where_it_stands() -> None:
    places = {"before": "0.14", "after": "0.10", "word": "나는"}
    text = "{before}에서 {after}{으로/로}, ‘**{word}**’{이/가}, {before}{이었/였}습니다"
    assert inserted(text, places) == "0.14에서 0.10으로, ‘**나는**’\u2060이, 0.14였습니다"


def test_korean_writes_a_percentage_without_a_space() -> None:
    assert inserted("{share}{을/를} 받고 {other} % 남음", {"share": "45 %", "other": "> 99.9"}) == (
        "45%\u2060를 받고 > 99.9% 남음"
    )


def test_a_place_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        inserted("{word}{을/를}", {"other": 1})


def test_what_the_reader_types_is_never_a_pair() -> None:
    assert inserted("‘{word}’", {"word": "{을/를}"}) == "‘{을/를}’"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("(나는)에는", "(나는)|에는"), ("값(Value, V)은", "값|(Value, V)|은"), ("‘간다’의", "‘간다’|의"),
        ("10⁻¹⁴이며", "10⁻¹⁴|이며"), ("$x$는 `f()`는", "$x$|는 `f()`|는"), ("n-그램", "n-|그램"),
        ("**go.**의", "**go.|**의"), ("LayerNorm(x)입니다", "LayerNorm(x)|입니다"), ("‖a − b‖는", "‖a − b‖|는"),
        ("나 (너)", "나 (너)"), ("$f(x)는$", "$f(x)는$"), ("5%가", "5%|가"), ("3.5로", "3.5로"),
    ],
)  # fmt: skip
def test_words_are_held_together(text: str, held: str) -> None:
    assert held_together(text) == held.replace("|", WORD_JOINER)


def test_only_korean_is_held_together() -> None:
    assert all(WORD_JOINER not in Texts(language)("ui.fault", fault=1) for language in LANGUAGES if language != "ko")
