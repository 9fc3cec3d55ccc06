"""The whole house of docs/architecture.md: no circle of imports, no room too large, a folder for each page."""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from attnviz.session.pages import PAGES

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "attnviz" / "lessons"
CODE = {".py", ".js", ".css", ".html"}
FRAME = 1500  # lines of attnviz/ui


def sources() -> dict[str, str]:
    """Every file of the app's code by its path from the project's root."""
    found = [ROOT / "app.py", *(ROOT / "attnviz").rglob("*"), *(ROOT / "pages").rglob("*")]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if path.suffix in CODE and "__pycache__" not in path.parts
    }


def room_of(path: str) -> str:
    """The folder that a file is at home in; each lesson is a room of its own, and each view."""
    folders = path.split("/")[:-1]
    return "/".join(folders[: 3 if folders[1:2] in (["lessons"], ["components"]) else 2])


def imported(code: Mapping[str, str]) -> dict[str, set[str]]:
    """The modules that each module imports, of those in ``code``."""
    names = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in code}

    def module(asked: str) -> str:
        while asked and asked not in names:
            asked = asked.rpartition(".")[0]
        return asked

    found: dict[str, set[str]] = {}
    for name, path in names.items():
        asked: set[str] = set()
        if path.endswith(".py"):
            for node in ast.walk(ast.parse(code[path], path)):
                if isinstance(node, ast.Import):
                    asked |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    asked |= {f"{node.module}.{alias.name}" for alias in node.names}
        found[name] = {module(one) for one in asked} - {name, ""}
    return found


def circle(code: Mapping[str, str]) -> list[str]:
    try:
        TopologicalSorter(imported(code)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def too_large(lines: Mapping[str, int]) -> list[str]:
    limit = sum(lines.values()) / 4
    return [f"{room}: {size} lines" for room, size in lines.items() if size > limit]


def homeless(folders: Iterable[str], names: Iterable[str]) -> set[str]:
    return set(folders) ^ set(names)


def sizes() -> Counter[str]:
    found: Counter[str] = Counter()
    for path, text in sources().items():
        found[room_of(path)] += text.count("\n")
    return found


def test_no_imports_run_in_a_circle() -> None:
    assert circle(sources()) == []


def test_no_room_holds_more_than_a_quarter() -> None:
    found = sizes()
    assert {"attnviz/model", "attnviz/session", "attnviz/lessons/masking", "pages"} <= found.keys()
    assert too_large(found) == []


def test_the_frame_of_the_pages_stays_small() -> None:
    assert 0 < sizes()["attnviz/ui"] <= FRAME


def test_each_page_has_a_folder_with_its_words() -> None:
    folders = [path.name for path in LESSONS.iterdir() if path.is_dir() and path.name != "__pycache__"]
    alone = homeless(folders, [page.name for page in PAGES])
    assert not alone, f"a row of PAGES without a folder in attnviz/lessons, or the other way round: {alone}"
    for name in folders:
        for file in ("__init__.py", "en.json", "ko.json"):
            assert (LESSONS / name / file).is_file(), f"attnviz/lessons/{name}/{file} is missing"


@pytest.mark.parametrize(
    "code",
    [
        {"attnviz/ui/a.py": "from attnviz.ui.b import f", "attnviz/ui/b.py": "import attnviz.ui.a"},
        {"attnviz/ui/a.py": "def f():\n    from attnviz.ui import b", "attnviz/ui/b.py": "from attnviz.ui import a"},
        {
            "attnviz/x/__init__.py": "from attnviz.x.a import f",
            "attnviz/x/a.py": "from attnviz.x.b import g",
            "attnviz/x/b.py": "from attnviz.x import f",
        },
    ],
)
def test_a_planted_circle_is_found(code: dict[str, str]) -> None:
    assert circle(code)


def test_a_planted_large_room_is_found() -> None:
    path = "attnviz/lessons/masking/which.py"
    assert too_large({room_of(path): 26, "attnviz/lessons/steps": 24, "attnviz/ui": 25, "pages": 25}) == [
        "attnviz/lessons/masking: 26 lines"
    ]


def test_a_planted_folder_or_row_without_the_other_is_found() -> None:
    assert homeless(["start", "drafts"], ["start", "heads"]) == {"drafts", "heads"}
