"""Makes one script of a view's modules when the app starts: no build step, and no tool to install.

The modules are plain ES modules that a browser loads as they are, and the tests do so. In the script each is a
function of its own, so that a name of one never meets a name of another. These forms are understood, at the start
of a line; anything else of import and export is an error::

    import { name, other as mine } from "./file.js";
    import values from "./file.json" with { type: "json" };
    import style from "./file.css" with { type: "css" };
    export function ...    export async function ...    export const ...    export class ...
    export default expression;
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

_IMPORT = re.compile(
    r"^import\s+(?:\{([^}]*)\}|(\w+))\s+from\s+\"([^\"]+)\"(?:\s+with\s+\{\s*type:\s*\"(\w+)\"\s*\})?;\n", re.MULTILINE
)
_DEFAULT = re.compile(r"^export\s+default\s+(?!(?:async\s+)?function\b|class\b)", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:(?:async\s+)?function|const|class)\s+(\w+))", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async\s+)?(?:function|const|let|var|class)\s+(\w+)", re.MULTILINE)
_NOT_UNDERSTOOD = re.compile(r"^(?:import|export)\b.*|^(?!\s*//).*\bimport\s*(?:\(|\.\s*meta\b).*", re.MULTILINE)

_Name = Callable[[Path], str]


class BundleError(ValueError):
    """A module that can't be part of a script; the message starts with its file."""


def bundle(entry: Path, root: Path) -> str:
    """Return the script of ``entry`` and of all that it imports; its default export is that of ``entry``.

    ``root``: the folder that files are named from, in comments and errors. ``BundleError`` when a file is missing
    or imports itself in a circle, asks for what another doesn't export, or has one name twice.
    """
    entry, root = entry.resolve(), root.resolve()

    def name(path: Path) -> str:
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name

    modules = _modules(entry, name)
    try:
        order = list(TopologicalSorter({path: module.imports for path, module in modules.items()}).static_order())
    except CycleError as error:
        circle = [name(path) for path in reversed(error.args[1])]
        raise BundleError(f"{circle[0]}: imports itself: {' → '.join(circle)}") from None
    for path, module in modules.items():
        for other, asked in module.imports.items():
            if missing := [one for one, _ in asked.names if one not in modules[other].exports]:
                raise BundleError(f"{name(path)}: {asked.file} exports no {', '.join(missing)}")
    if "default" not in modules[entry].exports:
        raise BundleError(f"{name(entry)}: has no default export")
    variables = {path: f"$m{number}" for number, path in enumerate(order)}
    parts = [_function(modules[path], variables, name) for path in order]
    return "\n".join([*parts, f"export default {variables[entry]}.default;\n"])


@dataclass(frozen=True)
class _Import:
    names: tuple[tuple[str, str], ...]  # in the other module, here
    file: str  # as it is written


@dataclass(frozen=True)
class _Module:
    path: Path
    body: str  # without imports and the word export
    imports: Mapping[Path, _Import]
    exports: tuple[str, ...]


def _modules(entry: Path, name: _Name) -> dict[Path, _Module]:
    """Read a module and all that it needs."""
    found: dict[Path, _Module] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path not in found:
            source = path.read_text(encoding="utf-8")
            found[path] = _script(path, source, name) if path.suffix == ".js" else _value(path, source, name)
            waiting.extend(reversed(list(found[path].imports)))
    return found


def _script(path: Path, source: str, name: _Name) -> _Module:
    imports: dict[Path, _Import] = {}
    for names, default, file, kind in _IMPORT.findall(source):
        target = (path.parent / file).resolve()
        if not file.startswith(("./", "../")) or not target.is_file():
            raise BundleError(f"{name(path)}: there is no {file}")
        if target in imports:
            raise BundleError(f"{name(path)}: {file} is imported twice")
        if (kind or "js") != target.suffix[1:]:
            raise BundleError(f'{name(path)}: {file} needs with {{ type: "{target.suffix[1:]}" }}')
        wanted = [one.split() for one in (names or f"default as {default}").split(",") if one.strip()]
        imports[target] = _Import(tuple((one[0], one[-1]) for one in wanted), file)
    body = _IMPORT.sub("", source)
    exports = _EXPORT.findall(body)
    declared = _DECLARED.findall(_EXPORT.sub("", body))
    here = [local for one in imports.values() for _, local in one.names]
    if twice := [word for word, count in Counter(here + declared).items() if count > 1]:
        raise BundleError(f"{name(path)}: {', '.join(twice)} stands twice")
    body, defaults = _DEFAULT.subn("const $default = ", _EXPORT.sub("", body))
    if left := _NOT_UNDERSTOOD.search(body):
        raise BundleError(f"{name(path)}: not understood: {left[0].strip()}")
    return _Module(path, body, imports, (*exports, *["default"] * defaults))


def _value(path: Path, source: str, name: _Name) -> _Module:
    """Return JSON or a style sheet as a module."""
    if path.suffix == ".css":
        made = f"new CSSStyleSheet();\n$default.replaceSync({_literal(source)})"
    elif path.suffix == ".json":
        try:
            made = _literal(json.loads(source))
        except json.JSONDecodeError as error:
            raise BundleError(f"{name(path)}: {error}") from error
    else:
        raise BundleError(f"{name(path)}: neither a script, JSON nor a style sheet")
    return _Module(path, f"const $default = {made};\n", {}, ("default",))


def _function(module: _Module, variables: Mapping[Path, str], name: _Name) -> str:
    """Return a module as a function that is called at once and returns what it exports."""
    lines = []
    for path, asked in module.imports.items():
        places = ", ".join(": ".join(dict.fromkeys(pair)) for pair in asked.names)
        lines.append(f"const {{ {places} }} = {variables[path]};\n")
    returned = ", ".join("default: $default" if one == "default" else one for one in module.exports)
    function = f"(() => {{\n{''.join(lines)}{module.body}return {{ {returned} }};\n}})()"
    return f"// ---- {name(module.path)}\nconst {variables[module.path]} = {function};\n"


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
