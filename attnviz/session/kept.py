"""Results kept once for all readers, within one budget of bytes for the whole process.

Streamlit's own caches count entries, and thirty sentences of a hundred words outweigh thousands of short ones.
What was not used for longest goes first; what is asked for again is computed again.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import wraps
from threading import RLock
from types import MappingProxyType
from typing import Any, ParamSpec, Protocol, TypeVar, cast

import numpy as np
from streamlit.logger import get_logger

from attnviz.trace.records import Norm, Projections

VARIABLE, USUAL_MB = "ATTNVIZ_CACHE_MB", 256
P = ParamSpec("P")
R = TypeVar("R", covariant=True)
_SMALL = (str, bytes, int, float, complex, type(None), type, np.generic)


Parts = dict[int, int]  # bytes of every object that something is made of, by identity


def parts_of(*values: object, known: Mapping[int, Parts] = MappingProxyType({})) -> Parts:
    """Return what ``values`` are made of, and what two views share once; ``known``: parts found before, by identity."""
    found: Parts = {}
    waiting = [*values]
    while waiting:
        part = waiting.pop()
        if isinstance(part, np.ndarray):
            while isinstance(part.base, np.ndarray):
                part = part.base
        if id(part) in found or isinstance(part, (Projections, Norm)):
            continue  # what was counted, and parameters, which are a model's own
        if id(part) in known:
            found |= known[id(part)]
        elif isinstance(part, np.ndarray):
            found[id(part)] = part.nbytes
        elif hasattr(part, "untyped_storage"):  # a tensor; nothing else here needs torch
            storage = part.untyped_storage()
            found[storage.data_ptr()] = storage.nbytes()
        else:
            found[id(part)] = sys.getsizeof(part)
            if isinstance(part, dict):
                waiting += [*part.keys(), *part.values()]
            elif isinstance(part, (list, tuple, set, frozenset)):
                waiting += part
            elif not isinstance(part, _SMALL) and hasattr(part, "__dict__"):
                waiting += vars(part).values()
    return found


class Shelf:
    """Results by key, at most ``budget`` bytes of them. Parts that several results share weigh once."""

    def __init__(self, budget: int) -> None:
        self.budget, self.bytes = budget, 0
        self._results: OrderedDict[Hashable, tuple[Any, Parts]] = OrderedDict()
        self._parts: dict[int, Parts] = {}  # of the records among them, by identity
        self._users: Counter[int] = Counter()  # results that hold a part, by its identity
        self._sizes: Parts = {}  # of those parts, as they were counted
        self._making: dict[Hashable, RLock] = {}
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Hashable]:
        return iter([*self._results])

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the result at ``key``; whoever asks first makes it, and the others wait for that."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key][0]
            making = self._making.setdefault(key, RLock())
        with making:
            with self._lock:
                if key in self._results:
                    return self._results[key][0]
            try:
                value = make()
                with self._lock:
                    self._put(key, value)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return value

    def forget(self, is_meant: Callable[[Hashable], bool]) -> None:
        """Let go of the results whose key is meant."""
        with self._lock:
            for key in [key for key in self._results if is_meant(key)]:
                self._drop(key)

    def _put(self, key: Hashable, value: Any) -> None:
        parts = parts_of(key, value, known=self._parts)  # a key may hold a trace
        if sum(parts.values()) > self.budget:
            return  # it would empty the shelf and not fit
        new = {part: size for part, size in parts.items() if part not in self._sizes}
        self._sizes |= new
        self.bytes += sum(new.values())
        self._users.update(parts.keys())
        self._results[key] = value, parts
        if hasattr(value, "__dict__"):  # a record, that others are made of; None and 1 are parts of anything
            self._parts[id(value)] = parts
        while self.bytes > self.budget:
            self._drop(next(iter(self._results)))

    def _drop(self, key: Hashable) -> None:
        value, parts = self._results.pop(key)
        self._parts.pop(id(value), None)
        self._users.subtract(parts.keys())
        for part in [part for part in parts if not self._users[part]]:
            del self._users[part]
            # not parts[part]: a result may have changed since, and another object have taken a part's place
            self.bytes -= self._sizes.pop(part)


def _budget() -> int:
    """Return the bytes that the environment allows; ``ValueError`` naming the variable when it is no number."""
    said = os.environ.get(VARIABLE, "") or str(USUAL_MB)
    if not said.isdecimal():
        raise ValueError(f"{VARIABLE} is the number of megabytes for kept results, not {said!r}")
    get_logger(__name__).info("at most %s MB of results are kept (%s)", said, VARIABLE)
    return int(said) * 2**20


SHELF = Shelf(_budget())


class Kept(Protocol[P, R]):
    """A function whose results are kept."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the result, computed now or before."""
        ...

    def clear(self) -> None:
        """Forget all results of this function."""
        ...


def _hashable(value: object) -> Hashable:
    """Return what tells lists, dictionaries and small arrays apart by what they hold; anything else is itself."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, Mapping):
        return tuple((key, _hashable(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return type(value), *map(_hashable, value)
    return value


def kept(function: Callable[P, R]) -> Kept[P, R]:
    """Compute once what ``function`` returns for the same arguments, for all readers; nobody may change it.

    Arguments whose names begin with an underscore do not tell results apart: another argument does it for them.
    """
    signature = inspect.signature(function)
    unasked = {at for at, name in enumerate(signature.parameters) if name.startswith("_")}
    name = (function.__module__, function.__qualname__)

    @wraps(function)
    def found(*args: P.args, **kwargs: P.kwargs) -> R:
        if kwargs or len(args) < len(signature.parameters):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs  # type: ignore[assignment]
        telling = tuple(_hashable(value) for at, value in enumerate(args) if at not in unasked)
        return cast(R, SHELF.get((name, telling, *sorted(kwargs.items())), lambda: function(*args, **kwargs)))

    def clear() -> None:
        SHELF.forget(lambda key: isinstance(key, tuple) and key[0] == name)

    found.clear = clear  # type: ignore[attr-defined]
    return cast(Kept[P, R], found)
