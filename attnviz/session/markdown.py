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


_PLAIN = (
    (re.compile(r"\\sqrt\{([^{}]*)\}"), r"√\1"),
    (re.compile(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\(?:text|mathrm|operatorname|mathbf)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\(?:times|cdot)\b"), "×"),
    (re.compile(r"\\(?:top|intercal)\b"), "ᵀ"),
    (re.compile(r"\\([a-z]+)\b"), r"\1"),
    (re.compile(r"[{}]"), ""),
)
_FORMULA = re.compile(r"(?<!\\)\$([^$]+)\$")
_COLOURED = re.compile(r":(?:orange|green)\[((?:\\.|[^\]\\])*)\]")
_MARKS = re.compile(
    r"\\([\\`*_{}\[\]()#+\-.!|<>$:~])|:material/\w+:|\*+(?=\S)|(?<=\S)\*+|`+|(?<!\w)_|_(?!\w)|\[([^\]]*)\]\([^)]*\)"
)


def unmarked(text: str) -> str:
    """Return what Markdown says without its marks, and a small formula in plain letters."""

    def formula(found: re.Match[str]) -> str:
        said = found[1]
        for pattern, letters in _PLAIN:
            said = pattern.sub(letters, said)
        return literal(said)

    marked = _COLOURED.sub(r"\1", _FORMULA.sub(formula, text))
    return _MARKS.sub(lambda found: found[1] or found[2] or "", marked).replace(WORD_JOINER, "")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """Return a table; ``align`` says for each column whether it stands left ("l", as all do without it) or right ("r").

    Cells are Markdown: what is the reader's own is made ``literal`` before.
    """
    rule = ["---:" if side == "r" else "---" for side in align or "l" * len(header)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))
