"""Widgets that show a page's setting and write it back to the URL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from attnviz.session.callbacks import heard, show
from attnviz.session.settings import Setting

T = TypeVar("T")


def slider(setting: Setting[T], label: str, options: Sequence[T], shown: Callable[[T], str] = str) -> T:
    """Let the reader pull through ``options``; a value between two of them shows as the nearest below."""
    below = [option for option in options if option <= setting.value]  # type: ignore[operator]
    show(setting.name, below[-1] if below else options[0])
    return st.select_slider(label, options, key=setting.name, format_func=shown, on_change=_hearing(setting, options))


def segments(setting: Setting[str], label: str, options: Sequence[str], shown: Callable[[str], str]) -> str:
    """Offer a few named values side by side."""
    show(setting.name, setting.value)
    st.segmented_control(
        label,
        options,
        key=setting.name,
        format_func=shown,
        label_visibility="collapsed",
        required=True,
        on_change=_hearing(setting, options),
    )
    return setting.value


def select(
    setting: Setting[T],
    label: str,
    options: Sequence[T],
    shown: Callable[[T], str],
    then: Callable[[], None] | None = None,
) -> T:
    """Offer many values in a list that opens; ``then`` is called when another one has been chosen."""
    show(setting.name, setting.value if setting.value in options else options[0])
    return st.selectbox(label, options, key=setting.name, format_func=shown, on_change=_hearing(setting, options, then))


def switch(setting: Setting[bool], label: str, *, disabled: bool = False) -> bool:
    """Offer on and off."""
    show(setting.name, setting.value)
    return st.toggle(label, key=setting.name, disabled=disabled, on_change=_hearing(setting, (True, False)))


def number(setting: Setting[int], label: str, low: int, high: int, then: Callable[[], None] | None = None) -> int:
    """Let the reader type a whole number from ``low`` to ``high``; ``then`` is called when it has changed."""
    show(setting.name, min(max(setting.value, low), high))
    return int(st.number_input(label, low, high, key=setting.name, on_change=_hearing(setting, None, then)))


def text_line(setting: Setting[str], label: str, limit: int = 400) -> str:
    """Let the reader type a line of text."""
    show(setting.name, setting.value)
    st.text_input(label, key=setting.name, max_chars=limit, on_change=_hearing(setting))
    return setting.value


def _hearing(
    setting: Setting[Any], allowed: Sequence[Any] | None = None, then: Callable[[], None] | None = None
) -> Callable[[], None]:
    # allowed None: any value that the setting itself allows
    def changed(value: Any) -> None:
        setting.set(value)
        if then:
            then()

    return heard(setting.name, allowed, changed)
