"""The terms of the course in both languages, each with its symbol, its page and its name in our code."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Term(NamedTuple):
    """One row of ``glossary.csv``; what does not exist is empty."""

    en: str
    ko: str
    ko_also: str  # the other form that Korean sources use
    symbol: str  # LaTeX between dollars
    page: str  # route of the page that teaches it; "" is Start
    api: str  # dotted path in this package

    def matches(self, wanted: str) -> bool:
        """Whether the reader's search finds this term."""
        return any(wanted.casefold() in text.casefold() for text in (self.en, self.ko, self.ko_also, self.api))


@cache
def glossary() -> tuple[Term, ...]:
    """Read all terms, in the order in which the course needs them."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)  # the names of the columns
        return tuple(Term(*row) for row in rows)
