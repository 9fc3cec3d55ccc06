"""The weights of every head as a reader sees them, and where a page opens: worked out once for all who look."""

from __future__ import annotations

from attnviz.session.kept import kept
from attnviz.trace.links import Sink, sink
from attnviz.trace.opening import opening
from attnviz.trace.records import Part, Trace
from attnviz.trace.seen import seen

seen_of = kept(seen)


@kept
def opening_of(trace: Trace, part: Part, place: tuple[int | None, ...]) -> tuple[int, int, int, int]:
    """Return ``opening()`` of a trace; ``place`` is layer, head, query and key, or None."""
    return opening(trace, part, *place)


@kept
def sink_of(trace: Trace, part: Part) -> Sink:
    """Return where most weight of a part goes."""
    return sink(call.weights for call in trace.attention(part))
