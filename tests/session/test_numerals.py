import math

import pytest

from attnviz.session.numerals import bracketed, briefly, factor, scientific, signed, written


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.005, "1.00"), (-0.001, "0.00"), (-2.5, "−2.50"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "NaN")],
)
def test_numbers_are_written_as_in_a_matrix(value: float, text: str) -> None:
    assert written(value) == text


def test_numbers_in_a_sum() -> None:
    assert [factor(value) for value in (2.0, -0.25, 1.1254e-7)] == ["2", "(−0.25)", "1.13e−07"]
    assert briefly(math.inf) == "∞"
    assert [signed(value) for value in (3, -3, 0)] == ["+3", "−3", "+0"]
    assert signed(-2.149, 1) == "−2.1"


def test_powers_of_ten_are_raised() -> None:
    assert [scientific(value) for value in (0.0006988, 4.6e-7, 7.0, -2.5e12)] == [
        "7.0 × 10⁻⁴", "4.6 × 10⁻⁷", "7.0", "−2.5 × 10¹²"
    ]  # fmt: skip
    assert scientific(0.0006988, 3) == "6.988 × 10⁻⁴"
    assert [bracketed(value, 3) for value in (0.25, -0.25)] == ["0.250", "(-0.250)"]
