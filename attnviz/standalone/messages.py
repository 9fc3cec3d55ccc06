"""What a page without a server holds of a trace, for each view, and what is said below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from attnviz.components import heads, lines, steps
from attnviz.components.frame import pack
from attnviz.components.steps.values import roles_of, shown_step, values_of
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.standalone.coded import LEVELS, coded, digits_for
from attnviz.trace.seen import Seen, seen
from attnviz.trace.steps import ALL_STEPS, steps_of

LEVEL = 4  # of compression: more saves a tenth and takes seconds where heads are many


class Message(NamedTuple):
    """What a view draws, packed, and the sentence below it."""

    data: bytes
    note: str


def heads_message(screen: Screen) -> Message:
    """Pack every head, so that whichever is picked has its numbers."""
    shown = _shown(screen)
    digits = digits_for(shown.weights.size)
    values = heads.described(screen, shown)
    values["texts"] |= {"map": screen.texts("standalone.map")}
    weights, hidden = coded(shown.weights, digits), coded(shown.hidden, digits)
    values |= {"firstLayer": 0, "perHead": False, "levels": LEVELS, "transposed": False, "units": weights.units}
    arrays: dict[str, Any] = {
        "coarse": weights.coarse,
        "fine": weights.fine,
        "limits": np.ones(shown.weights.shape[:2], dtype=np.float32),
    }
    if shown.hidden_labels:
        arrays |= {"hidden_coarse": hidden.coarse, "hidden_fine": hidden.fine}
    if not shown.masks.all():
        arrays["masks"] = shown.masks
    return Message(pack(values, arrays, LEVEL), _rounded(screen, digits))


def lines_message(screen: Screen) -> Message:
    """Pack every layer's lines."""
    shown = _shown(screen)
    digits = digits_for(shown.weights.size)
    weights = coded(shown.weights, digits)
    rest = coded((1 - shown.weights.sum(axis=-1, dtype=np.float64)).clip(0), digits)  # (layer, head, row)
    values = lines.described(screen, shown)
    values |= {"firstLayer": 0, "heads": None, "digits": digits, "units": weights.units}
    arrays = {"coarse": weights.coarse, "fine": weights.fine, "rest_coarse": rest.coarse, "rest_fine": rest.fine}
    return Message(pack(values, arrays, LEVEL), _rounded(screen, digits))


def steps_message(screen: Screen) -> Message:
    """Pack every step of the chosen head, its numbers as the trace has them; what steps share is there once."""
    frames: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {}
    texts: dict[str, str] = {}
    for one in _each_step(screen):
        record = shown_step(one)
        drawn, own = steps.described(values_of(one, record), record)
        kept = {_name(array): array for array in own.values()}
        arrays |= kept
        texts = drawn.pop("texts")
        names = dict(zip(own, map(_name, own.values()), strict=True))
        frames.append({**drawn, "step": one.choices.step, "ways": (), "arrays": names})
    values = {"frames": frames, "texts": texts, "cell": {"query": screen.query, "key": screen.key, "dim": -1}}
    model = named(screen.texts, screen.choices.model, "view")
    return Message(
        pack(values, arrays, LEVEL),
        screen.texts("standalone.note_whole", model=model, layer=screen.layer + 1, head=screen.head + 1),
    )


def _each_step(screen: Screen) -> Iterator[Screen]:
    for step in steps_of(screen.trace, screen.choices.part, screen.layer):
        for role in roles_of(screen, step.slug) or (screen.choices.role,):
            yield replace(screen, choices=replace(screen.choices, step=ALL_STEPS.index(step) + 1, role=role))


def _name(array: NDArray[Any]) -> str:
    """Name an array by what it holds."""
    return f"{crc32(np.ascontiguousarray(array).tobytes()):08x} {array.dtype} {array.shape}"


def _shown(screen: Screen) -> Seen:
    return seen(screen.trace, screen.choices.part, by_word=True, special=False)


def _rounded(screen: Screen, digits: int) -> str:
    model = named(screen.texts, screen.choices.model, "view")
    return screen.texts("standalone.note", model=model, digits=digits)
