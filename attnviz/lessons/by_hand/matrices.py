"""The matrices of By hand as its equations show them: all rows, or the chosen word's alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from attnviz.components.equation import How, Matrix, Product, equation
from attnviz.concepts.worked_example import Worked
from attnviz.lessons.by_hand.state import BOUND, SHOW, State
from attnviz.ui.lesson import Lesson

Role: TypeAlias = Literal["query", "key", "value"]
ROLES: tuple[Role, ...] = ("query", "key", "value")
_ROLE_OF: dict[str, Role] = {"W_Q": "query", "W_K": "key", "W_V": "value"}
_BY_ROW = ("inputs", "mask")  # edited matrices of which one word shows one row


class Matrices:
    """One worked example, ready to be drawn."""

    def __init__(self, opened: Lesson, shown: State, worked: Worked) -> None:
        """Keep what every matrix needs: the texts, the state, the numbers, and which rows are shown."""
        self.opened, self.state, self.worked = opened, shown, worked
        self.names = shown.names
        self.row = int(shown.row.value) - 1
        self.is_one = SHOW.value == "one"

    def inputs(self, whole: bool = False) -> Matrix:
        """Return X, to be edited in place."""
        found = self._by_word("inputs", self.worked.given.inputs, "X", whole=whole)
        return replace(found, edit="number", bound=BOUND)

    def projection(self, name: str) -> Matrix:
        """Return W_Q, W_K or W_V, to be edited in place."""
        values = getattr(self.worked.given, name)
        return Matrix(name, values, f"W^{name[-1]}", role=_ROLE_OF[name], edit="number", bound=BOUND)

    def mask(self) -> Matrix:
        """Return the mask, on and off in place."""
        found = self._by_word("mask", self.worked.given.mask.astype(np.float64))
        return replace(found, edit="switch", columns=self.names, column_role="key")

    def projected(self, role: Role) -> Matrix:
        """Return Q, K or V as it is made from X."""
        found = self._by_word(role, getattr(self.worked, role), role[0].upper())
        return replace(found, role=role, scale="signed", how=Product("inputs", f"W_{role[0].upper()}"))

    def query(self) -> Matrix:
        """Return Q, whose rows ask."""
        return replace(self._by_word("query", self.worked.query, "Q"), role="query")

    def keys(self) -> Matrix:
        """Return K on its side, one column a word."""
        turned = self._whole("key", self.worked.key.T, "K^T")
        return replace(turned, columns=self.names, role="key", column_role="key")

    def values(self) -> Matrix:
        """Return V, the rows of all words."""
        return replace(self._whole("value", self.worked.value, "V"), rows=self.names, role="value", row_role="key")

    def pairs(
        self, name: str, how: How | None = None, values: NDArray[np.float64] | None = None, whole: bool = False
    ) -> Matrix:
        """Return a matrix with one number for each pair of a query and a key; ``values``: not the example's own."""
        found = self._by_word(name, getattr(self.worked, name) if values is None else values, whole=whole)
        found = replace(found, columns=self.names, column_role="key", how=how)
        if name in ("masked_scores", "weights", "wrong_weights"):
            mask = self.worked.given.mask
            found = replace(found, masked=~(mask if whole or not self.is_one else mask[self._rows]))
        if name in ("weights", "wrong_weights"):
            return replace(found, scale="weights", sums="rows", digits=2)
        return replace(found, scale="signed")

    def head_output(self, whole: bool = False) -> Matrix:
        """Return weights times V."""
        found = self._by_word("head_output", self.worked.head_output, whole=whole)
        return replace(found, how=Product("weights", "value"), scale="signed", digits=2)

    def draw(self, key: str, items: Sequence[Matrix | str], whole: bool = False) -> None:
        """Draw an equation under the title of its section; a cell that is edited goes to the URL."""
        first = self.row if self.is_one and not whole else 0

        def edited(name: str, row: int, column: int, value: float) -> None:
            self.state.edit(name, row + first if name in _BY_ROW else row, column, value)

        label = self.opened.say(f"{key}_title")
        equation(f"by_hand_{key}", self.opened.texts, items, label=label, on_edit=edited)

    @property
    def _rows(self) -> slice:
        return slice(self.row, self.row + 1)

    def _by_word(self, name: str, values: NDArray[np.float64], symbol: str = "", whole: bool = False) -> Matrix:
        """Return a matrix whose rows are words that ask."""
        found = replace(self._whole(name, values, symbol), rows=self.names, row_role="query")
        if whole or not self.is_one:
            return found
        return replace(found, values=values[self._rows], rows=self.names[self._rows], symbol=symbol.lower())

    def _whole(self, name: str, values: NDArray[np.float64], symbol: str) -> Matrix:
        finite = values[np.isfinite(values)]
        digits = 0 if (finite == finite.round()).all() else 2
        return Matrix(name, values, symbol, self.opened.say(f"matrix_{name}"), digits=digits)
