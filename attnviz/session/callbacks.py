"""Between a widget and the URL: a widget shows what the URL says, and is heard where it says what is allowed.

What a widget holds comes from a browser's message, which anyone may write: it is as untrusted as the URL.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Container
from functools import wraps
from typing import Any

import streamlit as st

_log = logging.getLogger(__name__)
_FAULTS = "faults of callbacks"


def show(key: str, value: object) -> None:
    """Let the widget ``key`` show ``value``: the URL is the truth, whatever the widget held before."""
    st.session_state[key] = value


def heard(key: str, allowed: Container[Any] | None, then: Callable[[Any], object]) -> Callable[[], None]:
    """Return the callback of the widget ``key``: it calls ``then`` with an ``allowed`` value, and ignores another.

    Of a list each item must be allowed. ``allowed`` None: ``then`` checks the value itself.
    """

    def changed() -> None:
        value = st.session_state.get(key)
        given = value if isinstance(value, list) else [value]
        if allowed is None or all(one in allowed for one in given):
            then(value)

    return guarded(changed)


def sent_by(view: str, name: str) -> object:
    """Return what a view of ours, by its key, sent under ``name``; None where it sent nothing."""
    return st.session_state[view].get(name)


def guarded(callback: Callable[..., object]) -> Callable[..., None]:
    """Return ``callback`` as one whose fault is logged, and told by the page that runs next."""

    @wraps(callback)
    def called(*args: Any, **kwargs: Any) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:
            st.session_state[_FAULTS] = (*st.session_state.get(_FAULTS, ()), logged_fault())

    return called


def logged_fault() -> str:
    """Log the exception that is being handled, with its traceback, and return the id under which it stands there."""
    fault = secrets.token_hex(4)
    _log.exception("fault %s", fault)
    return fault


def faults_before() -> tuple[str, ...]:
    """Return the faults of callbacks that were not told yet, and forget them."""
    found: tuple[str, ...] = st.session_state.pop(_FAULTS, ())
    return found
