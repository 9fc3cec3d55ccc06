"""What an expression can be, read from the code: a small abstract interpreter of names.

``f"name_{step.slug}"`` can be as many strings as there are steps. What stands in the braces is followed to where it
is written: constants, loops over tuples and dictionaries, ``Literal`` annotations (or ``Annotated[str, values]``), the
options of a widget, the values that a ``Setting`` allows, what a function returns and what its callers give it.
"""

import ast
import importlib
import inspect
import itertools
import types
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from attnviz.session.choices import _READ, Choices
from attnviz.session.settings import Setting

ROOT = Path(__file__).resolve().parents[1]
DEEP = 24  # how far a name is followed
CHOSEN = {"segments", "select", "slider", "selectbox", "radio", "segmented_control", "select_slider", "pills"}
SAFE = {
    "sorted",
    "tuple",
    "list",
    "set",
    "dict",
    "range",
    "enumerate",
    "zip",
    "reversed",
    "get_args",
    "len",
    "map",
    "str",
}
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
Function = ast.FunctionDef | ast.Lambda


class Unknown(Exception):
    """What can't be told from the code."""


@dataclass(frozen=True)
class Value:
    """A Python object."""

    it: Any


@dataclass(frozen=True)
class Later:
    """An expression, and what is known where it stands."""

    node: ast.AST
    env: "Env"


@dataclass(frozen=True)
class Several:
    """A tuple of which each part is one of these."""

    parts: tuple["Known", ...]


Known = Value | Later | Several | None  # None: can't be told
Bound = Mapping[str, Known]
Env = tuple[tuple[ast.AST, Any], ...]  # a loop or a function, and what its names are this time
EMPTY: Env = ()


@dataclass
class Module:
    """One file: its tree, its name, and the module itself where it can be imported."""

    path: Path
    source: str
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.source)

    @property
    def name(self) -> str:
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def globals(self) -> dict[str, Any]:
        """What the module's names are; a page draws when it is imported, so only what it imports is known of it."""
        if self.name.startswith("attnviz.") and self.path.exists():
            try:
                return vars(importlib.import_module(self.name))
            except ModuleNotFoundError as error:  # what an installation may leave out says nothing on the screen
                if (error.name or "").startswith("attnviz"):
                    raise
                return {}
        found: dict[str, Any] = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("attnviz"):
                home = importlib.import_module(node.module or "")
                for alias in node.names:
                    if not hasattr(home, alias.name):
                        importlib.import_module(f"{node.module}.{alias.name}")
                    found[alias.asname or alias.name] = getattr(home, alias.name)
        return found


class Code:
    """All files of the app, or what a test plants."""

    def __init__(self, sources: Mapping[Path, str]) -> None:
        self.modules = [Module(path, source) for path, source in sources.items()]
        self.parent: dict[ast.AST, ast.AST] = {}
        self.home: dict[ast.AST, Module] = {}
        self.calls: dict[str, list[ast.Call]] = defaultdict(list)
        self.functions: dict[str, list[ast.FunctionDef]] = defaultdict(list)
        for module in self.modules:
            for node in ast.walk(module.tree):
                self.home[node] = module
                for child in ast.iter_child_nodes(node):
                    self.parent[child] = node
                if isinstance(node, ast.Call) and (name := called(node)):
                    self.calls[name].append(node)
                elif isinstance(node, ast.FunctionDef):
                    self.functions[node.name].append(node)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from inside."""
        while node in self.parent:
            node = self.parent[node]
            yield node

    # ---- what an expression can be

    def possible(self, node: ast.AST, env: Env = EMPTY, depth: int = 0) -> list[Any]:
        """Return every object that an expression can be; ``Unknown`` when that can't be told."""
        if isinstance(node, ast.Constant):
            return [node.value]
        if depth > DEEP:
            raise Unknown(ast.unparse(node))
        try:
            return self.follow(node, env, depth)
        except (TypeError, AttributeError, KeyError, IndexError, ValueError) as error:
            raise Unknown(ast.unparse(node)) from error  # things of another kind than the code before it takes them for

    def follow(self, node: ast.AST, env: Env, depth: int) -> list[Any]:
        """Return the same, for what is no constant."""
        if not isinstance(node, ast.Name) and (forks := self.forks(node, env, depth)):
            return unique(it for one in forks for it in self.possible(node, one, depth + 1))
        try:
            return [self.evaluated(node, env)]
        except Unknown:
            pass
        match node:
            case ast.Name():
                found = self.lookup(node, env, depth)
                return self.narrowed(node, unique(it for one in found for it in self.objects(one, depth + 1)))
            case ast.JoinedStr():
                parts = [self.possible(part, env, depth + 1) for part in node.values]
                return unique("".join(map(str, chosen)) for chosen in itertools.product(*parts))
            case ast.FormattedValue():
                return self.possible(node.value, env, depth + 1)
            case ast.IfExp():
                taken = []
                for test in self.truths(node.test, env, depth):
                    taken += self.possible(node.body if test else node.orelse, env, depth + 1)
                return unique(taken)
            case ast.BoolOp(op=ast.Or()):
                return unique(it for part in node.values for it in self.possible(part, env, depth + 1) if it)
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self.truths(node, env, depth)
            case ast.NamedExpr():
                return self.possible(node.value, env, depth + 1)
            case ast.Subscript():
                return self.item(node, env, depth)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                sign = 1 if isinstance(node.op, ast.Add) else -1
                pairs = itertools.product(
                    self.possible(node.left, env, depth + 1), self.possible(node.right, env, depth + 1)
                )
                return unique(left + right if sign > 0 else left - right for left, right in pairs)
            case ast.Attribute():
                return self.attribute(node, env, depth)
            case ast.Call():
                return self.result(node, env, depth)
        raise Unknown(ast.unparse(node))

    def objects(self, known: Known, depth: int) -> list[Any]:
        """Return the objects that something known can be."""
        if isinstance(known, Value):
            return [known.it]
        if isinstance(known, Later):
            return self.possible(known.node, known.env, depth)
        if isinstance(known, Several):
            return [tuple(one) for one in itertools.product(*(self.objects(part, depth) for part in known.parts))]
        raise Unknown("a value from outside")

    def truths(self, node: ast.AST, env: Env, depth: int) -> list[bool]:
        """Return what a condition can be: both, unless its parts are known."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            operations: dict[type, Callable[[Any, Any], bool]] = {
                ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b,
                ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
            }  # fmt: skip
            operation = operations.get(type(node.ops[0]))
            try:
                pairs = itertools.product(
                    self.possible(node.left, env, depth + 1), self.possible(node.comparators[0], env, depth + 1)
                )
                if operation:
                    return unique(operation(a, b) for a, b in pairs)
            except Unknown:
                pass
        elif isinstance(node, ast.Name):
            try:
                return unique(bool(it) for it in self.possible(node, env, depth + 1))
            except Unknown:
                pass
        return [True, False]

    def narrowed(self, name: ast.Name, found: list[Any]) -> list[Any]:
        """Leave out what an ``if`` around a name, or one above it that leaves the function, rules out."""
        inside: ast.AST = name
        for node in self.above(name):
            tests: list[tuple[ast.AST, bool]] = []
            if isinstance(node, ast.If):
                tests = [(node.test, True)] if inside in node.body else [(node.test, False)] * (inside in node.orelse)
            elif isinstance(node, ast.FunctionDef) and inside in node.body:
                before = node.body[: node.body.index(inside)]  # type: ignore[arg-type]
                tests = [
                    (one.test, False)
                    for one in before
                    if isinstance(one, ast.If) and isinstance(one.body[-1], ast.Return | ast.Raise)
                ]
            for test, wanted in tests:
                if isinstance(test, ast.Compare) and ast.unparse(getattr(test.left, "target", test.left)) == name.id:
                    try:
                        things = self.possible(test.comparators[0])
                    except Unknown:
                        continue
                    kept = {ast.In: lambda it, all_: it in all_, ast.Eq: lambda it, one: it == one}
                    if (holds := kept.get(type(test.ops[0]))) and len(things) == 1:
                        found = [it for it in found if holds(it, things[0]) is wanted]
            if isinstance(node, Function):
                break
            inside = node
        return found

    def evaluated(self, node: ast.AST, env: Env) -> Any:
        """Return an expression's value when only names of its module stand in it, and harmless calls."""
        bound: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                bound.add(part.id)
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id not in bound and not self.is_global(part):
                raise Unknown(part.id)
            if isinstance(part, ast.Call):
                name = called(part)
                if isinstance(part.func, ast.Name) and name not in SAFE:
                    raise Unknown(name)
                if isinstance(part.func, ast.Attribute) and name not in ("items", "values", "keys"):
                    raise Unknown(name)
            if isinstance(part, ast.Lambda | ast.JoinedStr | ast.Attribute) and not isinstance(
                self.parent.get(part), ast.Call
            ):
                if isinstance(part, ast.Attribute) and part.attr != "value":
                    continue
                raise Unknown("not plain")
        try:
            code = compile(ast.fix_missing_locations(ast.Expression(node)), "<asked>", "eval")  # type: ignore[arg-type]
            return eval(code, dict(self.home[node].globals))
        except Exception as error:
            raise Unknown(ast.unparse(node)) from error

    def is_global(self, name: ast.Name) -> bool:
        """Whether a name means the module's own, or a builtin."""
        if self.binder(name) is not None:
            return False
        return name.id in self.home[name].globals or name.id in SAFE

    # ---- names

    def binder(self, name: ast.Name) -> ast.AST | None:
        """Return what gives a name its value: a loop, a function; None: the module."""
        inside: ast.AST = name
        for node in self.above(name):
            if isinstance(node, COMPREHENSIONS):
                for loop in node.generators:
                    if name.id in names(loop.target) and inside is not loop.iter:
                        return loop
            elif isinstance(node, ast.For):
                if name.id in names(node.target) and inside is not node.iter:
                    return node
            elif isinstance(node, Function) and (name.id in parameters(node) or name.id in self.assigned(node)):
                return node
            inside = node
        return None

    def assigned(self, scope: ast.AST) -> dict[str, list[ast.AST]]:
        """Return the names that are written in a function or a module, and the statements that write them."""
        if scope not in self._assigned:
            found: dict[str, list[ast.AST]] = defaultdict(list)
            waiting = list(scope.body) if isinstance(scope, ast.FunctionDef | ast.Module) else []
            while waiting:
                node = waiting.pop()
                targets: list[ast.AST] = []
                if isinstance(node, ast.Assign):
                    targets = list(node.targets)
                elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For):
                    targets = [node.target]
                for target in targets:
                    for name in names(target):
                        found[name].append(node)
                if not isinstance(node, Function | ast.ClassDef | COMPREHENSIONS):
                    waiting += ast.iter_child_nodes(node)
            self._assigned[scope] = found
        return self._assigned[scope]

    @cached_property
    def _assigned(self) -> dict[ast.AST, dict[str, list[ast.AST]]]:
        return {}

    def lookup(self, name: ast.Name, env: Env, depth: int) -> list[Known]:
        """Return what a name can be."""
        binder = self.binder(name)
        for node, bound in reversed(env):
            if node is binder and name.id in bound:
                return [bound[name.id]]
        if isinstance(binder, ast.comprehension | ast.For):
            return [bind(binder.target, one)[name.id] for one in self.elements(binder.iter, env, depth + 1)]
        if isinstance(binder, Function):
            if name.id in parameters(binder):
                return [bound[name.id] for bound in self.given(binder, name.id, env, depth)]
            return self.written(name.id, binder, env, depth)
        module = self.home[name]
        if name.id in module.globals:
            return [Value(module.globals[name.id])]
        return self.written(name.id, module.tree, env, depth)

    def written(self, name: str, scope: ast.AST, env: Env, depth: int) -> list[Known]:
        """Return what the statements of a function or module let a name be."""
        found: list[Known] = []
        statements = self.assigned(scope).get(name, [])
        plain = [node for node in statements if not isinstance(node, ast.For)] or statements
        for node in plain:
            if isinstance(node, ast.AnnAssign) and (literal := self.annotated(node.annotation)):
                try:
                    found += [Value(it) for it in self.possible(node.value or node, env, depth + 1)]
                except Unknown:
                    found += [Value(it) for it in literal]
            elif isinstance(node, ast.For):
                found += [bind(node.target, one)[name] for one in self.elements(node.iter, env, depth + 1)]
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if name in names(target):
                        found += [bound[name] for bound in self.unpacked(target, node.value, env, depth)]
            elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
                found.append(Later(node.value, env))
        if not found:
            raise Unknown(name)
        return found

    def unpacked(self, target: ast.AST, value: ast.AST, env: Env, depth: int) -> list[Bound]:
        """Return what an assignment gives the names of its target, for each thing that its right side can be."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.IfExp):
            return self.unpacked(target, value.body, env, depth) + self.unpacked(target, value.orelse, env, depth)
        if isinstance(target, ast.Tuple) and not isinstance(value, ast.Tuple):
            try:
                return [bind(target, Value(it)) for it in self.possible(value, env, depth + 1)]
            except Unknown:
                pass
        return [bind(target, Later(value, env))]

    def annotated(self, annotation: ast.AST | None) -> tuple[Any, ...]:
        """Return the values that a ``Literal`` annotation, or ``bool``, allows; none when it is another one."""
        if annotation is None:
            return ()
        try:
            kind = eval(
                ast.unparse(annotation), {"Literal": Literal, "Annotated": Annotated, **self.home[annotation].globals}
            )
        except Exception:
            return ()
        if kind is bool:
            return (True, False)
        if get_origin(kind) is Annotated:
            return tuple(get_args(kind)[1])
        return get_args(kind) if get_origin(kind) is Literal else ()

    def given(self, function: Function, name: str, env: Env, depth: int) -> list[Bound]:
        """Return what a function's parameters can be: by its annotation, else by each of its callers."""
        arguments = function.args
        everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        (own,) = [one for one in everything if one.arg == name]
        if literal := self.annotated(own.annotation):
            return [{name: Value(it)} for it in literal]
        found = list(self.sites(function, depth))
        if not found:
            raise Unknown(f"{name}, which nobody gives")
        return found

    def sites(self, function: Function, depth: int) -> Iterator[Bound]:
        """Return what each caller gives a function."""
        if depth > DEEP:
            raise Unknown("too deep")
        order = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        for options in self.offered(function):
            for one in self.elements(options, EMPTY, depth + 1):
                yield {order[-1] if isinstance(function, ast.FunctionDef) else order[0]: one}
        if isinstance(function, ast.Lambda):
            return
        if order[:1] in (["self"], ["cls"]):
            order = order[1:]
        defaults = dict(zip(reversed(order), reversed(function.args.defaults), strict=False))
        defaults |= {
            one.arg: value
            for one, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
            if value is not None
        }
        for call in self.calls.get(function.name, []):
            if not self.means(call, function):
                continue
            bound: dict[str, Known] = {name: Later(value, EMPTY) for name, value in defaults.items()}
            for at, argument in enumerate(call.args):
                if isinstance(argument, ast.Starred):
                    bound |= dict.fromkeys(order[at:])
                    break
                if at < len(order):
                    bound[order[at]] = Later(argument, EMPTY)
            bound |= {one.arg: Later(one.value, EMPTY) for one in call.keywords if one.arg}
            yield {name: bound.get(name) for name in parameters(function)}

    def offered(self, function: Function) -> Iterator[ast.AST]:
        """Return the options of the widgets that show them by a function."""
        for node in [function] if isinstance(function, ast.Lambda) else []:
            call: ast.AST = self.parent[node]
            if isinstance(call, ast.keyword):
                call = self.parent[call]
            if isinstance(call, ast.Call) and (options := widget_options(call)) is not None:
                yield options
        if isinstance(function, ast.FunctionDef):
            for name in CHOSEN:
                for call in self.calls.get(name, []):
                    shown = [one.value for one in call.keywords if one.arg in ("format_func", "shown")] + call.args[3:4]
                    named = any(isinstance(one, ast.Name) and one.id == function.name for one in shown)
                    options = widget_options(call)
                    if named and options is not None and self.home[call] is self.home[function]:
                        yield options

    def means(self, call: ast.Call, function: ast.FunctionDef) -> bool:
        """Whether a call of a function's name means that function."""
        here, there = self.home[call], self.home[function]
        is_method = isinstance(self.parent.get(function), ast.ClassDef)
        if isinstance(call.func, ast.Name):
            if here is there:
                return not is_method
            return not is_method and any(
                isinstance(node, ast.ImportFrom) and node.module == there.name
                and any((alias.asname or alias.name) == function.name for alias in node.names)
                for node in ast.walk(here.tree)
            )  # fmt: skip
        base = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(base, ast.Name) and isinstance(here.globals.get(base.id), types.ModuleType):
            return not is_method and here.globals[base.id].__name__ == there.name
        return is_method

    def defined(self, call: ast.Call) -> list[ast.FunctionDef]:
        """Return the functions that a call can mean."""
        return [one for one in self.functions.get(called(call), []) if self.means(call, one)]

    def forks(self, node: ast.AST, env: Env, depth: int) -> list[Env]:
        """Return one environment for each turn of the first loop, or call of the function, whose names stand in it.

        So that two names of one loop, or of one call, always belong together.
        """
        fixed = {one for one, _ in env}
        for name in ast.walk(node):
            if not (isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)):
                continue
            binder = self.binder(name)
            if binder is None or binder in fixed or any(one is binder for one in ast.walk(node)):
                continue
            if isinstance(binder, ast.For | ast.comprehension):
                try:
                    turns = self.elements(binder.iter, env, depth + 1)
                except Unknown:
                    continue
                return [(*env, (binder, bind(binder.target, one))) for one in turns]
            if isinstance(binder, Function) and name.id in parameters(binder):
                try:
                    return [(*env, (binder, bound)) for bound in self.given(binder, name.id, env, depth + 1)]
                except Unknown:
                    continue
        return []

    # ---- parts of things

    def elements(self, node: ast.AST, env: Env, depth: int) -> list[Known]:
        """Return what a loop over an expression goes through."""
        if depth > DEEP:
            raise Unknown("too deep")
        try:
            return [Value(it) for it in self.evaluated(node, env)]
        except (Unknown, TypeError):
            pass
        match node:
            case ast.Tuple() | ast.List() | ast.Set():
                found: list[Known] = []
                for part in node.elts:
                    if isinstance(part, ast.Starred):
                        found += self.elements(part.value, env, depth + 1)
                    else:
                        found.append(Later(part, env))
                return found
            case ast.Dict():
                return self.dictionary(node, env, depth)[0]
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp():
                envs = [env]
                for loop in node.generators:
                    envs = [
                        (*one, (loop, bind(loop.target, turn)))
                        for one in envs
                        for turn in self.elements(loop.iter, one, depth + 1)
                    ]
                kept = node.key if isinstance(node, ast.DictComp) else node.elt
                if isinstance(kept, ast.Name):
                    return [known for one in envs for known in self.lookup(kept, one, depth + 1)]
                return [Later(kept, one) for one in envs]
            case ast.IfExp():
                return [
                    one
                    for test in self.truths(node.test, env, depth)
                    for one in self.elements(node.body if test else node.orelse, env, depth + 1)
                ]
            case ast.BinOp(op=ast.Mult()):  # ["said"] * bool(...)
                return self.elements(node.left, env, depth + 1)
            case ast.BinOp(op=ast.Add() | ast.BitOr()):
                return self.elements(node.left, env, depth + 1) + self.elements(node.right, env, depth + 1)
            case ast.Subscript(slice=ast.Slice(lower=low, upper=high)):
                try:
                    ends = [None if end is None else self.possible(end, env, depth + 1)[0] for end in (low, high)]
                    wholes = self.possible(node.value, env, depth + 1)
                except Unknown:
                    return self.elements(node.value, env, depth + 1)
                return [Value(it) for whole in wholes for it in whole[slice(*ends)]]
            case ast.Call():
                return self.call_elements(node, env, depth)
            case ast.Name():
                found = [one for known in self.lookup(node, env, depth) for one in self.parts(known, depth + 1)]
                return found + [Later(more, env) for more in self.appended(node)]
        return [Value(it) for whole in self.possible(node, env, depth + 1) for it in whole]

    def appended(self, name: ast.Name) -> list[ast.AST]:
        """Return what is put behind a list of a function."""
        scope = self.binder(name)
        return [
            call.args[0]
            for call in self.calls.get("append", [])
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
            and call.func.value.id == name.id and scope is not None and self.binder(call.func.value) is scope
        ]  # fmt: skip

    def parts(self, known: Known, depth: int) -> list[Known]:
        """Return what a loop over something known goes through."""
        if isinstance(known, Value):
            return [Value(it) for it in known.it]
        if isinstance(known, Later):
            return self.elements(known.node, known.env, depth)
        if isinstance(known, Several):
            return list(known.parts)
        raise Unknown("a value from outside")

    def call_elements(self, node: ast.Call, env: Env, depth: int) -> list[Known]:
        """Return what a loop over a call's result goes through."""
        name, first = called(node), node.args[0] if node.args else None
        if isinstance(node.func, ast.Attribute) and name in ("items", "values", "keys"):
            keys, values = self.dictionary(node.func.value, env, depth)
            if name == "items":
                return [Several(pair) for pair in zip(keys, values, strict=True)]
            return keys if name == "keys" else values
        if first is not None and name in ("sorted", "reversed", "list", "tuple", "set", "fromkeys", "distinct"):
            return self.elements(first, env, depth + 1)
        if name == "enumerate" and first is not None:
            return [Several((None, one)) for one in self.elements(first, env, depth + 1)]
        if name == "zip":
            columns: list[list[Known] | None] = []
            for part in node.args:
                try:
                    columns.append(self.elements(part, env, depth + 1))
                except Unknown:
                    columns.append(None)
            lengths = [len(one) for one in columns if one is not None]
            if not lengths:
                raise Unknown(ast.unparse(node))
            return [Several(tuple(one[at] if one else None for one in columns)) for at in range(min(lengths))]
        if name == "dict" and node.keywords:
            return [Value(one.arg) for one in node.keywords if one.arg]
        found: list[Known] = []
        for function, inner in self.entered(node, env):
            for value in returned(function):
                found += self.elements(value, inner, depth + 1)
        if not found:
            raise Unknown(ast.unparse(node))
        return found

    def dictionary(self, node: ast.AST, env: Env, depth: int) -> tuple[list[Known], list[Known]]:
        """Return the keys and the values of a dictionary."""
        if isinstance(node, ast.Dict):
            keys: list[Known] = []
            values: list[Known] = []
            for key, value in zip(node.keys, node.values, strict=True):
                if key is None:
                    more = self.dictionary(value, env, depth + 1)
                    keys, values = keys + more[0], values + more[1]
                else:
                    keys, values = [*keys, Later(key, env)], [*values, Later(value, env)]
            return keys, values
        if isinstance(node, ast.Name):
            keys, values = [], []
            for known in self.lookup(node, env, depth):
                if isinstance(known, Value):
                    pairs = dict(known.it)
                    more = [Value(it) for it in pairs], [Value(it) for it in pairs.values()]
                elif isinstance(known, Later):
                    more = self.dictionary(known.node, known.env, depth + 1)
                else:
                    raise Unknown(node.id)
                keys, values = keys + list(more[0]), values + list(more[1])
            return keys, values
        if isinstance(node, ast.DictComp):
            pairs = [self.elements(ast_copy(node, part), env, depth) for part in (node.key, node.value)]
            return pairs[0], pairs[1]
        if isinstance(node, ast.BinOp):
            left, right = (self.dictionary(part, env, depth + 1) for part in (node.left, node.right))
            return left[0] + right[0], left[1] + right[1]
        if isinstance(node, ast.Call):
            keys, values = [], []
            for function, inner in self.entered(node, env):
                for value in returned(function):
                    more = self.dictionary(value, inner, depth + 1)
                    keys, values = keys + more[0], values + more[1]
            if keys:
                return keys, values
        return [], [Value(it) for whole in self.possible(node, env, depth + 1) for it in whole.values()]

    def item(self, node: ast.Subscript, env: Env, depth: int) -> list[Any]:
        """Return what ``things[index]`` can be."""
        try:
            wholes, places = self.possible(node.value, env, depth + 1), self.possible(node.slice, env, depth + 1)
            return unique(whole[place] for whole in wholes for place in places)
        except (Unknown, TypeError, KeyError, IndexError):
            pass
        try:
            _, found = self.dictionary(node.value, env, depth + 1)
        except (Unknown, AttributeError):
            found = self.elements(node.value, env, depth + 1)
        return unique(it for one in found for it in self.objects(one, depth + 1))

    def attribute(self, node: ast.Attribute, env: Env, depth: int) -> list[Any]:
        """Return what ``thing.name`` can be: of the thing itself, else of its class."""
        try:
            found = self.possible(node.value, env, depth + 1)
        except Unknown:
            found = []
        if found and not all(isinstance(it, types.ModuleType) for it in found):
            return unique(one for it in found for one in field_of(it, node.attr))
        results: list[Any] = []
        for kind in self.kinds(node.value, env, depth + 1):
            results += self.of_kind(kind, node.attr, depth)
        if not results:
            raise Unknown(ast.unparse(node))
        return unique(results)

    def of_kind(self, kind: type, name: str, depth: int) -> list[Any]:
        """Return what the field ``name`` of a class can be: by its annotation, its code, or its known instances."""
        if kind is Choices and (allowed := allowed_by(_READ[name])):
            return list(allowed)
        hint = hint_of(kind, name)
        if hint is bool:
            return [True, False]
        if get_origin(hint) is Literal:
            return list(get_args(hint))
        if get_origin(hint) is tuple and get_origin(get_args(hint)[0]) is Literal:
            return [get_args(get_args(hint)[0])]  # some of these, or all
        getters = [one for one in self.functions.get(name, []) if self.is_in(one, kind)]
        found = [it for one in getters for value in returned(one) for it in self.possible(value, EMPTY, depth + 1)]
        if not found:
            found = [getattr(it, name) for it in instances(kind)] or self.constructed(kind, name, depth)
        if not found:
            raise Unknown(f"{kind.__name__}.{name}")
        return found

    def constructed(self, kind: type, name: str, depth: int) -> list[Any]:
        """Return what a field is given where objects of its class are made."""
        order, found = list(get_type_hints(kind)), []
        for call in self.calls.get(kind.__name__, []):
            if self.home[call].globals.get(kind.__name__) is kind:
                given = dict(zip(order, call.args, strict=False)) | {one.arg: one.value for one in call.keywords}
                if name in given:
                    found += self.possible(given[name], EMPTY, depth + 1)
        return unique(found)

    def is_in(self, function: ast.FunctionDef, kind: type) -> bool:
        """Whether a function is a method of a class."""
        around = self.parent.get(function)
        return (
            isinstance(around, ast.ClassDef)
            and self.home[function].name == kind.__module__
            and around.name in [one.__name__ for one in kind.__mro__]
        )

    def kinds(self, node: ast.AST, env: Env, depth: int) -> list[type]:
        """Return the classes of which an expression can be, by annotations."""
        if depth > DEEP:
            return []
        match node:
            case ast.Name():
                binder = self.binder(node)
                if isinstance(binder, Function):
                    arguments = (*binder.args.posonlyargs, *binder.args.args, *binder.args.kwonlyargs)
                    for one in arguments:
                        if one.arg == node.id and one.annotation is not None:
                            return classes(self.hint(one.annotation))
                        if one.arg == node.id == "self" and isinstance(around := self.parent[binder], ast.ClassDef):
                            return classes(self.home[node].globals.get(around.name))
                try:
                    known = self.lookup(node, env, depth)
                except Unknown:
                    known = []
                found = [kind for one in known for kind in self.kinds_of(one, depth + 1)]
                return found or self.loop_kinds(binder, node.id, env, depth)
            case ast.Attribute():
                return [
                    found
                    for kind in self.kinds(node.value, env, depth + 1)
                    for found in classes(hint_of(kind, node.attr))
                ]
            case ast.Call():
                made = self.home[node].globals.get(node.func.id) if isinstance(node.func, ast.Name) else None
                if isinstance(made, type):
                    return [made]
                return [kind for one in self.defined(node) for kind in classes(self.hint(one.returns))]
            case ast.Subscript():
                return [kind for kind in self.inner(node.value, env, depth)]
            case ast.IfExp():
                return self.kinds(node.body, env, depth + 1) + self.kinds(node.orelse, env, depth + 1)
        return []

    def kinds_of(self, known: Known, depth: int) -> list[type]:
        """Return the classes of which something known can be."""
        if isinstance(known, Value):
            return [type(known.it)]
        return self.kinds(known.node, known.env, depth) if isinstance(known, Later) else []

    def loop_kinds(self, binder: ast.AST | None, name: str, env: Env, depth: int) -> list[type]:
        """Return the classes of a loop's name, or of a name that a call's result is unpacked to."""
        if isinstance(binder, ast.comprehension | ast.For):
            return self.inner(binder.iter, env, depth)
        if isinstance(binder, ast.FunctionDef):
            statements = [one for one in self.assigned(binder).get(name, []) if isinstance(one, ast.Assign)]
            return [kind for one in statements for kind in self.inner(one.value, env, depth)]
        return []

    def inner(self, node: ast.AST, env: Env, depth: int) -> list[type]:
        """Return the classes of the parts of an expression."""
        hints: list[Any] = []
        if isinstance(node, ast.ListComp | ast.GeneratorExp) and isinstance(node.elt, ast.Name) and depth < DEEP:
            return self.inner(node.generators[0].iter, env, depth + 1)
        if isinstance(node, ast.Call):
            hints = [self.hint(one.returns) for one in self.defined(node)]
            if not hints and node.args:
                return self.inner(node.args[0], env, depth + 1)
        elif isinstance(node, ast.Attribute):
            hints = [hint_of(kind, node.attr) for kind in self.kinds(node.value, env, depth + 1)]
        elif isinstance(node, ast.Name):
            binder = self.binder(node)
            if isinstance(binder, Function) and node.id in parameters(binder):
                arguments = (*binder.args.posonlyargs, *binder.args.args, *binder.args.kwonlyargs)
                hints = [self.hint(one.annotation) for one in arguments if one.arg == node.id]
            elif isinstance(binder, ast.FunctionDef) and depth < DEEP:
                statements = [one for one in self.assigned(binder).get(node.id, []) if isinstance(one, ast.Assign)]
                return [kind for one in statements for kind in self.inner(one.value, env, depth + 1)]
        return [kind for hint in hints for part in get_args(hint) for kind in classes(part)]

    def hint(self, annotation: ast.AST | None) -> Any:
        """Return an annotation as an object; None when it has none, or can't be had."""
        try:
            return eval(ast.unparse(annotation), dict(self.home[annotation].globals)) if annotation else None
        except Exception:
            return None

    def result(self, node: ast.Call, env: Env, depth: int) -> list[Any]:
        """Return what a call can give back."""
        name, first = called(node), node.args[0] if node.args else None
        if name in CHOSEN and (options := widget_options(node)) is not None:
            return unique(it for one in self.elements(options, env, depth + 1) for it in self.objects(one, depth + 1))
        if name in ("str", "int") and isinstance(node.func, ast.Name) and first is not None:
            return unique((str if name == "str" else int)(it) for it in self.possible(first, env, depth + 1))
        if name in ("next", "max", "min") and isinstance(node.func, ast.Name) and first is not None:
            found = unique(it for one in self.elements(first, env, depth + 1) for it in self.objects(one, depth + 1))
            return unique([*found, *(self.possible(node.args[1], env, depth + 1) if len(node.args) > 1 else [])])
        if name == "bool":
            return [True, False]
        if name == "get" and isinstance(node.func, ast.Attribute):
            _, values = self.dictionary(node.func.value, env, depth + 1)
            found = [it for one in values for it in self.objects(one, depth + 1)]
            return unique([*found, *(self.possible(node.args[1], env, depth + 1) if len(node.args) > 1 else [])])
        if isinstance(node.func, ast.Attribute) and name in ("removesuffix", "removeprefix", "replace", "lower"):
            words = [self.possible(part, env, depth + 1)[0] for part in node.args]
            return unique(getattr(it, name)(*words) for it in self.possible(node.func.value, env, depth + 1))
        results: list[Any] = []
        for function, inner in self.entered(node, env):
            results += self.annotated(function.returns) or [
                it for value in returned(function) for it in self.possible(value, inner, depth + 1)
            ]
        if not results:
            raise Unknown(ast.unparse(node))
        return unique(results)

    def entered(self, node: ast.Call, env: Env) -> Iterator[tuple[ast.FunctionDef, Env]]:
        """Return the functions that a call can mean, each with its parameters as this call gives them."""
        for function in self.defined(node):
            order = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
            order = order[1:] if order[:1] in (["self"], ["cls"]) else order
            bound: dict[str, Known] = {
                name: Later(value, EMPTY)
                for name, value in zip(reversed(order), reversed(function.args.defaults), strict=False)
            }
            bound |= {
                name: Later(part, env)
                for name, part in zip(order, node.args, strict=False)
                if not isinstance(part, ast.Starred)
            }
            bound |= {one.arg: Later(one.value, env) for one in node.keywords if one.arg}
            yield function, (*env, (function, bound))

    # ---- places

    def places(self, call: ast.Call) -> frozenset[str] | None:
        """Return the names of all places that a call fills in; None when that can't be told."""
        try:
            return frozenset(self.given_keys(call, 0))
        except Unknown:
            return None

    def given_keys(self, call: ast.Call, depth: int) -> set[str]:
        """Return the names of all keywords of a call, those of its dictionaries too."""
        found = {one.arg for one in call.keywords if one.arg}
        for one in call.keywords:
            if one.arg is None:
                found |= self.keys(one.value, EMPTY, depth + 1)
        return found

    def put_in(self, name: ast.Name, depth: int) -> set[str]:
        """Return the keys that are put into a dictionary of a function after it was made."""
        scope, found = self.binder(name), set()
        for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else []:
            for target in node.targets if isinstance(node, ast.Assign) else []:
                if isinstance(target, ast.Subscript) and ast.unparse(target.value) == name.id:
                    found |= set(self.possible(target.slice, EMPTY, depth + 1))
        return found

    def keys(self, node: ast.AST, env: Env, depth: int) -> set[str]:
        """Return the keys that a dictionary of places has."""
        if depth > DEEP:
            raise Unknown("too deep")
        match node:
            case ast.Dict():
                found: set[str] = set()
                for key, value in zip(node.keys, node.values, strict=True):
                    found |= self.keys(value, env, depth + 1) if key is None else set(self.possible(key, env, depth))
                return found
            case ast.BinOp():
                return self.keys(node.left, env, depth + 1) | self.keys(node.right, env, depth + 1)
            case ast.IfExp():
                return self.keys(node.body, env, depth + 1) | self.keys(node.orelse, env, depth + 1)
            case ast.DictComp():
                return {it for one in self.elements(node, env, depth) for it in self.objects(one, depth)}
            case ast.Name():
                found = set()
                for function in self.above(node):
                    if isinstance(function, ast.FunctionDef) and node.id == getattr(function.args.kwarg, "arg", ""):
                        for call in self.calls.get(function.name, []):
                            if self.means(call, function):
                                found |= self.given_keys(call, depth) - set(parameters(function))
                        return found
                for known in self.lookup(node, env, depth):
                    if isinstance(known, Later):
                        found |= self.keys(known.node, known.env, depth + 1)
                    elif isinstance(known, Value):
                        found |= set(known.it)
                    else:
                        raise Unknown(node.id)
                return found | self.put_in(node, depth)
            case ast.Call(func=ast.Name(id="dict")):
                found = {one.arg for one in node.keywords if one.arg}
                for part in [*node.args, *(one.value for one in node.keywords if not one.arg)]:
                    found |= self.keys(part, env, depth + 1)
                return found
            case ast.Call():
                found = set()
                for function, inner in self.entered(node, env):
                    for value in returned(function):
                        found |= self.keys(value, inner, depth + 1)
                if found:
                    return found
            case ast.Attribute():
                found, kinds = set(), self.kinds(node.value, env, depth + 1)
                for function in self.functions.get(node.attr, []):
                    if function.decorator_list and any(self.is_in(function, kind) for kind in kinds):
                        for value in returned(function):
                            found |= self.keys(value, EMPTY, depth + 1)
                if found:
                    return found
        raise Unknown(ast.unparse(node))


# ---- small things


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def names(target: ast.AST) -> set[str]:
    """The names that an assignment or a loop writes."""
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def parameters(function: Function) -> list[str]:
    """The names of a function's parameters, without ``*args`` and ``**kwargs``."""
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def unique(found: Iterable[Any]) -> list[Any]:
    """Each thing once, without None."""
    kept: list[Any] = []
    for it in found:
        if it is not None and not any(it is one or (type(it) is type(one) and it == one) for one in kept):
            kept.append(it)
    return kept


def returned(function: ast.FunctionDef) -> list[ast.AST]:
    """What the statements of a function give back."""
    found, waiting = [], list(function.body)
    while waiting:
        node: Any = waiting.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            found.append(node.value)
        if not isinstance(node, Function | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return found


def bind(target: ast.AST, known: Known) -> dict[str, Known]:
    """Return what the names of a target are when it is given something."""
    if isinstance(target, ast.Name):
        return {target.id: known}
    if not isinstance(target, ast.Tuple | ast.List):
        return dict.fromkeys(names(target))
    parts: list[Known] = [None] * len(target.elts)
    if isinstance(known, Several) and len(known.parts) == len(parts):
        parts = list(known.parts)
    elif isinstance(known, Later) and isinstance(known.node, ast.Tuple) and len(known.node.elts) == len(parts):
        parts = [Later(part, known.env) for part in known.node.elts]
    elif isinstance(known, Value) and isinstance(known.it, tuple | list) and len(known.it) == len(parts):
        parts = [Value(it) for it in known.it]
    return {name: it for part, one in zip(target.elts, parts, strict=True) for name, it in bind(part, one).items()}


def widget_options(call: ast.Call) -> ast.AST | None:
    """The options that a widget offers."""
    at = 2 if called(call) in ("segments", "select", "slider") and isinstance(call.func, ast.Name) else 1
    for one in call.keywords:
        if one.arg == "options":
            return one.value
    return call.args[at] if called(call) in CHOSEN and len(call.args) > at else None


def classes(hint: Any) -> list[type]:
    """The classes that an annotation names."""
    if isinstance(hint, type) and not get_args(hint):
        return [hint] if hint is not types.NoneType else []
    if get_origin(hint) in (Union, types.UnionType):
        return [kind for part in get_args(hint) for kind in classes(part)]
    return []


def hint_of(kind: type, name: str) -> Any:
    """The annotation of a field, or of what a property gives back."""
    own = inspect.getattr_static(kind, name, None)
    if isinstance(own, property) and own.fget:
        return get_type_hints(own.fget).get("return")
    try:
        return get_type_hints(kind).get(name)
    except Exception:
        return None


@cache
def instances(kind: type) -> tuple[Any, ...]:
    """The instances of a class that its module keeps, by themselves, in a tuple or in a dictionary."""
    kept: list[Any] = []
    for it in vars(importlib.import_module(kind.__module__)).values():
        parts = it.values() if isinstance(it, dict) else it if type(it) in (tuple, list) else [it]
        kept += [one for one in parts if isinstance(one, kind)]
    return tuple(kept)


def allowed_by(read: Callable[..., Any]) -> tuple[Any, ...]:
    """The values that a function which reads the link lets through, where it keeps them as ``allowed``."""
    return tuple(inspect.getclosurevars(read).nonlocals.get("allowed", ())) if inspect.isfunction(read) else ()


def field_of(it: Any, name: str) -> list[Any]:
    """What an object's field can be; a setting's value is one of those that it allows."""
    if isinstance(it, Setting) and name == "value":
        allowed = (True, False) if isinstance(it.default, bool) else allowed_by(it.read)
        if not allowed:
            raise Unknown(f"{it.name}.value")
        return list(allowed)
    if not hasattr(it, name):
        raise Unknown(f"{it!r}.{name}")
    return [getattr(it, name)]


def ast_copy(node: ast.DictComp, kept: ast.AST) -> ast.AST:
    """A dictionary's comprehension as one of its keys, or of its values, alone."""
    return ast.copy_location(ast.DictComp(key=kept, value=kept, generators=node.generators), node)
