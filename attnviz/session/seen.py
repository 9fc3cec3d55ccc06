"""The weights of every head as a reader sees them, and where a page opens: worked out once for all who look."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from attnviz.session.kept import Kept
from attnviz.trace.links import Sink, sink
from attnviz.trace.opening import opening
from attnviz.trace.records import Part, Trace
from attnviz.trace.seen import Seen, seen

T = TypeVar("T")
_KEPT = 256 << 20  # bytes: 270 heads of 128 tokens take 18 million
_seen: Kept[Seen] = Kept(_KEPT, lambda one: one.weights.nbytes + one.hidden.nbytes + one.masks.nbytes)

_found: WeakKeyDictionary[Trace, dict[Hashable, Any]] = WeakKeyDictionary()


def seen_of(trace: Trace, part: Part, *, by_word: bool, special: bool) -> Seen:
    """Return ``seen()`` of a trace that the app made: its model and its two texts say all about it."""
    key = (trace.model_name, trace.text, trace.target, part, by_word, special)
    return _seen.get(key, lambda: seen(trace, part, by_word=by_word, special=special))


def opening_of(trace: Trace, part: Part, place: tuple[int | None, ...]) -> tuple[int, int, int, int]:
    """Return ``opening()`` of a trace; ``place`` is layer, head, query and key, or None."""
    return _found_in(trace, ("opening", part, place), lambda: opening(trace, part, *place))


def sink_of(trace: Trace, part: Part) -> Sink:
    """Return where most weight of a part goes."""
    return _found_in(trace, ("sink", part), lambda: sink(call.weights for call in trace.attention(part)))


def _found_in(trace: Trace, key: Hashable, find: Callable[[], T]) -> T:
    """Return what was found in this very trace before, else find it; it goes when the trace goes."""
    found = _found.setdefault(trace, {})
    if key not in found:
        found[key] = find()
    return cast(T, found[key])
