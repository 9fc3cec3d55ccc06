"""All strings and prose of the app: each stands beside the code that says it, a file for each language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from attnviz.session.inserted import held_together, inserted

PACKAGE = Path(__file__).parents[1]
LESSONS = PACKAGE / "lessons"
LANGUAGES = {"en": "English", "ko": "한국어"}


@cache
def files(language: str, kind: str) -> dict[str, Path]:
    """Return the files of a language that are ``kind`` ("json", "md"), by the name that code calls them.

    ``en.json`` is called by its folder, ``controls.en.json`` by what stands before the language, and in the folder
    of a lesson by both: ``lessons/block/order.en.md`` is "block_order".
    """
    found: dict[str, Path] = {}
    for path in sorted(PACKAGE.rglob(f"*{language}.{kind}")):
        *part, code, _ = path.name.split(".")
        if code == language:
            folder = [path.parent.name] if path.parent.parent == LESSONS or not part else []
            found["_".join(folder + part)] = path
    return found


@cache
def strings(language: str) -> dict[str, str]:
    """Return every string of a language by name: the name of its file, a point, the name in the file."""
    found: dict[str, str] = {}
    for file, path in files(language, "json").items():
        for name, text in json.loads(path.read_text(encoding="utf-8")).items():
            found[f"{file}.{name}"] = text
    return found


@cache
def lesson(language: str, name: str) -> str:
    """Return the prose that is called ``name``."""
    return files(language, "md")[name].read_text(encoding="utf-8")


@cache
def _group(language: str, prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(f"{prefix}."): held_together(text) if language == "ko" else text
        for name, text in strings(language).items()
        if name.startswith(f"{prefix}.")
    }


class Said(str):
    """A string of the catalogue with its places filled in, which can be said once more in another language."""

    again: Callable[[str], str]  # language -> the same in that language

    @classmethod
    def of(cls, text: str, again: Callable[[str], str]) -> Said:
        """Return ``text`` as what ``again`` says in other languages."""
        said = cls(text)
        said.again = again
        return said


def said_in(language: str, text: str) -> str:
    """Return ``text`` in another language; what is no string of the catalogue, a word or a number, as it is."""
    return text.again(language) if isinstance(text, Said) else text


def joined(between: str, parts: Iterable[str]) -> Said:
    """Return ``parts`` as one text, which can be said once more as they can."""
    kept = tuple(parts)
    return Said.of(between.join(kept), lambda language: between.join(said_in(language, part) for part in kept))


def words_of(text: str) -> list[Said]:
    """Return the words of a text; in another language, the words at the same places of what it says there."""

    def word(place: int) -> Said:
        return Said.of(text.split()[place], lambda language: said_in(language, text).split()[place])

    return [word(place) for place in range(len(text.split()))]


class Texts:
    """The strings of one language, called by name, with their places filled in."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, /, **places: object) -> str:
        """Return the string ``name``; ``KeyError`` when it does not exist.

        A Korean string may ask for the particle of what stands before it: ``{word}{을/를}`` (``inserted.py``).
        """
        text = strings(self.language)[name]
        filled = inserted(text, places) if self.language == "ko" else text.format(**places) if places else text

        def again(language: str) -> str:
            anew = {key: said_in(language, value) if isinstance(value, str) else value for key, value in places.items()}
            return Texts(language)(name, **anew)

        return Said.of(filled, again)

    def __contains__(self, name: str) -> bool:
        """Whether there is a string ``name``."""
        return name in strings(self.language)

    def group(self, prefix: str) -> dict[str, str]:
        """Return all strings of one file, as a view needs them: without the file's name."""
        return dict(_group(self.language, prefix))

    def lesson(self, name: str) -> str:
        """Return a lesson's prose, Markdown."""
        text = lesson(self.language, name)
        return held_together(text) if self.language == "ko" else text
