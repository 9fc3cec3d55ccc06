"""Words and numbers inside Korean sentences: the particle that they take, and no line that begins with it.

A string says ``{drop}{을/를}``: the first form stands after a final consonant, the second after a vowel. Own code,
because the packages that do this read a number by its value (0.10 as 0.1) and pass over %, fractions and powers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

WORD_JOINER = "\u2060"  # has no width, and is neither a space nor punctuation to Markdown
_PAIR = re.compile("\ufdd0([^/]+)/([^/]+)\ufdd1")  # {을/를} once the places are filled: nobody can type these two
_PERCENT = re.compile(r"(?<=\d) %")  # Korean writes 45%, where the numbers come with a space
_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
_SIGNS = {"%": "트", "‰": "밀", "∞": "대", "²": "곱", "³": "곱"} | dict.fromkeys("⁰¹⁴⁵⁶⁷⁸⁹", "곱")  # 퍼센트, …, 제곱
_UNITS = {"ms": "초", "MiB": "트", "GiB": "트", "KiB": "트"}  # 밀리초, …바이트
_LETTERS = {"L": "엘", "M": "엠", "N": "엔", "R": "알"}  # all other letters have names that end in a vowel
_BRACKETS = re.compile(r"\s*\\?\([^()]*\)$")
_FRACTION = re.compile(r"(\d+)\s*/\s*\d+$")  # 1/8 is read 8분의 1
_NUMBER = re.compile(r"[\d,]*\.?\d+$")

# After these a browser may break the line although no space follows: brackets and quotes that close, formulas,
# signs, raised digits, hyphens; and before a bracket that opens.
_CLOSED = r"[)\]’”›»%‰‖∞°⁰¹²³⁴⁵⁶⁷⁸⁹-]"
# Markdown does not close "**go.**" right before a letter.
_EMPHASIS = re.compile(r"([^\w\s*(\[“‘])(\*{1,2})(?=[가-힣])")
_AFTER = re.compile(rf"({_CLOSED}\*{{0,2}})(?=[가-힣])")
_BEFORE = re.compile(r"([가-힣]\*{0,2})(?=\()")
_ASIDE = re.compile(r"(\$\$.+?\$\$|\$[^$\n]+\$|`[^`\n]+`)", re.DOTALL)  # formulas and code stay as they are


class Places(dict[str, object]):
    """The values of a string's places, for ``str.format_map``; a pair of particles is left for ``inserted``."""

    def __missing__(self, name: str) -> str:
        """Mark the pair ``을/를``; ``KeyError`` for a place without a value."""
        if "/" not in name:
            raise KeyError(name)
        return f"\ufdd0{name}\ufdd1"


def inserted(text: str, places: Mapping[str, object]) -> str:
    """Return a Korean string with its places filled, its particles chosen and its words held together."""
    filled = text.format_map(Places(places)) if places else text
    filled = _PERCENT.sub("%", filled)
    return held_together(_PAIR.sub(lambda pair: particle(filled[: pair.start()], pair[1], pair[2]), filled))


def held_together(text: str) -> str:
    """Put a word joiner wherever a line could break inside a word: 나는(I)|에는, ‘cat’|에서, 10⁻⁴|입니다."""
    parts = _ASIDE.split(_EMPHASIS.sub(rf"\1{WORD_JOINER}\2", text))
    for place, part in enumerate(parts):
        if not place % 2:
            joined = _BEFORE.sub(rf"\1{WORD_JOINER}", _AFTER.sub(rf"\1{WORD_JOINER}", part))
            follows = place and re.match(r"\*{0,2}[가-힣)]", part)
            parts[place] = WORD_JOINER + joined if follows else joined
    return "".join(parts)


def particle(word: str, closed: str, opened: str) -> str:
    """Return the form that a word takes: ``closed`` after a final consonant, else ``opened``.

    *-(으)로* takes its short form after ㄹ too.
    """
    final = _final(_last_syllable(word))
    return opened if not final or (final == "ㄹ" and closed.startswith("으로")) else closed


def _final(syllable: str) -> str:
    """Return "" for a syllable without a final consonant, "ㄹ", or "x" for every other one."""
    place = (ord(syllable) - ord("가")) % 28
    return "ㄹ" if place == 8 else "x" if place else ""


def _last_syllable(text: str) -> str:
    """Return the last syllable as it is read aloud; what cannot be read ends in a vowel."""
    text = unicodedata.normalize("NFC", text[-200:])
    while text and not (text[-1].isalnum() or text[-1] in _SIGNS):
        shorter = _BRACKETS.sub("", text)  # 고양이(0.53)를: a bracket takes no particle, the word before it does
        text = shorter if shorter.strip("‘“(*\\ ") and shorter != text else text[:-1]
    if not text:
        return "가"
    last = text[-1]
    if "가" <= last <= "힣":
        return last
    if last in _SIGNS:
        return _SIGNS[last]
    if found := _FRACTION.search(text) or _NUMBER.search(text):
        return _last_of_number(found[1] if found.re is _FRACTION else found[0])
    return _last_of_letters(re.split(r"[^A-Za-zÀ-ÿ]", text)[-1])


def _last_of_number(number: str) -> str:
    """0.10 ends in 영, 120 in 십, 1,000,000 in 만; 10¹² is the one power of ten that ends in a vowel, 조."""
    whole = number.replace(",", "")
    zeros = len(whole) - len(whole.rstrip("0"))
    is_trillion = "." not in whole and 12 <= zeros < 16 and len(whole) > zeros
    return "조" if is_trillion else _DIGITS[number[-1]]


def _last_of_letters(word: str) -> str:
    if word in _UNITS:
        return _UNITS[word]
    if word.isupper() or len(word) == 1:  # spelled: d_k, W, GRU
        return _LETTERS.get(word[-1:].upper(), "이")
    return {"l": "을", "m": "음", "n": "은"}.get(word[-1:], "응" if word.endswith("ng") else "으")
