"""Text that is not ours, inside our Markdown."""

from __future__ import annotations


def literal(text: str) -> str:
    """Return text that Markdown leaves as it is: words of the reader's sentence, error messages."""
    return "".join(f"\\{character}" if character in r"\`*_{}[]()#+-.!|<>$:~" else character for character in text)
