"""What is computed once for all users, up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by key, whose sizes add up to at most ``budget`` bytes: the one used longest ago goes first.

    The newest stays, however large it is: somebody is looking at it.
    """

    def __init__(self, budget: int, size: Callable[[V], int]) -> None:
        self.budget = budget
        self._size = size
        self._lock = RLock()
        self._found: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return what stands under ``key``; made, once for all who wait for it, where nothing does."""
        with self._lock:
            if key not in self._found:
                value = make()
                self._found[key] = (value, self._size(value))
            self._found.move_to_end(key)
            while self.n_bytes > self.budget and len(self._found) > 1:
                self._found.popitem(last=False)
            return self._found[key][0]

    @property
    def n_bytes(self) -> int:
        """The sizes of all that is kept, added up."""
        return sum(size for _, size in self._found.values())

    def __len__(self) -> int:
        return len(self._found)
