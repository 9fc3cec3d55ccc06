"""Runs of the page take turns: a class that moves at once is served one after the other, and nobody later for it.

A process runs one thread of Python at a time. A hundred runs side by side would all be ready at the end, hold the
memory of a hundred, and keep from its turn what sends the pages and answers the class. Two are let in: one goes on
where the other's numbers are made outside of Python. Work that takes its time gives its place away.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

AT_ONCE = 2
PATIENCE = 30.0  # seconds: a run that waited so long goes on beside the others, so that what hangs holds up nobody

_places = threading.BoundedSemaphore(AT_ONCE)
_held: ContextVar[list[threading.Semaphore] | None] = ContextVar("held", default=None)  # by the run of this thread


@contextmanager
def turn(places: threading.Semaphore = _places, patience: float = PATIENCE) -> Iterator[None]:
    """Wait for a place, ``patience`` seconds at most, and work on it; whoever came first has it first."""
    held = [places] if places.acquire(timeout=patience) else []
    before = _held.set(held)
    try:
        yield
    finally:
        step_aside()
        _held.reset(before)


def step_aside() -> None:
    """Give this run's place to the next one, and go on beside it: for what will take longer than a page does."""
    if held := _held.get():
        held.pop().release()
