"""Heads taken out by a press in the grid: which ones, and what the model makes of the sentence without them.

What is out stands in the link; the grid, and the tab below it, both show that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from attnviz.concepts.ablation import Head, moved, without_heads
from attnviz.concepts.worth import Compared, Writing, compared, own_pairs, translate_all, writing_by
from attnviz.session.callbacks import sent_by
from attnviz.session.kept import kept
from attnviz.session.models import model_named, translation_of
from attnviz.session.numerals import signed, written
from attnviz.session.others import other
from attnviz.session.screen import Screen
from attnviz.session.settings import Setting, flag
from attnviz.trace.models import ModelRow, row_of
from attnviz.trace.records import PARTS

LETTERS = {"encoder_self": "e", "decoder_self": "d", "cross": "c"}
_PARTS = {letter: part for part, letter in LETTERS.items()}
_PLACE = re.compile(r"([edc])(\d{1,2})-(\d{1,2})")
_LONGEST = 4000  # characters: 400 heads and more
_ROWS = 8  # words or tokens that are listed


def _read(text: str) -> tuple[Head, ...] | None:
    found = [_PLACE.fullmatch(place) for place in text.split("_")] if len(text) < _LONGEST else [None]
    if not all(found):
        return None
    places = {Head(PARTS[PARTS.index(_PARTS[m[1]])], int(m[2]) - 1, int(m[3]) - 1) for m in found if m}
    return tuple(sorted(places)) if all(place.layer >= 0 <= place.head for place in places) else None


def _name(place: Head) -> str:
    return f"{LETTERS[place.part]}{place.layer + 1}-{place.head + 1}"


OUT: Setting[tuple[Head, ...]] = Setting(
    "out", (), lambda text: _read(text) if text else (), lambda heads: "_".join(map(_name, heads))
)
CUT = flag("cut")  # whether a press takes heads out, though none is out yet
BLEU = flag("bleu")  # whether it was asked for, for these heads


def heads_of(screen: Screen) -> tuple[Head, ...]:
    """Return every head of the chosen model, part by part."""
    return tuple(
        Head(part, layer, head)
        for part in screen.parts
        for layer, call in enumerate(screen.trace.attention(part))
        for head in range(call.n_heads)
    )


def taken_out(screen: Screen) -> tuple[Head, ...]:
    """Return the heads of the link that the chosen model has."""
    known = set(heads_of(screen))
    return tuple(place for place in OUT.value if place in known)


def take_out(heads: Iterable[Head]) -> None:
    """Write to the link which heads are out; what was measured without others is asked for anew."""
    OUT.set(tuple(sorted(heads)))
    BLEU.set(False)


def can_lose_heads(row: ModelRow) -> bool:
    """Whether heads can be taken out of a model: of any of ours, and of those of others whose calls are known."""
    return row.listed is None or other(row).can_lose_heads


def is_scored(row: ModelRow) -> bool:
    """Whether a model translates the language pair of our own sentences."""
    return row.translates and (row.reads, row.writes) == ("en", "de")


def scalpel(screen: Screen) -> dict[str, Any]:
    """Return what the grid shows of heads that are out, and what the model writes without them where that is asked."""
    out, row = taken_out(screen), row_of(screen.choices.model)
    is_on = CUT.value or bool(out)
    told: dict[str, Any] = {}
    if is_on and not can_lose_heads(row):
        told = {"cannot": screen.texts("heads.cut_cannot", model=row.name)}
    elif is_on and row.listed:
        told = _told_of_others(screen, out)
    elif is_on:
        told = _told_of_ours(screen, out)
    return {
        "on": is_on, "out": list(map(_name, out)), "bleu": BLEU.value, "letter": LETTERS[screen.choices.part],
        "all": len(heads_of(screen)), "told": told,
    }  # fmt: skip


def scalpel_moved() -> None:
    """Write to the link what was done in the grid; what comes from a browser is untrusted."""
    sent = sent_by("heads", "cut")
    if isinstance(sent, dict):
        out = sent.get("out")
        heads = OUT.read(out) if isinstance(out, str) else None
        if heads is not None:
            take_out(heads)
        CUT.set(sent.get("on"))
        BLEU.set(sent.get("bleu"))


@kept
def _writing(model_name: str, text: str, own: str, heads: tuple[Head, ...]) -> Writing:
    return writing_by(without_heads(model_named(model_name), heads), text, own)


@kept
def own_translations(model_name: str, heads: tuple[Head, ...]) -> tuple[str, ...]:
    """Translate our own sentences without some heads."""
    return translate_all(without_heads(model_named(model_name), heads), [source for source, _ in own_pairs()])


@kept
def _compared(model_name: str, heads: tuple[Head, ...]) -> Compared:
    return compared(own_translations(model_name, ()), own_translations(model_name, heads))


def _told_of_ours(screen: Screen, out: tuple[Head, ...]) -> dict[str, Any]:
    texts, choices = screen.texts, screen.choices
    own = translation_of(choices.model, choices.text) or ""
    whole, without = (_writing(choices.model, choices.text, own, heads) for heads in ((), out))
    notes = []
    if out and without.translation == whole.translation:
        notes.append(texts("heads.cut_same"))
    change = without.log_probability - whole.log_probability
    if out:
        times = f"{np.exp(min(abs(change), 700)):,.1f}"
        notes.append(texts("heads.out_less" if change < 0 else "heads.out_more", times=times))
    row = row_of(choices.model)
    return {
        "name": texts("heads.cut_translation" if row.translates else "heads.cut_writes"),
        "diff": _difference(whole.translation, without.translation),
        "rowsName": texts("heads.cut_probability"),
        "rows": [["", whole.probability, without.probability if out else None]],
        "notes": notes,
        "offersBleu": is_scored(row),
        "bleu": bleu_text(screen, out) if is_scored(row) and BLEU.value else "",
    }


def bleu_text(screen: Screen, out: tuple[Head, ...]) -> str:
    """Say the BLEU of our own sentences, with and without, each with its standard error."""
    found = _compared(screen.choices.model, out)
    return screen.texts(
        "heads.out_bleu" if out else "heads.out_bleu_whole", pairs=len(own_pairs()),
        before=written(found.whole, 1), before_error=written(found.whole_error, 1),
        after=written(found.without, 1), after_error=written(found.without_error, 1),
        change=signed(found.without - found.whole, 1), change_error=written(found.change_error, 1),
    )  # fmt: skip


def _told_of_others(screen: Screen, out: tuple[Head, ...]) -> dict[str, Any]:
    texts, text, row = screen.texts, screen.choices.text, row_of(screen.choices.model)
    model = other(row)
    if model.kind == "encoder_decoder":
        return {
            "name": texts("heads.cut_writes"),
            "diff": _difference(model.writes(text, ()), model.writes(text, out)),
        }
    if model.kind == "decoder" and "logits" not in screen.trace.missing:
        found = model.likely_next(text, ((), out), _ROWS // 2)
        return {
            "name": texts("heads.cut_next"),
            "rows": [[label, before, after if out else None] for label, (before, after) in found],
        }
    words = screen.trace.word_of if model.kind == "encoder" else screen.trace.target_word_of
    far = moved(model.scores(text, ()), model.scores(text, out), words)
    lines: list[list[Any]] = [[word, None, distance] for word, distance in zip(screen.trace.words, far, strict=False)]
    return {
        "name": texts("heads.cut_vectors"),
        "rows": sorted(lines, key=lambda line: -line[2])[:_ROWS] if out else [],
        "notes": [texts("heads.cut_moved")],
    }


def _difference(before: str, after: str) -> list[list[str]]:
    """Return the words of both texts, each "same", "gone" or "new", in the order in which they are read."""
    left, right = before.split(), after.split()
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [["same", word] for word in left[a:b]]
        else:
            found += [["gone", word] for word in left[a:b]] + [["new", word] for word in right[c:d]]
    return found
