"""Long work in sight of the reader: it shows how far it is, and may be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import streamlit as st

from attnviz.session.callbacks import guarded
from attnviz.session.turns import step_aside
from attnviz.session.work import Work

T = TypeVar("T")
PATIENCE = 0.5  # seconds without a sign of progress


def working(label: str, *, aside: bool = False) -> AbstractContextManager[None]:
    """Show a label while something is done whose length nobody knows; ``aside``: seconds, which others don't wait."""
    if aside:
        step_aside()
    return st.spinner(label)


def watched(
    work: Work[T],
    until: int,
    size: Callable[[T], int],
    most: int,
    say: Callable[[int], str],
    stop: tuple[str, Callable[[int], None]],
    key: str,
) -> bool:
    """Go on until the work is done or larger than ``until``; return whether it is done.

    Work that takes its time shows its ``size`` (of at most ``most``) in the words of ``say``, and a button:
    ``stop`` is its label, and what is called with the size so far. Pressing it, like any other widget, ends this
    run of the page at the next sign of progress.
    """
    begun, place, bar = time.monotonic(), None, None
    while not work.is_done and size(work.latest) <= until:
        now = size(work.latest)
        if bar is None and time.monotonic() - begun > PATIENCE:
            step_aside()
            place = st.empty()
            left, right = place.container(key=key).columns([4, 1], vertical_alignment="center")
            bar, press = left.progress(0.0), _stopper(work, size, stop)
            right.button(
                stop[0], key=f"{key}_stop", icon=":material/stop_circle:", width="stretch", on_click=guarded(press)
            )
        if bar is not None:
            bar.progress(min(1.0, now / most), say(now))
        work.step()
    if place is not None:
        place.empty()
    return work.is_done and size(work.latest) <= until


def _stopper(work: Work[T], size: Callable[[T], int], stop: tuple[str, Callable[[int], None]]) -> Callable[[], None]:
    return lambda: stop[1](max(1, size(work.latest)))
