"""The weights of every head as a reader sees them, and where a page opens: worked out once for all who look."""

from __future__ import annotations

from attnviz.session.kept import kept
from attnviz.trace.links import Sink, sink
from attnviz.trace.opening import opening
from attnviz.trace.records import Array, Part, Trace
from attnviz.trace.seen import Seen, seen

SINK = 0.2  # of all weight: less is no sink


@kept
def weights_of(trace: Trace, part: Part) -> Array:
    """Return the weights of every head of a part, (layer, head, query, key)."""
    return trace.weights(part)


@kept
def seen_of(trace: Trace, part: Part, *, by_word: bool, special: bool) -> Seen:
    """Return ``seen()`` of a trace."""
    return seen(trace, part, by_word=by_word, special=special, weights=weights_of(trace, part))


@kept
def opening_of(trace: Trace, part: Part, place: tuple[int | None, ...]) -> tuple[int, int, int, int]:
    """Return ``opening()`` of a trace; ``place`` is layer, head, query and key, or None."""
    return opening(trace, part, *place, sink=_avoided(trace, part), weights=weights_of(trace, part))


@kept
def sink_of(trace: Trace, part: Part) -> Sink:
    """Return where most weight of a part goes."""
    return sink(weights_of(trace, part))


def _avoided(trace: Trace, part: Part) -> int | None:
    """Return the token that a link of a model of others should not lead to; our own have no such word."""
    found = sink_of(trace, part) if trace.missing else None
    return found.token if found and found.share >= SINK else None
