"""What stands in the URL of By hand: the example, and all that the reader has changed in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from attnviz.concepts.worked_example import Given, Numbers, Worked, work
from attnviz.concepts.worked_presets import MAX_SEED, PRESETS, Preset, preset
from attnviz.session.catalog import Texts
from attnviz.session.kept import kept
from attnviz.session.matrices import Rows, matrix, with_cell
from attnviz.session.settings import Setting, flag, one_of, whole
from attnviz.trace.records import Mask

BOUND = 99  # of a number that the reader types
MAX_WORDS = 6
LONGEST_WORD = 16  # characters

PRESET = one_of("preset", *PRESETS)
SEED = whole("seed", 1, 0, MAX_SEED)
SHOW = one_of("show", "one", "all")
OVER = one_of("over", "all", "column")
MATRICES = {"inputs": "x", "W_Q": "wq", "W_K": "wk", "W_V": "wv", "mask": "mask"}  # field -> name in the URL
_CHANGES = ("words", "scaled", *MATRICES.values())


@dataclass(frozen=True)
class State:
    """One example as the URL describes it."""

    preset: Preset
    words: Setting[str]  # separated by spaces
    row: Setting[str]  # the chosen word, from 1
    scaled: Setting[bool]
    side: Setting[str]  # rows of a W^Q of the wrong shape
    matrices: dict[str, Setting[Any]]  # by field of Given

    @property
    def sides(self) -> range:
        """How many rows a W^Q of the wrong shape may have."""
        return _sides(self.preset.given.inputs.shape[1])

    @property
    def settings(self) -> tuple[Setting[Any], ...]:
        """All settings of the page."""
        return (PRESET, SEED, SHOW, OVER, self.row, self.side, *self._changeable)

    @property
    def _changeable(self) -> tuple[Setting[Any], ...]:
        return (self.words, self.scaled, *self.matrices.values())

    @property
    def is_edited(self) -> bool:
        """Whether any number, mask cell, word or the scaling differs from the example's own."""
        return any(setting.value != setting.default for setting in self._changeable)

    @property
    def names(self) -> list[str]:
        """One word for each row of X; words that are missing are the example's own."""
        typed, own = self.words.value.split(), self.words.default.split()
        return [*typed, *own[len(typed) :]][: len(own)]

    def worked(self) -> Worked:
        """Return the example, worked out."""
        values = {field: np.array(setting.value) for field, setting in self.matrices.items()}
        return work(Given(**values, scaled=self.scaled.value))

    def edit(self, name: str, row: int, column: int, value: float) -> None:
        """Write one changed cell to the URL."""
        setting = self.matrices[name]
        setting.set(with_cell(setting.value, row, column, bool(value) if name == "mask" else value))


def state(texts: Texts) -> State:
    """Read the page's state; defaults are those of the example that the URL names."""
    example = _preset(PRESET.value, SEED.value)
    given = example.given
    words = example.words or tuple(texts("by_hand.words").split())
    count, size = given.inputs.shape
    matrices: dict[str, Setting[Any]] = {
        field: numbers(name, getattr(given, field)) for field, name in MATRICES.items() if field != "mask"
    }
    return State(
        example,
        _words(words[:count]),
        one_of("row", "1", *(str(row) for row in range(2, count + 1))),
        flag("scaled", given.scaled),
        one_of("rows", str(size + 1), *map(str, _sides(size))),
        matrices | {"mask": cells("mask", given.mask)},
    )


def forget_changes() -> None:
    """Go back to the example's own numbers."""
    for name in _CHANGES:
        st.query_params.pop(name, None)


def numbers(name: str, default: Numbers) -> Setting[Rows]:
    """Declare a matrix of numbers with at most two digits before and four after the point: "1,0,2_0,1.5,-1"."""
    return matrix(name, tuple(tuple(float(cell) for cell in row) for row in default), bound=BOUND, digits=4)


def cells(name: str, default: Mask) -> Setting[tuple[tuple[bool, ...], ...]]:
    """Declare a mask: "100_110_111", 1 = may attend."""
    pattern = re.compile(rf"[01]{{{default.shape[1]}}}(_[01]{{{default.shape[1]}}}){{{default.shape[0] - 1}}}")

    def read(text: str) -> tuple[tuple[bool, ...], ...] | None:
        if not pattern.fullmatch(text):
            return None
        return tuple(tuple(cell == "1" for cell in row) for row in text.split("_"))

    own = tuple(tuple(bool(cell) for cell in row) for row in default)
    return Setting(name, own, read, lambda rows: "_".join("".join("01"[cell] for cell in row) for row in rows))


def _words(default: Sequence[str]) -> Setting[str]:
    def read(text: str) -> str | None:
        if len(text) > 400:
            return None
        shown = "".join(map(_printable, unicodedata.normalize("NFC", text)))
        return " ".join(word[:LONGEST_WORD] for word in shown.split()[:MAX_WORDS]) or None

    return Setting("words", " ".join(default), read)


def _sides(d_model: int) -> range:
    return range(d_model - 1, d_model + 3)


def _printable(mark: str) -> str:
    """Return a character as it is, without what would break a line, a table or a file."""
    category = unicodedata.category(mark)
    if category == "Cc" or category[0] == "Z":
        return " "
    return "" if category in ("Cf", "Cs", "Cn", "Co") and mark != "\u200d" else mark


@kept
def _preset(name: str, seed: int) -> Preset:
    return preset(name, seed)  # type: ignore[arg-type]
