"""Which strings of the catalogue the Python code can ask for, and which places it fills in.

Most calls name their string. In ``f"row_{name}"`` what stands in the braces is told from the lines around it: a loop,
the options of a widget, an ``if``, a ``Literal``. What comes from further away is a hole: at least one string fits
``row_*``, and a page that asks for one that does not exist fails when a test opens it. Where hardly anything but holes
is left, they hold words that the lesson writes.
"""

import ast
import importlib
import inspect
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from attnviz.session.catalog import strings
from attnviz.session.settings import Setting

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {"texts": [""], "say": [""], "section": ["_title", "_text"], "mistake": ["_title", "_text"]} | {
    "predict": ["_question"],
    "predict_later": ["_question"],
}
PLACE = re.compile(r"(?<!\{)\{(\w+)(?:[.:!][^{}]*)?\}(?!\})")
FORMULA = re.compile(r"(\$\$?)[^$]+\1")  # its braces are LaTeX's, in a string that is not filled in
LESSONS = ("attnviz.lessons.", "pages.")
HOLE = "\0"  # stands for what can't be told
# What may be computed, to see what a loop goes through: nothing is called.
PLAIN = (
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Starred, ast.Name, ast.Attribute, ast.Subscript,
    ast.expr_context, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.BinOp, ast.operator,
)  # fmt: skip


class Untold(Exception):
    """What the lines around an expression don't tell."""


@dataclass(frozen=True)
class Ask:
    """One call: what it can ask for, each name with holes, and the places that it fills in."""

    where: str
    prefix: str  # the lesson, with a point
    names: frozenset[str]
    given: frozenset[str]  # the places that stand in the call
    more: bool  # whether others come from further away
    optional: bool  # whether the code looks first whether there is such a string

    @cached_property
    def keys(self) -> frozenset[str]:
        """The strings that it can ask for; one without a hole even when it does not exist."""
        fits = {key for name in self.names if HOLE in name for key in fitting(self.prefix + name)}
        return frozenset(fits | {self.prefix + name for name in self.names if HOLE not in name})

    @property
    def faults(self) -> Iterator[str]:
        """What is wrong with the strings, or with the places that they are given."""
        english = strings("en")
        if not self.names:
            yield f"{self.where}: asks for nothing"
        if not self.optional:
            yield from (f"{self.where}: there is no {key}" for key in self.keys - english.keys())
            yield from (f"{self.where}: nothing fits {name}" for name in self.names if not fitting(self.prefix + name))
        texts = [english[key] for key in self.keys & english.keys()]
        is_filled = self.given or self.more
        said = {place for text in texts for place in PLACE.findall(text if is_filled else FORMULA.sub("", text))}
        yield from (f"{self.where}: no string says {place}" for place in self.given - said)
        if not self.more and not any(HOLE in name for name in self.names):
            yield from (f"{self.where}: {place} is not given" for place in said - self.given)


@cache
def fitting(name: str) -> frozenset[str]:
    """Return the strings that a name can be, with holes or without."""
    if HOLE not in name:
        return frozenset({name} & strings("en").keys())
    shape = re.compile("(.*)".join(map(re.escape, name.split(HOLE))))
    found = {key: match.groups() for key in strings("en") if (match := shape.fullmatch(key))}
    file, _, rest = name.rpartition(".")
    if not re.search("[a-z]{3}", rest):
        written = words(file)
        found = {key: parts for key, parts in found.items() if written.issuperset(parts)}
    return frozenset(found)


@cache
def words(lesson: str) -> frozenset[str]:
    """Every string that the code of a lesson writes; what is no lesson is said by all code."""
    own = [module for module in app() if module.name.startswith(LESSONS) and lesson in lessons_of(module)]
    nodes = [node for module in own or app() for node in ast.walk(module.tree) if isinstance(node, ast.Constant)]
    return frozenset(node.value for node in nodes if isinstance(node.value, str))


class Module:
    """One file of the app: its code, and where it is a module of the package what its names are."""

    def __init__(self, path: Path, source: str) -> None:
        self.name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        self.path, self.source, self.tree = path, source, ast.parse(source)
        nodes = list(ast.walk(self.tree))
        self.parent = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        self.calls = [node for node in nodes if isinstance(node, ast.Call)]

    @cached_property
    def globals(self) -> dict[str, Any]:
        is_ours = self.name.startswith("attnviz.") and not self.name.startswith("attnviz.hf")
        return vars(importlib.import_module(self.name)) if is_ours and self.path.exists() else {}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from inside."""
        while node in self.parent:
            node = self.parent[node]
            yield node

    def names(self, node: ast.AST) -> list[str]:
        """Return what a name can be that a call asks for, holes in it."""
        if isinstance(node, ast.IfExp):
            return self.names(node.body) + self.names(node.orelse)
        told = []
        for part in node.values if isinstance(node, ast.JoinedStr) else [node]:
            try:
                told.append(self.can_be(part.value if isinstance(part, ast.FormattedValue) else part))
            except (Untold, AttributeError, TypeError, LookupError):
                told.append([HOLE])
        return ["".join(map(str, chosen)) for chosen in itertools.product(*told)]

    def can_be(self, node: ast.AST) -> list[Any]:
        """Return what an expression can be; ``Untold`` where the lines around it don't tell."""
        match node:
            case ast.JoinedStr():
                return self.names(node)
            case ast.IfExp():
                return self.can_be(node.body) + self.can_be(node.orelse)
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return [True, False]
            case ast.Name():
                return [it for one in self.named(node) for it in self.can_be(one)]
            case ast.Attribute():
                return [it for one in self.can_be(node.value) for it in attribute(one, node.attr)]
            case ast.Subscript(value=ast.Dict(values=values)):
                return [it for value in values for it in self.can_be(value)]
        return [self.computed(node)]

    def computed(self, node: ast.AST) -> Any:
        """Return the object that an expression is, when it is made of the module's own names alone."""
        if isinstance(node, ast.Constant):
            return node.value
        if all(isinstance(part, PLAIN) for part in ast.walk(node)):
            try:
                return eval(compile(ast.Expression(node), "", "eval"), dict(self.globals))  # type: ignore[arg-type]
            except Exception as error:
                raise Untold from error
        raise Untold

    def named(self, name: ast.Name) -> list[ast.AST]:
        """Return what a name can be: what the nearest loop, function or module says."""
        for node in self.above(name):
            for loop in getattr(node, "generators", [node]):
                if isinstance(loop, ast.For | ast.comprehension) and name.id in written(loop):
                    return [bound(loop.target, one)[name.id] for one in self.spread(loop.iter)]
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if own := [one for one in arguments if one.arg == name.id]:
                    return self.allowed(own[0].annotation) or self.options(node)
                if writes := [part for part in ast.walk(node) if name.id in written(part)]:
                    return [one for part in writes for one in self.assigned(part, name.id)]
        return [ast.Constant(self.computed(name))]

    def assigned(self, node: Any, name: str) -> list[ast.AST]:
        """Return what one statement lets a name be."""
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and node.value is not None and not isinstance(node, ast.AugAssign):
            try:
                return [ast.Constant(it) for it in self.can_be(node.value)]
            except Untold:
                return self.allowed(getattr(node, "annotation", None)) or [node.value]
        raise Untold

    def options(self, function: ast.AST) -> list[ast.AST]:
        """Return what a widget offers that writes its options out by this function."""
        call = self.parent.get(function)
        call = self.parent.get(call) if isinstance(call, ast.keyword) else call
        if isinstance(function, ast.Lambda) and isinstance(call, ast.Call):
            for other in [*call.args, *(one.value for one in call.keywords)]:
                if isinstance(other, ast.Tuple | ast.List | ast.Name | ast.Attribute):
                    try:
                        return self.spread(other)
                    except (Untold, TypeError):
                        continue
        raise Untold

    def allowed(self, annotation: ast.expr | None) -> list[ast.AST]:
        """Return the values that ``Literal``, ``Annotated[str, values]`` or ``bool`` allows; none for other types."""
        try:
            kind = eval(ast.unparse(annotation), {"Literal": Literal, "Annotated": Annotated, **self.globals})
        except Exception:
            return []
        if kind is bool:
            kind = Literal[True, False]
        values = {Literal: get_args(kind), Annotated: get_args(kind)[-1:]}.get(get_origin(kind), ())
        return [ast.Constant(it) for one in values for it in (one if isinstance(one, tuple) else [one])]

    def spread(self, node: ast.AST) -> list[ast.AST]:
        """Return what a loop goes through."""
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                spreads = [self.spread(part.value) if isinstance(part, ast.Starred) else [part] for part in parts]
                return [one for spread in spreads for one in spread]
            case ast.Dict(keys=keys) if all(keys):
                return [key for key in keys if key]
            case ast.Call(func=ast.Attribute(attr="items", value=ast.Dict(keys=keys, values=values))) if all(keys):
                return [ast.Tuple([*pair]) for pair in zip(keys, values, strict=True)]
            case ast.Call(func=ast.Attribute(attr="items", value=table)):
                return [ast.Constant(pair) for pair in self.computed(table).items()]
            case ast.Call(func=ast.Name(id="enumerate"), args=[inside]):
                return self.zipped([ast.Name(""), inside])
            case ast.Call(func=ast.Name(id="zip"), args=columns):
                return self.zipped(columns)
            case ast.Call(func=ast.Name(id="sorted" | "reversed" | "list" | "tuple"), args=[inside, *_]):
                return self.spread(inside)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self.spread(left) + self.spread(right)
            case ast.Name() if not (len(found := self.named(node)) == 1 and isinstance(found[0], ast.Constant)):
                return [one for whole in found for one in self.spread(whole)]
        return [ast.Constant(it) for whole in self.can_be(node) for it in whole]

    def zipped(self, columns: list[ast.expr]) -> list[ast.AST]:
        """Return the pairs of a ``zip``; a column that can't be told is one that nobody asks for."""
        spreads: list[list[ast.AST]] = []
        for column in columns:
            try:
                spreads.append(self.spread(column))
            except (Untold, TypeError, AttributeError):
                spreads.append([])
        if not (longest := max(map(len, spreads))):
            raise Untold
        filled = [spread or [ast.Name("")] * longest for spread in spreads]
        return [ast.Tuple(list(pair)) for pair in zip(*filled, strict=False)]


def attribute(it: Any, name: str) -> list[Any]:
    """Return what a field of an object can be; the value of a setting is one of those that it allows."""
    if not (isinstance(it, Setting) and name == "value"):
        return [getattr(it, name)]
    if isinstance(it.default, bool):
        return [True, False]
    return list(inspect.getclosurevars(it.read).nonlocals["allowed"])


def bound(target: ast.AST, one: ast.AST) -> dict[str, ast.AST]:
    """Return what the names of a loop's target are, of one thing that it goes through."""
    if isinstance(target, ast.Name):
        return {target.id: one}
    parts = getattr(target, "elts", [])
    if isinstance(one, ast.Constant) and isinstance(one.value, tuple):
        one = ast.Tuple([ast.Constant(it) for it in one.value])
    if not isinstance(one, ast.Tuple) or len(one.elts) != len(parts):
        raise Untold
    return {name: it for part, inside in zip(parts, one.elts, strict=True) for name, it in bound(part, inside).items()}


def written(node: Any) -> set[str]:
    """The names that an assignment or a loop writes."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    parts = [part for target in targets if isinstance(target, ast.expr) for part in ast.walk(target)]
    return {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


@cache
def app() -> tuple[Module, ...]:
    """The code of the app."""
    files = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "attnviz").rglob("*.py"))]
    return tuple(Module(path, path.read_text(encoding="utf-8")) for path in files)


def lessons_of(module: Module) -> set[str]:
    """The lessons whose ``say`` a file calls: its own, else those that import it."""
    if module.name.startswith(LESSONS):
        return {module.name.removeprefix("attnviz.").split(".")[1].replace("-", "_")}
    imports = re.compile(rf"(?m)^from {re.escape(module.name)} import ")
    others = [one for one in app() if one.name.startswith(LESSONS) and imports.search(one.source)]
    return {lesson for other in others for lesson in lessons_of(other)}


def asked(modules: tuple[Module, ...]) -> list[Ask]:
    """Return every call that asks for strings."""
    found = []
    for module in modules:
        for call in module.calls:
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if isinstance(call.func, ast.Call) and getattr(call.func.func, "id", "") == "Texts":
                name = "texts"  # Texts("en")("ui.empty")
            if name not in SUFFIXES or not call.args or module.name in ("attnviz.session.catalog", "attnviz.ui.lesson"):
                continue
            if name in ("section", "mistake", "predict") and not isinstance(call.func, ast.Attribute):
                continue
            tests = [ast.unparse(one.test) for one in module.above(call) if isinstance(one, ast.If | ast.IfExp)]
            given = frozenset(one.arg for one in call.keywords if one.arg)
            for prefix in [""] if name == "texts" else [f"{lesson}." for lesson in sorted(lessons_of(module))]:
                for suffix in SUFFIXES[name]:
                    names = frozenset(one + suffix for one in module.names(call.args[0]))
                    found.append(
                        Ask(
                            f"{module.path.relative_to(ROOT)}:{call.lineno}",
                            prefix,
                            names,
                            frozenset() if suffix == "_title" else given,
                            any(one.arg is None for one in call.keywords),
                            any(test.endswith(" in texts") for test in tests),
                        )
                    )
    return found
