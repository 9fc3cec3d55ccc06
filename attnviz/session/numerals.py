"""Numbers in sentences, written as the matrices write them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from attnviz.session.catalog import Said

_ENGLISH = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_KOREAN = ((10**16, "경"), (10**12, "조"), (10**8, "억"), (10**4, "만"), (1, ""))
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def written(value: float, digits: int = 2) -> str:
    """Return a number with ``digits`` after the point: a true minus sign, never -0.00, infinity as its sign."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.replace("-", "")


def briefly(value: float, digits: int = 3) -> str:
    """Return a number in as few characters as it can be read in: 2, 0.25, 1.13 × 10⁻⁷, a true minus sign."""
    if not math.isfinite(value):
        return written(value)
    number, _, power = f"{value:.{digits}g}".partition("e")
    return f"{number} × {power_of_ten(int(power))}".replace("-", "−") if power else number.replace("-", "−")


def known(value: float, digits: int = 2) -> str:
    """Return a number, or a dash where there is none: the mean of nothing, a share of a row that is empty."""
    return written(value, digits) if math.isfinite(value) else "–"


def percent(share: float) -> str:
    """Return a share: 12.5 %, 3 %, and "100 %" only when it is all."""
    shown = f"{100 * share:.1f}"
    return "> 99.9 %" if shown == "100.0" and share < 1 else f"{shown.removesuffix('.0')} %"


def millions(count: float, language: str, digits: int = 1) -> str:
    """Return a large number as it is said, to so many digits of a million: 21.1 million; in Korean 2110만."""
    if not math.isfinite(count):
        return written(count)
    if language != "ko":
        return f"{count / 1e6:.{digits}f} million"
    whole, rest = divmod(round(round(count / 1e6, digits) * 100), 10_000)  # hundreds of millions, tens of thousands
    return " ".join(f"{part}{unit}" for part, unit in ((whole, "억"), (rest, "만")) if part) or "0"


def spoken(count: int, language: str, digits: int = 3) -> Said:
    """Return a count as people say it: whole below ten thousand, else to so many digits: 36.5 billion; 365억."""
    return Said.of(_spoken(count, language, digits), lambda other: _spoken(count, other, digits))


def _spoken(count: int, language: str, digits: int) -> str:
    if count < 10_000:
        return f"{count:,}"
    rounded = round(count, digits - len(str(count)))
    if language == "ko":
        groups = ((rounded // unit % 10_000, name) for unit, name in _KOREAN)
        return " ".join(f"{group}{name}" for group, name in groups if group)
    unit, name = next((unit, name) for unit, name in _ENGLISH if rounded >= unit)
    return f"{rounded / unit:.{digits}g} {name}" if rounded < 1000 * unit else briefly(rounded, digits)


def in_bytes(count: int) -> str:
    """Return a number of bytes with the unit that keeps it readable: 512 B, 1.5 MiB."""
    power = min(int(math.log(count, 1024)), 4)
    return f"{count / 1024**power:.3g} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def signed(value: float, digits: int = 0) -> str:
    """Return a number that is added, with its sign: +3, −3, +0."""
    return f"{value:+.{digits}f}".replace("-", "−")


def factor(value: float) -> str:
    """Return a number as it stands in a product or a sum: negative ones in brackets."""
    return f"({briefly(value)})" if value < 0 else briefly(value)


def adding_up(parts: Sequence[float], digits: int = 2) -> tuple[tuple[str, ...], str]:
    """Return the parts of a sum and the sum as text, so that the parts as printed give the sum as printed.

    The sum has ``digits`` after the point; the parts have as few more as that takes.
    """
    total = written(math.fsum(parts), digits)
    for more in range(8):
        texts = tuple(written(part, digits + more) for part in parts)
        if written(math.fsum(_read(text) for text in texts), digits) == total:
            break
    return texts, total


def _read(text: str) -> float:
    return float(text.replace("−", "-"))


def bracketed(value: float, digits: int) -> str:
    """Return a number as LaTeX has it after a sign: negative ones in brackets."""
    return f"({value:.{digits}f})" if value < 0 else f"{value:.{digits}f}"


def split_power(value: float, digits: int = 1) -> tuple[str, int]:
    """Return 0.0006988 as a number and the power of ten that it is multiplied with: ("7.0", -4)."""
    number, power = f"{value:.{digits}e}".split("e")
    return number.replace("-", "−"), int(power)


def power_of_ten(power: int) -> str:
    """Return 10 to a power: 10⁻⁴."""
    return f"10{str(power).translate(_RAISED)}"


def scientific(value: float, digits: int = 1) -> str:
    """Return 0.0006988 as 7.0 × 10⁻⁴, and what needs no power of ten without one."""
    number, power = split_power(value, digits)
    return f"{number} × {power_of_ten(power)}" if power else number


def short(value: float) -> str:
    """Write a number with at most four digits after the point, and none that say nothing."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def tiny(value: float) -> str:
    """Write a number of any size: 0, 0.310, 4.6 × 10⁻⁷."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "NaN"
    if 1e-3 <= abs(value) < 999:
        return f"{value:#.3g}"
    return scientific(value)
