"""The example notebooks run as they stand, and what they show is seen in a browser."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from attnviz.model.place import MODELS

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def run(path: Path) -> list[Any]:
    """Run a notebook's cells in order, and return what each ends in, as a notebook shows it."""
    names: dict[str, Any] = {}
    shown = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, path.name, "exec"), names)
            if isinstance(last, ast.Expr):
                shown.append(eval(compile(ast.Expression(last.value), path.name, "eval"), names))
    return [value for value in shown if value is not None]


@pytest.mark.filterwarnings("ignore")  # other libraries' own
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_views_draw(
    path: Path, browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "hf:" in path.read_text(encoding="utf-8") and not (MODELS / "minilm").is_dir():
        pytest.skip("its model is not here: make model MODEL=minilm")
    views = [value for value in run(path) if hasattr(value, "_repr_html_")]
    assert views
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    file = tmp_path / "page.html"
    file.write_text(f'<!doctype html><meta charset="utf-8">{"".join(view._repr_html_() for view in views)}', "utf-8")
    page.goto(file.as_uri())
    page.wait_for_function(f"document.querySelectorAll('[id^=attnviz-]').length === {len(views)}")
    for place in range(len(views)):
        page.locator(".attnviz").nth(place).wait_for()
    assert not faults
    page.close()
    differences = [float(line.split(": ")[1]) for line in capsys.readouterr().out.splitlines() if path.stem[0] == "c"]
    assert all(difference < 1e-5 for difference in differences) and (path.stem[0] != "c" or len(differences) == 3)


def test_there_are_three_and_they_keep_no_outputs() -> None:
    assert len(NOTEBOOKS) == 3
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs") and cell.get("execution_count") is None
