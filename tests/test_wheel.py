"""The package as others get it: a wheel, installed outside of the checkout, serves the app and shows a sentence.

Its dependencies are those of the tests' own environment, so that nothing is fetched; the package itself is nowhere
on the path but in the folder it was installed into.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from attnviz.command import main
from scripts.serving import served

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The installed command."""
    if find_spec("hatchling") is None:
        pytest.skip("the build back end is not installed: make tools")
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    (wheel,) = folder.glob("attnviz-*.whl")
    site = folder / "site"
    install = ["install", str(wheel), "--no-deps", "--no-index", "--no-compile", "--target", str(site)]
    subprocess.run([*pip, *install], check=True, capture_output=True)
    return [str(site / "bin" / "attnviz")]


def outside(command: list[str]) -> dict[str, str]:
    """What of the environment makes Python find the installed package."""
    site = Path(command[0]).parents[1]
    return {"PYTHONPATH": str(site)}


def test_the_installed_command_serves_the_app_from_anywhere(
    command: list[str], tmp_path: Path, browser: Browser
) -> None:
    with served(command=[*command, "serve"], cwd=tmp_path, more=outside(command)) as address:
        page = browser.new_page()
        page.goto(f"{address}/heads?lang=ko")
        page.locator(".heads").wait_for()  # weights, pages, strings and scripts were all there
        page.wait_for_function("document.title.endsWith('attnviz')")
        assert page.locator('[data-testid="stSidebarNav"]').count() == 0  # the project's own settings hold
        page.close()


def test_the_installed_command_writes_a_view(command: list[str], tmp_path: Path) -> None:
    out = tmp_path / "heads.html"
    asked = [*command, "show", "The dog barks .", "--view", "lines", "--out", str(out)]
    done = subprocess.run(
        asked, env=os.environ | outside(command), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out) and "The dog barks ." in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["show", " ", "--out", "x.html"], "nothing to read"),
        (["show", "a dog", "--out", "x.html", "--model", "nobody"], "there is no model of the name 'nobody'"),
        (["show", "a dog", "--out", "x.html", "--part", "none"], "part must be one of"),
        (["show", "a dog", "--out", "no/such/folder/x.html"], "No such file"),
        (["fetch", "../../etc/passwd"], "no name of a model"),
    ],
)
def test_a_fault_is_told_in_one_line(
    asked: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(asked) == 1
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1
    assert not list(tmp_path.iterdir())
