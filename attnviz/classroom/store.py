"""Where classes are kept: small values by key, each with an end. In memory here, in Valkey in ``valkey.py``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

Change = Callable[[bytes | None], bytes | None]
MOST = 20_000  # keys in memory: two hundred classes and what is counted of them


class StoreError(Exception):
    """The store can't be reached, or takes no more."""


class Store(Protocol):
    """What a class asks of its store. Every method may raise :class:`StoreError`."""

    def get(self, key: str) -> bytes | None:
        """Return a value; None when there is none, or its time is over."""

    def change(self, key: str, to: Change, seconds: float) -> bytes | None:
        """Replace a value by ``to`` of it, as if nobody else did anything meanwhile, and return the new one.

        ``to`` may be called more than once, and returns None to take the key away; what it raises changes nothing.
        The value's time is over after ``seconds``; a key that was taken away stays away for so long, even where a
        store was lost and is filled again.
        """

    def count(self, key: str, seconds: float, by: int = 1) -> int:
        """Count ``by`` more, and return how many there were since the first; that is forgotten after ``seconds``."""

    def seen(self, key: str, who: str, seconds: float) -> int:
        """Remember that ``who`` was here now, and return how many were within ``seconds``; "" only counts."""


class Memory:
    """Keeps classes in this process, for as long as it lives, and writes nothing anywhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock, self._most = clock, most
        self._values: dict[str, tuple[bytes, float]] = {}
        self._counts: dict[str, tuple[int, float]] = {}
        self._seen: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """Return a value, or None."""
        with self._lock:
            return self._get(key)

    def change(self, key: str, to: Change, seconds: float) -> bytes | None:
        """Replace a value."""
        with self._lock:
            new = to(self._get(key))
            if new is None:
                self._values.pop(key, None)
            else:
                self._room(self._values, key)
                self._values[key] = new, self._clock() + seconds
            return new

    def count(self, key: str, seconds: float, by: int = 1) -> int:
        """Count some more."""
        with self._lock:
            count, end = self._counts.get(key, (0, 0.0))
            if end <= self._clock():
                self._room(self._counts, key)
                count, end = 0, self._clock() + seconds
            self._counts[key] = count + by, end
            return count + by

    def seen(self, key: str, who: str, seconds: float) -> int:
        """Remember who was here."""
        with self._lock:
            now = self._clock()
            here = {one: when for one, when in self._seen.get(key, {}).items() if when > now - seconds}
            if who:
                here[who] = now
            if here:
                self._seen[key] = here
            else:
                self._seen.pop(key, None)
            if len(self._seen) > self._most:
                self._seen.pop(next(iter(self._seen)))
            return len(here)

    def _get(self, key: str) -> bytes | None:
        value, end = self._values.get(key, (None, 0.0))
        return value if end > self._clock() else None

    def _room(self, kept: dict[str, tuple[bytes, float]] | dict[str, tuple[int, float]], key: str) -> None:
        """Make sure that a key has room: those whose time is over go, and nothing else does."""
        if key in kept or len(kept) < self._most:
            return
        for old in [old for old, (_, end) in kept.items() if end <= self._clock()]:
            del kept[old]
        if len(kept) >= self._most:
            raise StoreError("the store is full")
