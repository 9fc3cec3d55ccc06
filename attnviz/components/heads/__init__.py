"""All heads at once and the chosen one large: the canvas view of the All heads page."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import numpy as np

from attnviz.components.frame import pack, register
from attnviz.session.callbacks import guarded, sent_by
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.trace.links import search, standing
from attnviz.trace.seen import Seen
from attnviz.trace.tokens import visible_line

_draw = register("heads")
_LONGEST_LABEL = 40  # characters of a word in the picture
_LONGEST_TEXT = 200  # characters of a sentence under the picture
_LIMIT = 512  # tokens: more than any model here reads
_MOST = 6_000_000  # weights in one message; a browser's connection takes no message much larger


def heads(
    screen: Screen,
    shown: Seen,
    control: Seen,
    *,
    per_head: bool,
    transposed: bool,
    cut: dict[str, Any],
    on_cut: Callable[[], None],
) -> None:
    """Draw every head of the chosen part; picking a head, row or column writes it to the URL.

    ``cut``: which heads are taken out, and what that does, as ``cut.js`` shows it; ``on_cut`` hears of others.
    """
    _draw(
        key="heads",
        data=_message(screen.state, shown, control, per_head, transposed, cut, screen),
        on_pick_change=guarded(_picked),
        on_cut_change=guarded(on_cut),
    )


@kept
def _message(
    state: Hashable,
    shown: Seen,
    control: Seen,
    per_head: bool,
    transposed: bool,
    cut: dict[str, Any],
    _screen: Screen,
) -> bytes:
    return message(_screen, shown, control, per_head=per_head, transposed=transposed, cut=cut)


def message(
    screen: Screen,
    shown: Seen,
    control: Seen,
    *,
    per_head: bool,
    transposed: bool,
    cut: dict[str, Any] | None = None,
) -> bytes:
    """Pack the view: every head's weights as bytes for its colours, the chosen head's as float32 for its numbers.

    ``cut`` None: no head can be taken out, for there is no server to ask.
    """
    place = place_of(screen, shown)
    limits = np.ones(shown.weights.shape[:2], dtype=np.float32)  # (layer, head): the weight of the last colour
    if per_head:
        largest = shown.weights.max(axis=(2, 3))
        limits[largest > 0] = largest[largest > 0]
    first, last = layers_shown(shown, screen.layer)
    levels = 127 if per_head else 255  # a stretched scale uses all levels, and half as many compress better
    links = search(shown.weights, control.weights, *place[2:])
    values = described(screen, shown) | {
        "firstLayer": first,
        "file": _for_files(screen, shown, per_head=per_head, transposed=transposed),
        "perHead": per_head,
        "levels": levels,
        "transposed": transposed,
        "cut": cut,
        "standing": standing(shown.weights, control.weights, shown.masks[screen.layer], place)._asdict(),
        "order": [link[:2] for link in links],
    }
    arrays: dict[str, Any] = {
        "colours": np.rint(shown.weights[first:last] / limits[first:last, :, None, None] * levels).astype(np.uint8),
        "limits": limits[first:last],
        "chosen": shown.weights[place[:2]],
        "trained": np.array([link.weight for link in links], dtype=np.float32),
        "untrained": np.array([link.untrained for link in links], dtype=np.float32),
    }
    if shown.hidden_labels:
        arrays["hidden"] = shown.hidden[place[:2]]  # (row, hidden token)
    mask = shown.masks[screen.layer]
    if not mask.all():
        arrays["mask"] = mask
    return pack(values, arrays)


def place_of(screen: Screen, shown: Seen) -> tuple[int, int, int, int]:
    """Return what is chosen: layer, head, row and column."""
    return screen.layer, screen.head, shown.row_of(screen.query), shown.column_of(screen.key)


def described(screen: Screen, shown: Seen) -> dict[str, Any]:
    """Return what the view says in words, and which cell is chosen."""
    names = {name: text for name, text in screen.texts.group("heads").items() if name.startswith("view_")}
    return {
        "place": place_of(screen, shown),
        "rows": [_short(label, _LONGEST_LABEL) for label in shown.row_labels],
        "columns": [_short(label, _LONGEST_LABEL) for label in shown.column_labels],
        "rowTokens": [group[0] for group in shown.row_tokens],
        "columnTokens": [group[0] for group in shown.column_tokens],
        "part": shown.part,
        "model": screen.choices.model,
        "text": _printable(screen.trace.text),
        "target": "" if shown.part == "encoder_self" else _printable(screen.trace.target),
        "hiddenLabels": shown.hidden_labels,
        "texts": {name.removeprefix("view_"): text for name, text in names.items()}
        | {screen.choices.model: named(screen.texts, screen.choices.model, "view")},
    }


def layers_shown(shown: Seen, layer: int) -> tuple[int, int]:
    """Return the first layer of those that travel in one message with ``layer``, and the one after the last."""
    n_layers, *each = shown.weights.shape
    count = min(n_layers, max(1, _MOST // math.prod(each)))
    first = min(layer // count * count, n_layers - count)
    return first, first + count


def _for_files(screen: Screen, shown: Seen, *, per_head: bool, transposed: bool) -> dict[str, Any]:
    """Return what a downloaded file needs beside the picture: the texts as they were typed, and the way back."""
    trace = screen.trace
    own = {"unit": "words" if shown.by_word else "tokens", "hide_special": "on" if shown.hidden_labels else "off"}
    own |= {"per_head": "on" if per_head else "off", "transposed": "on" if transposed else "off"}
    here = replace(
        screen.choices, layer=screen.layer + 1, head=screen.head + 1, query=screen.query + 1, key=screen.key + 1
    )
    return {
        "text": trace.text,
        "target": trace.target,
        "shownText": visible_line(trace.text),
        "shownTarget": "" if shown.part == "encoder_self" else visible_line(trace.target),
        "link": "/heads?" + urlencode(here.query_params() | own),
        "python": (
            "import attnviz; from attnviz.trace.seen import seen; weights = "
            f"seen(attnviz.trace(attnviz.load_model({trace.model_name!r}), text, target), "
            f"{shown.part!r}, by_word={shown.by_word}, special={not shown.hidden_labels})"
            f".weights[{screen.layer}, {screen.head}]"
        ),
    }


def _printable(text: str) -> str:
    return _short(visible_line(text), _LONGEST_TEXT)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _picked() -> None:
    pick(sent_by("heads", "pick"))


def pick(value: object) -> None:
    """Write a view's pick to the URL: numbers from 1 by name; what comes from the browser is untrusted."""
    if isinstance(value, dict):
        numbers = {
            name: value[name]
            for name in ("layer", "head", "query", "key")
            if type(value.get(name)) is int and 1 <= value[name] <= _LIMIT
        }
        choose(**numbers)
