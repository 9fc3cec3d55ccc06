"""Which strings the views ask for, read from their JavaScript, and a template from its HTML.

A view gets a group of strings as ``texts`` and says ``texts.hint``, ``texts[`matrix_${name}`]`` or ``texts[name]``.
What can stand in a made-up name is a family, declared in ``tests/session/test_catalog.py``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PLAIN = re.compile(r"\btexts\.(\w+)")
TAKEN = re.compile(r"\btexts\[")
FILLED = re.compile(r"\b\w+\((?:\w+\.)*texts\.(\w+),\s*\{")
LITERAL = re.compile(r"""(?<!=== )(?<!!== )"([a-z]\w*)"(?!\s*===)""")
TEMPLATE = re.compile(r"`([^`]*)`")
HOLE = re.compile(r"\$\{[^{}]*\}")


@dataclass(frozen=True)
class Read:
    """What a file asks for: whole names, families with {} for what varies, and what it fills in by name."""

    names: frozenset[str]
    families: frozenset[str]
    filled: tuple[tuple[str, frozenset[str]], ...]


def read(source: str) -> Read:
    """Read one script."""
    names, families = set(PLAIN.findall(source)), set()
    for found in TAKEN.finditer(source):
        inside = balanced(source, found.end(), "[", "]")
        templates = TEMPLATE.findall(inside)
        literals = LITERAL.findall(TEMPLATE.sub("", inside))
        names |= set(literals)
        families |= {HOLE.sub("{}", template) for template in templates} - {"{}"}
        if not templates and not literals:
            families.add(f"[{inside}]")
    filled = []
    for found in FILLED.finditer(source):
        inside = balanced(source, found.end(), "{", "}")
        if "..." not in inside:
            filled.append((found[1], frozenset(keys(inside))))
    return Read(frozenset(names), frozenset(families), tuple(filled))


def balanced(source: str, start: int, opens: str, closes: str) -> str:
    """Return what stands from ``start`` to the bracket that closes the one before it."""
    depth, end = 1, start
    while depth:
        depth += (source[end] == opens) - (source[end] == closes)
        end += 1
    return source[start : end - 1]


def keys(inside: str) -> Iterator[str]:
    """Return the names in an object literal, without its braces."""
    depth, part, parts = 0, "", []
    for character in inside:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    for one in [*parts, part]:
        if name := re.match(r"\s*(\w+)", one):
            yield name[1]


def scripts(folder: Path) -> Mapping[str, str]:
    """Return the scripts of each view, together, by the name of the view: that of its folder, or of its files."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.js")):
        if not path.name.endswith(".test.js") and path.parent.name != "__pycache__":
            name = path.parent.name if path.parent != folder else path.stem
            found[name] = found.get(name, "") + path.read_text(encoding="utf-8")
    for name in sorted(found, key=len, reverse=True):
        whole = next((other for other in found if name.startswith(f"{other}_") and other != "many"), "")
        if whole:
            found[whole] += found.pop(name)
    return found


def template(source: str) -> Read:
    """Read one template: ``say("title")``, ``say("matrix_" ~ name)``, ``say(step ~ "_title")``."""
    names: set[str] = set()
    families: set[str] = set()
    for inside in re.findall(r"\bsay\(([^)]*)", source):
        first = inside.split(",")[0]
        if "~" in first:
            parts = [part.strip() for part in first.split("~")]
            families.add("".join(part[1:-1] if part.startswith('"') else "{}" for part in parts))
        else:
            names |= set(re.findall(r'"(\w+)"', first))
    return Read(frozenset(names), frozenset(families), ())
