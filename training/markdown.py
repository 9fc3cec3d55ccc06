"""Numbers and names in Markdown."""

from __future__ import annotations


def number(value: float | None, digits: int = 2) -> str:
    """Return a share as people write it: .82, 1.00, -.07; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def literal(text: str) -> str:
    """Return ``text`` so that Markdown shows it as it is, within a table."""
    return "".join("\\" + character if character in r"\`*_{}[]<>#|" else character for character in text)


def head_name(layer: int, head: int) -> str:
    """Name a head as layer.head, both counted from 1 as on the pages."""
    return f"{layer + 1}.{head + 1}"
