"""What the reader chose: it lives in the URL and nowhere else, so that a link reproduces the screen.

Everything in the URL is untrusted: each value is checked against what is allowed, and an unknown
one becomes the default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from numbers import Integral
from typing import Any, get_args

import streamlit as st

from attnviz.concepts.wrong_ways import WRONG_WAYS
from attnviz.session.catalog import LANGUAGES
from attnviz.session.pages import Page, here
from attnviz.trace.models import choosable, reader_of, row_of
from attnviz.trace.plain import plain
from attnviz.trace.records import Part
from attnviz.trace.steps import ALL_STEPS, Role
from attnviz.trace.words import is_hangul

MAX_CHARACTERS = 4000  # of a sentence: far more than the model reads, and what a URL can carry
_MOST = 10**7  # characters that anyone can have typed: a message to the server is shorter
DEFAULT_TEXT = "The snake is very dangerous because it has a venom ."
# Where translations are taken apart, a sentence that the models translate as a person would, until the reader has one.
TRANSLATED_TEXT = "My father works in a big hospital ."
_TRANSLATED = ("rnn", "translate", "quality", "explain")  # the names of these pages


@dataclass(frozen=True)
class Choices:
    """One state of the app. Numbers count from 1, as on screen; 0 = nothing chosen yet.

    The model that the app itself would choose (:func:`model_for`) is never written into a link: it follows
    the sentence. Any other one is the reader's choice and stays.
    """

    text: str = DEFAULT_TEXT
    # whether nobody chose the text: no link holds it, and each page opens with its own; it tells no two states apart
    is_opening: bool = field(default=False, compare=False)
    characters: int = 0  # of what was typed, where the text is only its beginning
    model: str = "translator"
    part: Part = "encoder_self"
    layer: int = 0
    head: int = 0
    query: int = 0  # token at the row
    key: int = 0  # token at the column
    step: int = 1
    dim: int = 0  # number inside a vector, in Step by step
    role: Role = "query"  # which of Q, K and V, in Step by step
    view: str = ""  # all rows ("sentence"), or the chosen word's alone ("word"); "": as the page opens
    wrong: str = ""  # a what-if beside the model's own
    drawn: str = ""  # cells switched in a hand-drawn mask: "row-column_row-column"
    lang: str = "en"
    size: str = "normal"
    theme: str = ""  # "light" or "dark": not as the reader's device has it
    answers: str = ""  # "shown": questions hide nothing, for those who only read
    present: str = ""  # "1": one screen at a time, for a lecture hall

    @property
    def type_scale(self) -> float:
        """How many times the normal type is shown, on a screen of 1920 pixels where it is presented."""
        return 2.0 if self.present else 1.25 if self.size == "large" else 1.0

    def query_params(self) -> dict[str, str]:
        """Return the part of the URL that reproduces this state: the text that was chosen, and what is not usual."""
        usual = Choices(model=model_for(self.text))
        always = {"lang"} if self.is_opening else {"lang", "text"}
        return {
            name: str(getattr(self, name))
            for name in _READ
            if name in always or name != "text" and getattr(self, name) != getattr(usual, name)
        }

    def query_params_at(self, page: Page) -> dict[str, str]:
        """Return what leads to another page; where that opens with another sentence, rows and columns are others."""
        if self.is_opening and opening_text(page) != self.text:
            return replace(self, query=0, key=0, drawn="").query_params()
        return self.query_params()


def opening_text(page: Page) -> str:
    """Return the sentence that a page shows until the reader has chosen one."""
    return TRANSLATED_TEXT if page.name in _TRANSLATED else DEFAULT_TEXT


@lru_cache(maxsize=256)
def model_for(text: str) -> str:
    """Return the model that reads a sentence when the link names none: the one that learned its script."""
    return reader_of("ko" if is_hangul(plain(text)) else "en")


_DRAWN = re.compile(r"(\d{1,3}-\d{1,3}(_(?!$)|$)){1,400}")


def _one_of(*allowed: str) -> Callable[[str], str | None]:
    return lambda text: text if text in allowed else None


def _up_to(limit: int) -> Callable[[str], int | None]:
    return lambda text: (
        int(text) if text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= limit else None
    )


_READ: Mapping[str, Callable[[str], Any]] = {
    "text": lambda text: text[:MAX_CHARACTERS],
    "characters": lambda text: (
        int(text)
        if text.isascii() and text.isdecimal() and len(text) < 9 and MAX_CHARACTERS < int(text) <= _MOST
        else None
    ),
    "model": lambda text: text if text in choosable() else None,
    "part": _one_of(*get_args(Part)),
    "layer": _up_to(64),
    "head": _up_to(64),
    "query": _up_to(512),
    "key": _up_to(512),
    "step": _up_to(len(ALL_STEPS)),
    "dim": _up_to(4096),
    "role": _one_of(*get_args(Role)),
    "view": _one_of("sentence", "word"),
    "wrong": _one_of(*WRONG_WAYS),
    "drawn": lambda text: text if _DRAWN.fullmatch(text) else None,
    "lang": _one_of(*LANGUAGES),
    "size": _one_of("normal", "large"),
    "theme": _one_of("light", "dark"),
    "answers": _one_of("", "shown"),
    "present": _one_of("", "1"),
}


def parse(params: Mapping[str, str], language: str, text: str = DEFAULT_TEXT) -> tuple[Choices, tuple[str, ...]]:
    """Read the URL; return the choices and the names whose value was not allowed. ``text``: where the URL has none."""
    values: dict[str, Any] = {"lang": language, "text": text, "is_opening": "text" not in params}
    refused = []
    for name, read in _READ.items():
        if name in params:
            value = read(params[name])
            if value is None:
                refused.append(name)
            else:
                values[name] = value
    whole = len(params.get("text", ""))
    if whole > MAX_CHARACTERS:
        values["characters"] = whole
    elif whole < MAX_CHARACTERS:  # nothing is missing, whatever the link says
        values.pop("characters", None)
    values.setdefault("model", model_for(values["text"]))
    values.setdefault("part", row_of(values["model"]).parts[0])
    return Choices(**values), tuple(refused)


def browser_language() -> str:
    """Return the browser's language if the app speaks it, else English."""
    language = (st.context.locale or "en").split("-")[0]
    return language if language in LANGUAGES else "en"


def current() -> tuple[Choices, tuple[str, ...]]:
    """Return the state in the URL, and the names of values that were refused."""
    return parse(st.query_params.to_dict(), browser_language(), opening_text(here()))


def _is_allowed(name: str, value: Any) -> bool:
    """Whether a link may hold ``value``, or leave it out."""
    usual = getattr(Choices, name)
    if isinstance(value, bool) or not isinstance(value, Integral if isinstance(usual, int) else str):
        return False
    return value == usual or _READ[name](str(value)) is not None


def choose(**changes: Any) -> None:
    """Write changes to the URL; called from a widget's callback, before the page runs again.

    What else stands there stays: the settings of the page itself, and the model unless the app chose it. A value
    that no link may hold changes nothing: what a widget sends is as untrusted as the URL.
    """
    if not all(_is_allowed(name, value) for name, value in changes.items()):
        return
    before = st.query_params.to_dict()
    others = {name: value for name, value in before.items() if name not in _READ}
    now = current()[0]
    if "text" in changes:
        whole = changes["text"]
        changes |= {"text": whole[:MAX_CHARACTERS], "characters": len(whole) if len(whole) > MAX_CHARACTERS else 0}
        changes["is_opening"] = False
        if now.model == model_for(now.text):
            changes.setdefault("model", model_for(changes["text"]))
    params = others | replace(now, **changes).query_params()
    if before != params:
        st.query_params.from_dict(params)
