"""What one page alone lets the reader set: like the shared choices it lives in the URL and nowhere else.

A page declares its settings once, at the top of its module. Their values come from an untrusted link,
or from a browser's message: both pass through ``read``, which returns None for what is not allowed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import streamlit as st

from attnviz.session.choices import Choices, choose
from attnviz.session.pages import here

T = TypeVar("T")
_SHARED = {field.name for field in fields(Choices)}
_OF_SENTENCE = "settings that speak of the sentence"  # by page


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One value of one page: its name in the URL, its default, and how text becomes a value."""

    name: str
    default: T
    read: Callable[[str], T | None]
    write: Callable[[T], str] = str
    of_sentence: bool = False  # whether it speaks of the sentence: another one takes it back to its default

    def __post_init__(self) -> None:
        """Refuse a name that all pages share, and a default that would not be read back."""
        if self.name in _SHARED:
            raise ValueError(f"{self.name} is a choice that all pages share")
        if self.read(self.write(self.default)) != self.default:
            raise ValueError(f"the default of {self.name} is not among the allowed values")

    @property
    def value(self) -> T:
        """What the URL says, or the default."""
        found = self.read(st.query_params[self.name]) if self.name in st.query_params else None
        return self.default if found is None else found

    @property
    def is_refused(self) -> bool:
        """Whether the URL holds a value that is not allowed."""
        return self.name in st.query_params and self.read(st.query_params[self.name]) is None

    def set(self, value: Any) -> None:
        """Write a value to the URL; one that is not allowed changes nothing."""
        try:
            known = self.read(self.write(value))
        except (TypeError, ValueError, AttributeError):  # of another type than this setting's: a forged message
            return
        if known == self.default:
            st.query_params.pop(self.name, None)
        elif known is not None:
            st.query_params.update({self.name: self.write(known)})


def whole(name: str, default: int, low: int, high: int, *, of_sentence: bool = False) -> Setting[int]:
    """Declare a whole number from ``low`` to ``high``."""

    def read(text: str) -> int | None:
        plain = text.removeprefix("-")
        if not (plain.isascii() and plain.isdecimal() and len(plain) < 10):
            return None
        return int(text) if low <= int(text) <= high else None

    return Setting(name, default, read, of_sentence=of_sentence)


def decimal(name: str, default: float, low: float, high: float) -> Setting[float]:
    """Declare a number from ``low`` to ``high``."""

    def read(text: str) -> float | None:
        try:
            number = float(text) if len(text) < 25 and text.isascii() and "_" not in text else math.nan
        except ValueError:
            return None
        return number if low <= number <= high else None

    return Setting(name, default, read, lambda number: f"{number:g}")


def one_of(name: str, default: str, *others: str) -> Setting[str]:
    """Declare one of several named values."""
    allowed = (default, *others)
    return Setting(name, default, lambda text: text if text in allowed else None)


def flag(name: str, default: bool = False) -> Setting[bool]:
    """Declare something that is on or off."""
    return Setting(name, default, {"on": True, "off": False}.get, lambda on: "on" if on else "off")


def line(name: str, default: str, limit: int = 400, *, of_sentence: bool = False) -> Setting[str]:
    """Declare a line of free text; it is shown literally wherever it is shown."""
    return Setting(name, default, lambda text: text if len(text) <= limit else None, of_sentence=of_sentence)


def declare(*settings: Setting[Any]) -> None:
    """Remember which settings of the page that is being run speak of its sentence."""
    known = st.session_state.setdefault(_OF_SENTENCE, {}).setdefault(here().name, set())
    known.update(setting.name for setting in settings if setting.of_sentence)


def new_sentence(text: str, **changes: Any) -> None:
    """Write another sentence to the URL, with ``changes`` of other choices; what spoke of the old one is left out.

    Layer and head stay: rows and columns are other words now.
    """
    choose(text=text, query=0, key=0, drawn="", **changes)
    for name in st.session_state.get(_OF_SENTENCE, {}).get(here().name, ()):
        st.query_params.pop(name, None)
