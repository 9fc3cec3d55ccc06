"""Turns typographic variants of a character into the one that the models have read."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = {**dict.fromkeys("‘’‚‛ʼʹ′`´＇", "'"), **dict.fromkeys("“”„‟″«»＂", '"')}
_DASHES = dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
_OTHERS = {"…": "...", "․": ".", "·": "·"}
# Characters that stand for others in print alone: full-width and half-width forms, Latin ligatures.
_COMPATIBLE = re.compile("[\ufb00-\ufb06\uff01-\uffee]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_TABLE = str.maketrans({**_QUOTES, **_DASHES, **_OTHERS})


def plain(text: str) -> str:
    """Return ``text`` as the models read it: one apostrophe, one quotation mark, one dash, nothing unseen."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).translate(_TABLE)
    text = _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)
    return _SPACES.sub(" ", text)
