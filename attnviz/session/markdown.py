"""Text that is not ours, inside our Markdown."""

from __future__ import annotations

import re

from attnviz.session.inserted import WORD_JOINER

_SIGNS = r"\`*_{}[]()#+-.!|<>$:~"
# Streamlit looks once more at what a backslash has protected: for addresses (https:// www. a@b.c), named
# pictures (:smile:), and signs that it makes one of (-> <- -- >= <= ~=). A word joiner between parts them.
_LOOKED_AT = re.compile(r"(?<=:)(?=[/\w+-])|(?<=\bwww)(?=\.)|(?=@)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)


def literal(text: str) -> str:
    """Return text that Markdown leaves as it is: words of the reader's sentence, error messages."""
    parted = _LOOKED_AT.sub(WORD_JOINER, text)
    return "".join(f"\\{character}" if character in _SIGNS else character for character in parted)
