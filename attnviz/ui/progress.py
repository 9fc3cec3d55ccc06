"""Long work in steps: it shows how far it is, may be stopped by the reader, and goes on from where it was left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Generic, TypeVar

import streamlit as st

T = TypeVar("T")
PATIENCE = 0.5  # seconds without a sign of progress


class Work(Generic[T]):
    """Steps that lead to a result; whoever asks for it goes on with them, and what is done stays done."""

    def __init__(self, steps: Iterator[T]) -> None:
        self._steps, self._lock = steps, Lock()
        self.latest = next(steps)
        self.is_done = False

    def step(self) -> None:
        """Take one more step, if there is one; two threads never take the same."""
        with self._lock:
            if not self.is_done:
                try:
                    self.latest = next(self._steps)
                except StopIteration:
                    self.is_done = True

    def whole(self) -> T:
        """Take all steps that are left, and return the result."""
        while not self.is_done:
            self.step()
        return self.latest


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
            place = st.empty()
            left, right = place.container(key=key).columns([4, 1], vertical_alignment="center")
            bar, press = left.progress(0.0), _stopper(work, size, stop)
            right.button(stop[0], key=f"{key}_stop", icon=":material/stop_circle:", width="stretch", on_click=press)
        if bar is not None:
            bar.progress(min(1.0, now / most), say(now))
        work.step()
    if place is not None:
        place.empty()
    return work.is_done and size(work.latest) <= until


def _stopper(work: Work[T], size: Callable[[T], int], stop: tuple[str, Callable[[int], None]]) -> Callable[[], None]:
    return lambda: stop[1](max(1, size(work.latest)))
