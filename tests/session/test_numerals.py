import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.session.catalog import said_in
from attnviz.session.numerals import (
    adding_up,
    bracketed,
    briefly,
    factor,
    in_bytes,
    known,
    millions,
    percent,
    scientific,
    signed,
    spoken,
    written,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.005, "1.00"), (-0.001, "0.00"), (-2.5, "−2.50"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "NaN")],
)
def test_numbers_are_written_as_in_a_matrix(value: float, text: str) -> None:
    assert written(value) == text


def test_numbers_in_a_sum() -> None:
    assert [factor(value) for value in (2.0, -0.25, 1.1254e-7)] == ["2", "(−0.25)", "1.13 × 10⁻⁷"]
    assert briefly(math.inf) == "∞"
    assert [signed(value) for value in (3, -3, 0)] == ["+3", "−3", "+0"]
    assert signed(-2.149, 1) == "−2.1"


def test_shares_sizes_and_what_is_not_there() -> None:
    assert [percent(share) for share in (0, 0.125, 0.03, 0.9996, 1)] == ["0 %", "12.5 %", "3 %", "> 99.9 %", "100 %"]
    assert [in_bytes(count) for count in (512, 1536 * 1024, 3 * 1024**4)] == ["512 B", "1.5 MiB", "3 TiB"]
    assert [known(value, 3) for value in (-0.5, math.nan, math.inf)] == ["−0.500", "–", "–"]


@pytest.mark.parametrize(
    ("count", "digits", "english", "korean"),
    [
        (21_130_000, 1, "21.1 million", "2110만"),
        (4_312_000, 2, "4.31 million", "431만"),
        (65_000_000, 0, "65 million", "6500만"),
        (213_000_000, 0, "213 million", "2억 1300만"),
        (300_000_000, 1, "300.0 million", "3억"),
        (math.nan, 2, "NaN", "NaN"),
    ],
)
def test_large_numbers_are_said_as_the_language_counts(count: float, digits: int, english: str, korean: str) -> None:
    assert millions(count, "en", digits) == english
    assert millions(count, "ko", digits) == korean


@pytest.mark.parametrize(
    ("count", "english", "korean"),
    [
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),  # what a reader may check by hand stays whole
        (32_768, "32.8 thousand", "3만 2800"),
        (2_097_152, "2.1 million", "210만"),
        (134_217_728, "134 million", "1억 3400만"),
        (999_960_000, "1 billion", "10억"),
        (36_507_222_016, "36.5 billion", "365억"),
        (1_512_345_000_000, "1.51 trillion", "1조 5100억"),
        (281_474_976_710_656 * 4096, "1.15 × 10¹⁸", "115경"),
    ],
)
def test_counts_are_rounded_as_people_say_them(count: int, english: str, korean: str) -> None:
    assert spoken(count, "en") == english
    assert said_in("ko", spoken(count, "en")) == korean


def test_powers_of_ten_are_raised() -> None:
    assert [scientific(value) for value in (0.0006988, 4.6e-7, 7.0, -2.5e12)] == [
        "7.0 × 10⁻⁴", "4.6 × 10⁻⁷", "7.0", "−2.5 × 10¹²"
    ]  # fmt: skip
    assert scientific(0.0006988, 3) == "6.988 × 10⁻⁴"
    assert [bracketed(value, 3) for value in (0.25, -0.25)] == ["0.250", "(-0.250)"]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12), st.integers(1, 4))
def test_what_is_printed_adds_up(parts: list[float], digits: int) -> None:
    texts, total = adding_up(parts, digits)
    printed = sum((Decimal(text.replace("−", "-")) for text in texts), Decimal(0))
    off = abs(printed - Decimal(total.replace("−", "-")))
    assert off <= Decimal(1).scaleb(-digits) / 2  # as it is rounded
    assert abs(printed - sum(map(Decimal, parts), Decimal(0))) < Decimal(len(parts)).scaleb(-digits)


def test_a_sum_of_rounded_parts_gets_as_many_digits_as_it_takes() -> None:
    assert adding_up([1 / 3] * 3) == (("0.333", "0.333", "0.333"), "1.00")  # 0.33 * 3 is 0.99
    assert adding_up([0.25, 0.5, -0.25]) == (("0.25", "0.50", "−0.25"), "0.50")
