"""Numbers in sentences, written as the matrices write them."""

from __future__ import annotations

import math


def written(value: float, digits: int = 2) -> str:
    """Return a number with ``digits`` after the point: a true minus sign, never -0.00, infinity as its sign."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.replace("-", "")


def briefly(value: float) -> str:
    """Return a number in as few characters as it can be read in: 2, 0.25, 1.13e−07, a true minus sign."""
    return f"{value:.3g}".replace("-", "−") if math.isfinite(value) else written(value)


def signed(value: int) -> str:
    """Return a whole number that is added, with its sign: +3, −3, +0."""
    return f"{value:+d}".replace("-", "−")


def factor(value: float) -> str:
    """Return a number as it stands in a product or a sum: negative ones in brackets."""
    return f"({briefly(value)})" if value < 0 else briefly(value)
