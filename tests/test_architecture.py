"""The house rules of docs/architecture.md, held by reading every file's syntax tree.

Each rule is a function from (path, syntax tree) to findings ``path:line: what``; a second test plants
an offender for every rule, so that no rule can silently stop finding anything.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("app.py", "attnviz", "pages", "training", "benchmarks", "scripts", "tests")

# Low to high: a file imports from its own layer and from lower ones. ``attnviz`` itself is the public API.
LAYERS = {
    "attnviz.classroom": 0,
    "attnviz.model": 0,
    "attnviz.trace": 1,
    "attnviz.hf": 2,
    "attnviz": 3,
    "attnviz.concepts": 4,
    "attnviz.figures": 5,
    "attnviz.session": 6,
    "attnviz.charts": 7,
    "attnviz.components": 7,
    "attnviz.standalone": 8,
    "attnviz.ui": 8,
    "attnviz.web": 9,
    "attnviz.lessons": 9,
    "pages": 10,
    "app": 11,
}
ALLOWED = {
    "torch": (
        *("attnviz/model/", "attnviz/trace/", "attnviz/hf/", "attnviz/concepts/"),
        *("training/", "benchmarks/", "tests/"),
    ),
    "transformers": ("attnviz/hf/", "benchmarks/", "tests/hf/"),
    "huggingface_hub": ("attnviz/hf/", "tests/hf/"),
    "streamlit": (
        *("attnviz/session/", "attnviz/components/", "attnviz/ui/", "attnviz/lessons/", "pages/", "app.py"),
        *("attnviz/web/shell.py", "benchmarks/", "tests/"),  # the shell asks where Streamlit keeps its own document
    ),
    "plotly": ("attnviz/figures/", "attnviz/charts/", "attnviz/ui/", "attnviz/lessons/", "benchmarks/", "tests/"),
    "starlette": ("attnviz/web/", "tests/"),
    "redis": ("attnviz/classroom/valkey.py", "tests/classroom/"),
    "training": ("training/", "tests/"),
}
CAN_RUN_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CHANGES = {"append", "extend", "insert", "update", "setdefault", "add", "clear"}

Finding = tuple[int, str]


def files() -> Iterator[str]:
    for name in SOURCES:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if file != Path(__file__).resolve():
                yield file.relative_to(ROOT).as_posix()


@cache
def tree_of(path: str) -> ast.Module:
    """A file's syntax, read once for all rules."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported module; ``from a import b`` counts as ``a.b``, which may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{name.name}") for name in node.names)


def layer(module: str) -> int | None:
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(min(len(parts), 2), 0, -1))
    return next((LAYERS[prefix] for prefix in prefixes if prefix in LAYERS), None)


# The public API ends in a view: what show() needs is imported when it is called, and everything else does without.
SHOWS = ("attnviz/api.py", "attnviz.standalone.")


def data_flows_one_way(path: str, tree: ast.AST) -> Iterator[Finding]:
    own = layer(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for line, module in imports(tree):
        theirs = layer(module)
        shows = path == SHOWS[0] and module.startswith(SHOWS[1])
        if own is not None and theirs is not None and theirs > own and not shows:
            yield line, f"imports {module}, which is a layer above it"
        if module.startswith("."):
            yield line, "imports relatively; write the whole name"


def lessons_keep_apart(path: str, tree: ast.AST) -> Iterator[Finding]:
    """A lesson can be read, changed and taken away alone; its page draws no other one."""
    parts = path.removesuffix(".py").split("/")
    own = parts[2] if path.startswith("attnviz/lessons/") else parts[-1].replace("-", "_")
    for line, module in imports(tree):
        if path.startswith(("attnviz/", "pages/")) and module.startswith("attnviz.lessons."):
            theirs = module.split(".")[2]
            if theirs != own:
                yield line, f"imports {module}, of another lesson; what two share stands in a layer below"


# What the reader chose is asked and kept here; whatever the reader sees is drawn in a layer above.
SESSION_MAY = {"cache_resource", "context", "get_option", "query_params", "session_state"}


def session_draws_nothing(path: str, tree: ast.AST) -> Iterator[Finding]:
    if path.startswith("attnviz/session/"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "st" and node.attr not in SESSION_MAY:
                yield node.lineno, f"uses st.{node.attr}; a layer above draws"


# What a widget holds is whatever its browser's message says: it is read in one place, and checked there.
FRAME = ("attnviz/ui/faults.py", "attnviz/ui/header.py", "attnviz/ui/lesson.py")  # what a run of the frame remembers
SESSION_STATE = ("attnviz/session/", *FRAME, "tests/", "benchmarks/")


def widgets_are_heard_in_one_place(path: str, tree: ast.AST) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "session_state" and not path.startswith(SESSION_STATE):
            yield (
                node.lineno,
                "reads st.session_state; use show(), heard() or sent_by() of attnviz/session/callbacks.py",
            )


CALLBACK = re.compile(r"on_(click|change|\w+_change)")
GUARDS = {"heard", "guarded", "_hearing"}


def callbacks_are_guarded(path: str, tree: ast.AST) -> Iterator[Finding]:
    """A fault in a callback is told as one in a page is: ``on_change=heard(...)``, ``on_click=guarded(...)``."""

    def is_guard(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and ast.unparse(node.func) in GUARDS

    safe = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_guard(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and CALLBACK.fullmatch(node.arg or "") and not path.startswith("tests/"):
            value = node.value
            if not (
                is_guard(value) or isinstance(value, ast.Constant) or ast.unparse(value) in {*safe, "lambda: None"}
            ):
                yield value.lineno, f"{node.arg} without heard() or guarded()"


def libraries_stay_in_their_layers(path: str, tree: ast.AST) -> Iterator[Finding]:
    for line, module in imports(tree):
        library = module.split(".")[0]
        if library in ALLOWED and not path.startswith(ALLOWED[library]):
            yield line, f"imports {module}; only {', '.join(ALLOWED[library])} may"


def nothing_loaded_can_run_code(path: str, tree: ast.AST) -> Iterator[Finding]:
    for line, module in imports(tree):
        if module.startswith("torch.load"):
            yield line, "imports torch.load; checkpoints are safetensors"
        if module.split(".")[0] in CAN_RUN_CODE and not path.startswith("tests/"):
            yield line, f"imports {module}, which can run code from a file"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "load" and ast.unparse(node.value) == "torch":
            yield node.lineno, "uses torch.load; checkpoints are safetensors"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            yield node.lineno, "sets allow_pickle"


def root_of(node: ast.AST) -> str:
    """The attribute of self that an expression starts from: ``self.a[0].b`` -> ``self.a``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
            return f"self.{node.attr}"
        node = node.value
    return ""


def changed(node: ast.AST) -> Iterator[str]:
    """The attributes of self that a statement or call writes to."""
    if isinstance(node, ast.Assign):
        yield from (root_of(part) for target in node.targets for part in ast.walk(target))
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield root_of(node.target)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
        yield root_of(node.func.value)


# What a long computation has come to, and what was made once, is the same for all, and under a lock: test_work.py.
SHARED = (
    *("attnviz/session/work.py", "attnviz/session/kept.py"),
    *("attnviz/classroom/store.py", "attnviz/classroom/valkey.py", "attnviz/classroom/lately.py"),
    "attnviz/charts/__init__.py",  # what a page changes on its own figure before that is made
)
# Modules of others return no record: a hook hands it to the recorder of its own context, and keeps nothing.
RECORDS_OTHERS = "attnviz/hf/recording.py"


def captures_are_returned(path: str, tree: ast.AST) -> Iterator[Finding]:
    """One model serves all users: what a forward pass stores on it, another user may read."""
    if not path.startswith("attnviz/") or path in SHARED:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match("register_.*_hook", node.attr) and path != RECORDS_OTHERS:
            yield node.lineno, f"uses {node.attr}; return the record instead"
        if isinstance(node, ast.Global):
            yield node.lineno, "changes a global; all users share it"
        if isinstance(node, ast.FunctionDef) and node.name not in ("__init__", "__post_init__"):
            for part in ast.walk(node):
                for name in filter(None, changed(part)):
                    yield getattr(part, "lineno", node.lineno), f"stores {name} outside __init__; return it instead"


RULES: list[Callable[[str, ast.AST], Iterator[Finding]]] = [
    data_flows_one_way,
    lessons_keep_apart,
    session_draws_nothing,
    widgets_are_heard_in_one_place,
    callbacks_are_guarded,
    libraries_stay_in_their_layers,
    nothing_loaded_can_run_code,
    captures_are_returned,
]


def test_there_are_files_to_read() -> None:
    assert {"attnviz/__init__.py", "attnviz/model/attention.py"} <= set(files())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps(rule: Callable[[str, ast.AST], Iterator[Finding]]) -> None:
    findings = [f"{path}:{line}: {what}" for path in files() for line, what in rule(path, tree_of(path))]
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (data_flows_one_way, "attnviz/model/attention.py", "from attnviz.trace import run"),
        (data_flows_one_way, "attnviz/trace/run.py", "import attnviz"),
        (data_flows_one_way, "attnviz/session/screen.py", "from attnviz.standalone import show"),
        (data_flows_one_way, "attnviz/trace/run.py", "from attnviz import figures"),
        (data_flows_one_way, "attnviz/figures/heads.py", "from attnviz.session.catalog import text"),
        (data_flows_one_way, "attnviz/concepts/scaling.py", "from attnviz.figures import heads"),
        (data_flows_one_way, "attnviz/lessons/heads/out.py", "import pages.heads"),
        (data_flows_one_way, "attnviz/ui/header.py", "from .style import style"),
        (data_flows_one_way, "attnviz/components/lines.py", "from attnviz.ui.screen import screen"),
        (data_flows_one_way, "attnviz/components/lines.py", "def f():\n    from attnviz.ui import screen"),
        (data_flows_one_way, "attnviz/session/choices.py", "from attnviz.components.frame import pack"),
        (data_flows_one_way, "attnviz/session/glossary.py", "import attnviz.ui.inputs"),
        (data_flows_one_way, "attnviz/ui/header.py", "from attnviz.lessons.start import own"),
        (data_flows_one_way, "attnviz/figures/bars.py", "from attnviz.session.choices import Choices"),
        (lessons_keep_apart, "attnviz/lessons/masking/which.py", "from attnviz.lessons.steps.stage import drawn_mask"),
        (lessons_keep_apart, "attnviz/lessons/masking/which.py", "from attnviz.lessons import steps"),
        (lessons_keep_apart, "attnviz/lessons/masking/__init__.py", "import attnviz.lessons.steps.stage as stage"),
        (lessons_keep_apart, "pages/by-hand.py", "from attnviz.lessons.masking.shared import SETTINGS"),
        (session_draws_nothing, "attnviz/session/work.py", "import streamlit as st\nst.progress(0.5)"),
        (session_draws_nothing, "attnviz/session/work.py", "with st.container():\n    pass"),
        (widgets_are_heard_in_one_place, "pages/heads.py", "row = st.session_state['query'] + 1"),
        (callbacks_are_guarded, "attnviz/lessons/cost/table.py", "st.pills(label, on_change=lambda: choose(query=1))"),
        (callbacks_are_guarded, "attnviz/components/lines/__init__.py", "_draw(key=key, on_pick_change=pressed)"),
        (callbacks_are_guarded, "attnviz/ui/lesson.py", "again = later()\nst.button(label, on_click=again)"),
        (libraries_stay_in_their_layers, "attnviz/figures/heads.py", "import torch"),
        (libraries_stay_in_their_layers, "attnviz/session/choices.py", "import plotly.graph_objects as go"),
        (libraries_stay_in_their_layers, "attnviz/lessons/rnn/steps.py", "import torch"),
        (libraries_stay_in_their_layers, "attnviz/__init__.py", "def f():\n    import torch.nn"),
        (libraries_stay_in_their_layers, "attnviz/trace/run.py", "import streamlit as st"),
        (libraries_stay_in_their_layers, "pages/heads.py", "from torch import Tensor"),
        (libraries_stay_in_their_layers, "pages/heads.py", "import plotly.graph_objects as go"),
        (libraries_stay_in_their_layers, "app.py", "from training import corpus"),
        (nothing_loaded_can_run_code, "training/train.py", "torch.load(path)"),
        (nothing_loaded_can_run_code, "training/train.py", "from torch import load"),
        (nothing_loaded_can_run_code, "attnviz/trace/run.py", "import pickle"),
        (nothing_loaded_can_run_code, "tests/test_x.py", "np.load(path, allow_pickle=True)"),
        (captures_are_returned, "attnviz/model/attention.py", "def forward(self, x):\n    self.attn = x"),
        (captures_are_returned, "attnviz/model/attention.py", "def forward(self, x):\n    self.kept[0].attn, y = x"),
        (captures_are_returned, "attnviz/model/attention.py", "def forward(self, x):\n    self.records.append(x)"),
        (captures_are_returned, "attnviz/trace/run.py", "layer.register_forward_hook(keep)"),
        (captures_are_returned, "attnviz/hf/run.py", "layer.register_forward_hook(keep)"),
        (libraries_stay_in_their_layers, "attnviz/api.py", "import transformers"),
        (data_flows_one_way, "attnviz/trace/run.py", "from attnviz.hf import load"),
        (captures_are_returned, "attnviz/ui/header.py", "def f():\n    global last\n    last = 1"),
    ],
)
def test_a_planted_offender_is_found(rule: Callable[[str, ast.AST], Iterator[Finding]], path: str, source: str) -> None:
    assert list(rule(path, ast.parse(source)))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("pages/heads.py", "import streamlit as st\nfrom attnviz.lessons.heads import out\nfrom attnviz import trace"),
        (
            "pages/by-hand.py",
            "from attnviz.lessons.by_hand import steps\nfrom attnviz.lessons.by_hand.state import state",
        ),
        ("attnviz/lessons/masking/which.py", "from attnviz.lessons.masking.shared import View\nimport plotly.express"),
        ("attnviz/components/lines.py", "from attnviz.session.screen import Screen\nst.button('on')"),
        ("pages/heads.py", "on = heard('a', (1, 2), go)\nst.pills(x, on_change=on)\nst.tabs(y, on_change='rerun')"),
        ("attnviz/session/models.py", "import streamlit as st\nst.cache_resource(f)\nst.query_params.clear()"),
        ("attnviz/figures/heads.py", "import plotly.graph_objects as go\nfrom attnviz.trace.records import Trace"),
        ("attnviz/__init__.py", "from attnviz.trace.run import trace\nfrom attnviz.model.checkpoint import load"),
        ("attnviz/model/layers.py", "class A:\n    def __init__(self):\n        self.n_heads = 8"),
        ("attnviz/trace/run.py", "np.load(path, allow_pickle=False)"),
    ],
)
def test_good_code_is_left_alone(path: str, source: str) -> None:
    assert not [finding for rule in RULES for finding in rule(path, ast.parse(source))]
