"""Two cards about one link: the headline with its number, and how special it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from attnviz.components.frame import pack, register
from attnviz.session.screen import Screen
from attnviz.trace.headline import Headline, PaperLink
from attnviz.trace.models import row_of

_draw = register("headline")
_LONGEST = 60  # characters of a word in the card


def headline_card(screen: Screen, found: Headline, paper: PaperLink | None) -> None:
    """Draw "making looks at more", the weight, and whether the paper's own link is there."""
    _draw(key="headline", data=_message("headline", screen, found, paper))


def special_card(screen: Screen, found: Headline) -> None:
    """Draw this pair in every head of the model and of the untrained one, with ranks."""
    _draw(key="special", data=_message("special", screen, found, None))


def _message(card: str, screen: Screen, found: Headline, paper: PaperLink | None) -> bytes:
    values: dict[str, Any] = {
        "card": card,
        "place": found.place,
        "query": _short(found.query),
        "key": _short(found.key),
        "standing": found.standing._asdict(),
        "own": found.own and found.own._asdict() | {"query": _short(found.own.query), "key": _short(found.own.key)},
        "models": found.n_models,
        "modelsBest": found.models_best if found.n_models else None,
        "untrained": not row_of(screen.choices.model).trained,
        "foreign": screen.trace.is_foreign,
        "paper": paper._asdict() if paper else None,
        "texts": screen.texts.group("start"),
    }
    by_head, control = (np.ascontiguousarray(array.ravel()) for array in (found.by_head, found.control))
    return pack(values, {"byHead": by_head, "control": control})


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST else word[: _LONGEST - 1] + "…"
