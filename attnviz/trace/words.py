"""The one rule that cuts text into words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

_HANGUL = regex.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
# Letters and digits, each with its marks, apostrophes inside (didn't), points or commas between digits (3.5);
# every other visible character stands alone, with all that belongs to it (UAX 29): an emoji is one word, also 1️⃣.
# A sign that goes before its number (U+0600) belongs to what follows, but to no space.
_LETTERS = r"(?:(?![0-9]\ufe0f?\u20e3)[\p{L}\p{N}_]\p{M}*+)++"
_DIGITS = r"(?:(?![0-9]\ufe0f?\u20e3)\p{Nd})++"
_ALONE = r"(?!\p{GCB=Prepend}+[\s\x1c-\x1f])\X|[^\s\x1c-\x1f]"
_WORD = regex.compile(rf"{_LETTERS}(?:['’]{_LETTERS}|(?<=\p{{Nd}})[.,]{_DIGITS})*+|(?![\s\x1c-\x1f])(?:{_ALONE})")


def split_words(text: str) -> list[tuple[str, bool]]:
    """Return (word, follows a space) for each word of ``text``, after NFC normalisation.

    Text is cut at white space, then punctuation apart; the first word counts as following a space.
    What the reader typed is read through :func:`attnviz.trace.plain.plain` first.
    """
    return [*_cut(unicodedata.normalize("NFC", text))]


@lru_cache(maxsize=256)  # a page asks of the same sentences again and again, and a class of the same as its teacher
def _cut(text: str) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (found.group(), found.start() == 0 or text[found.start() - 1].isspace()) for found in _WORD.finditer(text)
    )


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each word of ``text`` as it stands begins and ends, in characters; no NFC normalisation."""
    return [found.span() for found in _WORD.finditer(text)]


@lru_cache(maxsize=256)
def is_hangul(text: str) -> bool:
    """Whether most words of ``text`` hold Hangul; punctuation and other marks count for nothing."""
    words = [word for word, _ in split_words(text) if word[0].isalnum()]
    return 2 * sum(_HANGUL.search(word) is not None for word in words) > len(words)


def pieces_of(text: str | Sequence[str]) -> tuple[list[str], list[str], list[int]]:
    """Return the words, the pieces that the tokenizer gets one by one, and each piece's word index.

    A piece starts with a space where the text has one before it. A string's words are its pieces;
    a list's words are kept as given, and cut into the pieces that ``" ".join(words)`` would have.
    A blank word in a list, or one with white space inside, raises ``ValueError`` naming its index.
    """
    if isinstance(text, str):
        words = split_words(text)
        return [word for word, _ in words], [" " * spaced + word for word, spaced in words], list(range(len(words)))
    pieces, owners = [], []
    for index, word in enumerate(text):
        if not word or any(character.isspace() for character in word):
            raise ValueError(f"word {index} must be one word without spaces, not {word!r}")
        for piece, spaced in split_words(word):
            pieces.append(" " * spaced + piece)
            owners.append(index)
    return [unicodedata.normalize("NFC", word) for word in text], pieces, owners
