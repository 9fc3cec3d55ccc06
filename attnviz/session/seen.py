"""The weights of every head as a reader sees them, and where a page opens: worked out once for all who look."""

from __future__ import annotations

import streamlit as st

from attnviz.session.kept import Kept
from attnviz.trace.links import Sink, sink
from attnviz.trace.opening import opening
from attnviz.trace.records import Part, Trace
from attnviz.trace.seen import Seen, seen

_KEPT = 256 << 20  # bytes: 270 heads of 128 tokens take 18 million
_seen: Kept[Seen] = Kept(_KEPT, lambda one: one.weights.nbytes + one.hidden.nbytes + one.masks.nbytes)


def seen_of(trace: Trace, part: Part, *, by_word: bool, special: bool) -> Seen:
    """Return ``seen()`` of a trace that the app made: its model and its two texts say all about it."""
    key = (trace.model_name, trace.text, trace.target, part, by_word, special)
    return _seen.get(key, lambda: seen(trace, part, by_word=by_word, special=special))


def opening_of(trace: Trace, part: Part, place: tuple[int | None, ...]) -> tuple[int, int, int, int]:
    """Return ``opening()`` of a trace that the app made; ``place`` is layer, head, query and key, or None."""
    return _opening(trace, trace.model_name, trace.text, trace.target, part, place)


def sink_of(trace: Trace, part: Part) -> Sink:
    """Return where most weight of a part goes, of a trace that the app made."""
    return _sink(trace, trace.model_name, trace.text, trace.target, part)


@st.cache_resource(show_spinner=False, max_entries=256)
def _sink(_trace: Trace, model: str, text: str, target: str, part: Part) -> Sink:
    return sink(call.weights for call in _trace.attention(part))


@st.cache_resource(show_spinner=False, max_entries=1024)
def _opening(
    _trace: Trace, model: str, text: str, target: str, part: Part, place: tuple[int | None, ...]
) -> tuple[int, int, int, int]:
    return opening(_trace, part, *place)
