"""All strings and prose of the app: each stands beside the code that says it, a file for each language."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
LESSONS = PACKAGE / "lessons"
LANGUAGES = {"en": "English", "ko": "한국어"}
CLOSING = re.compile(r"([^\w\s*(\[“‘])(\*{1,2})(?=[가-힣])")  # Markdown does not close "**go.**" right before a letter
WORD_JOINER = "\u2060"  # has no width, and is neither a space nor punctuation to Markdown


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


class Texts:
    """The strings of one language, called by name, with their places filled in."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, **places: object) -> str:
        """Return the string ``name``; ``KeyError`` when it does not exist.

        A Korean particle follows its word without a space. Where the word is emphasised and ends in punctuation,
        a word joiner stands between, so that Markdown closes the emphasis.
        """
        text = strings(self.language)[name]
        return CLOSING.sub(rf"\1{WORD_JOINER}\2", text.format(**places) if places else text)

    def __contains__(self, name: str) -> bool:
        """Whether there is a string ``name``."""
        return name in strings(self.language)

    def group(self, prefix: str) -> dict[str, str]:
        """Return all strings of one file, as a view needs them: without the file's name."""
        return {
            name.removeprefix(f"{prefix}."): text
            for name, text in strings(self.language).items()
            if name.startswith(f"{prefix}.")
        }

    def lesson(self, name: str) -> str:
        """Return a lesson's prose, Markdown."""
        return lesson(self.language, name)
