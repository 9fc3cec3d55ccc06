"""All strings and prose of the app: each stands beside the code that says it, a file for each language."""

from __future__ import annotations

import json
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


class Texts:
    """The strings of one language, called by name, with their places filled in."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, **places: object) -> str:
        """Return the string ``name``; ``KeyError`` when it does not exist.

        A Korean string may ask for the particle of what stands before it: ``{word}{을/를}`` (``inserted.py``).
        """
        text = strings(self.language)[name]
        if self.language == "ko":
            return inserted(text, places)
        return text.format(**places) if places else text

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
