"""Sizes that a page works out itself until the reader types others: the default in the URL stands for them."""

from __future__ import annotations

import streamlit as st

from attnviz.session.callbacks import heard, show
from attnviz.session.settings import Setting


def size_of(setting: Setting[int], own: int) -> int:
    """Return what the reader typed, or the page's ``own`` size."""
    return own if setting.value == setting.default else setting.value


def sized(setting: Setting[int], label: str, own: int, low: int, high: int) -> int:
    """Let the reader type a whole number in place of the page's ``own``; typing that one again unsets it."""
    value = min(max(size_of(setting, own), low), high)
    show(setting.name, value)
    hearing = heard(setting.name, None, lambda typed: setting.set(setting.default if typed == own else typed))
    st.number_input(label, low, high, key=setting.name, on_change=hearing)
    return value
