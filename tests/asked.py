"""Which strings of the catalogue code can ask for, and which places it fills in.

Where that can't be told, the call is reported, and its author says it in the code, mostly by a ``Literal`` annotation.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from attnviz.session.catalog import strings
from tests.possible import Code, Function, Module, Unknown, called, parameters

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Ask:
    """One call: the strings that it can ask for, and the places that it fills in (None: can't be told)."""

    where: str
    keys: frozenset[str]
    places: frozenset[str] | None
    written: frozenset[str] = frozenset()  # the places that are named in the call itself


@cache
def app() -> Code:
    """The code of the app."""
    files = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "attnviz").rglob("*.py"))]
    return Code({path: path.read_text(encoding="utf-8") for path in files})


def owners(code: Code, module: Module) -> set[str]:
    """The lessons whose ``say`` a file calls: its own, else those that import it."""
    if module.name.startswith("attnviz.lessons."):
        return {module.name.split(".")[2]}
    if module.name.startswith("pages."):
        return {module.name.removeprefix("pages.").replace("-", "_")}
    found: set[str] = set()
    for other in code.modules:
        if other is not module and re.search(rf"(?m)^from {re.escape(module.name)} import ", other.source):
            found |= owners(code, other) if other.name.startswith(("attnviz.lessons.", "pages.")) else set()
    return found


def asked(code: Code) -> tuple[list[Ask], list[str]]:
    """Return every call that asks for strings, and those of which it can't be told for which."""
    found: list[Ask] = []
    puzzles: list[str] = []
    for name in ("texts", "say", "section", "mistake", "predict", ""):
        for call in code.calls[name] if name else text_calls(code):
            module = code.home[call]
            where = f"{module.path.relative_to(ROOT)}:{call.lineno}"
            if any(isinstance(one, ast.Call) and called(one) == "render" for one in code.above(call)):
                continue  # what a template asks for is read from the template
            if module.name == "attnviz.session.catalog" or not call.args or not asks(code, call, name):
                continue
            if module.name == "attnviz.ui.lesson" and not isinstance(call.args[0], ast.Constant):
                continue  # Lesson's own methods: their callers are read
            try:
                keys = {str(key) for key in code.possible(call.args[0])}
            except Unknown as error:
                puzzles.append(f"{where} {ast.unparse(call.args[0])}: {error}")
                continue
            places, written = code.places(call), frozenset(one.arg for one in call.keywords if one.arg)
            if not keys:
                puzzles.append(f"{where} {ast.unparse(call.args[0])}: never anything")
            if guarded(code, call):
                keys &= strings("en").keys()
            if name in ("texts", ""):
                found.append(Ask(where, frozenset(keys), places, written))
                continue
            for plain, suffix in (("section", "_title"), ("mistake", "_title")):
                if name == plain:
                    found.append(Ask(where, prefixed(code, module, keys, suffix), frozenset()))
            suffix = {"section": "_text", "mistake": "_text", "predict": "_question"}.get(name, "")
            found.append(Ask(where, prefixed(code, module, keys, suffix), places, written))
    return found, puzzles


def guarded(code: Code, call: ast.Call) -> bool:
    """Whether a call stands under ``if name in texts``: what does not exist is not asked for."""
    tests = [one.test for one in code.above(call) if isinstance(one, ast.If | ast.IfExp)]
    return any(isinstance(one, ast.Compare) and ast.unparse(one).endswith(" in texts") for one in tests)


def text_calls(code: Code) -> list[ast.Call]:
    """Calls like ``Texts("en")("ui.empty")``."""
    every = [node for module in code.modules for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    return [node for node in every if isinstance(node.func, ast.Call) and called(node.func) == "Texts"]


def asks(code: Code, call: ast.Call, name: str) -> bool:
    """Whether a call by one of our names is one of ours."""
    if name in ("section", "mistake", "predict"):
        return isinstance(call.func, ast.Attribute)
    if name == "say" and isinstance(call.func, ast.Name):
        scope = code.binder(call.func)
        return scope is None or "say" not in parameters(scope) if isinstance(scope, Function) else True
    return True


def prefixed(code: Code, module: Module, keys: set[str], suffix: str) -> frozenset[str]:
    """Return the whole names of a lesson's strings."""
    return frozenset(f"{lesson}.{key}{suffix}" for lesson in owners(code, module) for key in keys)
