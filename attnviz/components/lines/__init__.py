"""The paper's figure: who looks at whom, as lines between two columns of words."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from attnviz.components.frame import pack, register
from attnviz.session.bet import Bet
from attnviz.session.callbacks import guarded, sent_by
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.session.seen import seen_of
from attnviz.trace.seen import Seen
from attnviz.trace.tokens import visible_line

_draw = register("lines")
_ALL_LAYERS = 300_000  # bytes of weights up to which every layer travels at once
_LIMIT = 512  # tokens: more than any model here reads
_Asked = tuple[str, tuple[int, ...], bool] | None  # a bet's name and options, and whether a class votes on it


def lines(
    screen: Screen,
    heads: tuple[int, ...] | None = None,
    key: str = "lines",
    shown: Seen | None = None,
    control: Seen | None = None,
    *,
    bet: Bet | None = None,
) -> None:
    """Draw the chosen layer; a click on a word, a layer or a head writes it to the URL.

    ``heads`` counts from 0: exactly these heads, without buttons for layers and heads; None: the
    reader chooses, starting with the chosen head alone. ``shown``: the weights to draw, by
    word without special tokens when None. ``control``: the untrained twin's, which a key shows while it is held.
    ``bet``: the answer stays a secret until the reader has guessed it, by a tap on one of its options.
    """
    drawn = shown or seen_of(screen.trace, screen.choices.part, by_word=True, special=False)
    _draw(
        key=key,
        data=_message(
            screen.state, drawn, heads, control, (bet.name, bet.options, bet.is_voted) if bet else None, screen
        ),
        on_pick_change=guarded(lambda: _picked(key)),
    )


@kept
def _message(
    state: Hashable, shown: Seen, heads: tuple[int, ...] | None, control: Seen | None, bet: _Asked, _screen: Screen
) -> bytes:
    return message(_screen, shown, heads, control, bet=bet)


def message(
    screen: Screen, shown: Seen, heads: tuple[int, ...] | None, control: Seen | None = None, *, bet: _Asked = None
) -> bytes:
    """Pack the figure: float32 weights of every layer, or of the chosen one when all would be too much."""
    n_layers = len(shown.weights)
    first, last = (0, n_layers) if shown.weights.nbytes <= _ALL_LAYERS else (screen.layer, screen.layer + 1)
    weights = shown.weights[first:last]
    if heads is not None:
        first, weights = screen.layer, shown.weights[screen.layer : screen.layer + 1, list(heads)]
    part, model = screen.texts(f"ui.part_{shown.part}"), named(screen.texts, screen.choices.model, "view")
    file = {"sentence": visible_line(screen.trace.text), "name": f"{part} · {model}"}  # said by a copied picture
    values = described(screen, shown) | {"firstLayer": first, "heads": heads, "file": file}
    values["bet"] = bet and {"name": bet[0], "options": bet[1], "voted": bet[2]}
    arrays = {"weights": weights}
    if control is not None:
        arrays["control"] = control.weights[first:last]
    return pack(values, arrays)


def described(screen: Screen, shown: Seen) -> dict[str, Any]:
    """Return what the figure says in words, and what is chosen: layer, head, row and column."""
    n_layers, n_heads = shown.weights.shape[:2]
    return {
        "place": (screen.layer, screen.head, shown.row_of(screen.query), shown.column_of(screen.key)),
        "rows": shown.row_labels,
        "columns": shown.column_labels,
        "rowTokens": [group[0] for group in shown.row_tokens],
        "columnTokens": [group[0] for group in shown.column_tokens],
        "nLayers": n_layers,
        "nHeads": n_heads,
        "part": shown.part,
        "partName": screen.texts(f"controls.{shown.part}"),
        "model": screen.choices.model,
        "text": _middle_out(screen.trace.text),
        "texts": screen.texts.group("lines"),
    }


def _middle_out(text: str, first: int = 32, last: int = 16) -> str:
    """Shorten a text in its middle, between words where it can, so that two that start alike can be told apart."""
    text = " ".join(text.split())
    if len(text) <= first + last + 3:
        return text
    head, tail = text[:first], text[-last:]
    return f"{head.rsplit(' ', 1)[0]} … {tail.split(' ', 1)[-1]}"


def _picked(key: str) -> None:
    value = sent_by(key, "pick")
    if isinstance(value, dict):
        allowed = {"layer": 1, "head": 1, "query": 1, "key": 0}  # 0 = the strongest; the browser is untrusted
        choose(**{
            name: value[name]
            for name, least in allowed.items()
            if type(value.get(name)) is int and least <= value[name] <= _LIMIT
        })  # fmt: skip
