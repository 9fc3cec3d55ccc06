"""Markdown of the pages: text that is not ours inside it, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attnviz.session.inserted import WORD_JOINER

_SIGNS = r"\`*_{}[]()#+-.!|<>$:~"
# Streamlit looks once more at what a backslash has protected: for addresses (https:// www. a@b.c), named
# pictures (:smile:), and signs that it makes one of (-> <- -- >= <= ~=). A word joiner between parts them.
_LOOKED_AT = re.compile(r"(?<=:)(?=[/\w+-])|(?<=\bwww)(?=\.)|(?=@)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)


def literal(text: str) -> str:
    """Return text that Markdown leaves as it is: words of the reader's sentence, error messages."""
    parted = _LOOKED_AT.sub(WORD_JOINER, text)
    return "".join(f"\\{character}" if character in _SIGNS else character for character in parted)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """Return a table; ``align`` says for each column whether it stands left ("l", as all do without it) or right ("r").

    Cells are Markdown: what is the reader's own is made ``literal`` before.
    """
    rule = ["---:" if side == "r" else "---" for side in align or "l" * len(header)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))
