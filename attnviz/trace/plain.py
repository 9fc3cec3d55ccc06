"""Turns what was typed into what the models read: one character for all its typographic variants."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import regex

_QUOTES = {
    **dict.fromkeys("‘’‚‛‹›ʹʻʼʽ′‵❛❜`´", "'"),
    **dict.fromkeys("“”„‟«»″‶❝❞〝〞〟", '"'),
}
_DASHES = dict.fromkeys("‐‑‒–—―⁃−⸺⸻﹘﹣", "-")
_POINTS = {"…": "...", "⋯": "...", "‥": "..", "․": "."}
_OTHERS = {"〜": "~", "\uffe3": "\u00af"}  # NFKC makes a space of the full-width macron, not its narrow form
_TABLE = str.maketrans({**_QUOTES, **_DASHES, **_POINTS, **_OTHERS})
# Stand for others in print alone: Latin ligatures, full-width and half-width forms.
_COMPATIBLE = regex.compile("[\ufb00-\ufb06\uff01-\uffef]")
_SPACES = regex.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# One emoji with all that belongs to it: joiners, skin tone, the other half of a flag, a key's cap (UTS 51).
EMOJI = r"(?=[#*0-9]\ufe0f?\u20e3|\p{Extended_Pictographic}|\p{Regional_Indicator})\X"
# Characters without a form of their own (UAX 44): soft hyphen, zero-width space, joiners, byte order mark, marks of
# direction. In an emoji they choose its form: there they stay.
_UNSEEN = regex.compile(rf"{EMOJI}(*SKIP)(*FAIL)|\p{{Default_Ignorable_Code_Point}}+")


class Change(NamedTuple):
    """Characters that are read otherwise than they were typed."""

    typed: str
    read: str  # empty: not read at all


def plain(text: str) -> str:
    """Return ``text`` as the models read it: one apostrophe, one quotation mark, one dash, nothing unseen.

    Variants of a character become the one that the training text has, ligatures and full-width forms
    the letters that they stand for, all spaces a space; what has no form of its own is left out, but for
    emoji; the rest is in Unicode's normal form C. Text that was read reads as itself.
    """
    if text.isascii():
        return text.translate(_TABLE)
    text = unicodedata.normalize("NFC", text).translate(_TABLE)
    text = _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text).translate(_TABLE)
    text = _UNSEEN.sub("", _SPACES.sub(" ", text))
    return unicodedata.normalize("NFC", text)  # what was dropped may have stood between a letter and its mark


@lru_cache(maxsize=256)  # every run of a page asks for its sentence
def changes(text: str) -> tuple[Change, ...]:
    """Return what :func:`plain` changes in ``text``, each kind once, in the order of the text.

    Canonically equivalent spellings, as a letter and its accent, are the same characters to Unicode.
    """
    found: dict[Change, None] = {}
    text = unicodedata.normalize("NFC", text)
    for cluster in regex.findall(r"\X", text):
        read = plain(cluster)
        if read == cluster:
            continue
        for character in cluster:
            as_read = plain(character)
            if as_read != character and character not in read:
                found[Change(character, as_read)] = None
    return tuple(found)
