"""Long work in steps: whoever asks for it goes on from where it was left."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


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
