"""Two cards about one link: the headline with its number, and how special it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from attnviz.components.frame import pack, register
from attnviz.session.bet import Bet
from attnviz.session.callbacks import guarded
from attnviz.session.screen import Screen
from attnviz.session.settings import new_sentence
from attnviz.trace.headline import Headline, PaperLink
from attnviz.trace.models import row_of

RULES = (Path(__file__).parent / "frame.css").read_text(encoding="utf-8")  # of the page around the cards
_draw = register("headline")
_LONGEST = 60  # characters of a word in the card


def headline_card(screen: Screen, found: Headline, paper: PaperLink | None, *, bet: Bet | None = None) -> None:
    """Draw "making looks at more", the weight, and whether the paper's own link is there.

    ``bet``: ask for it first, and show it when the figure has got an answer. Of a pair the other sentence is asked
    next: the reader's word for it leads there.
    """
    pair = bet.pair if bet else None

    def asked() -> None:
        if pair:
            new_sentence(pair.other, layer=0, head=0)

    _draw(key="headline", data=_message("headline", screen, found, paper, bet), on_other_change=guarded(asked))


def special_card(screen: Screen, found: Headline, *, bet: Bet | None = None) -> None:
    """Draw this pair in every head of the model and of the untrained one, with ranks; after a ``bet``."""
    _draw(key="special", data=_message("special", screen, found, None, bet))


def _message(card: str, screen: Screen, found: Headline, paper: PaperLink | None, bet: Bet | None) -> bytes:
    values: dict[str, Any] = {
        "card": card,
        "bet": bet and _bet(bet, screen.trace.words),
        "sentence": screen.trace.text,
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


def _bet(bet: Bet, words: Sequence[str]) -> dict[str, Any]:
    longest = max(words, key=len)  # the card keeps room for the longest guess
    told = bet.pair and bet.pair.told()
    return {
        "name": bet.name, "options": bet.options, "pair": told, "voted": bet.is_voted, "longest": _short(longest),
    }  # fmt: skip


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST else word[: _LONGEST - 1] + "…"
