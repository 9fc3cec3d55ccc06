"""The views' modules in a real browser, on numbers and text; each test("...") of js/*.test.js is a test here."""

import mimetypes
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "components" / "js").glob("*.test.js"))
SITE = "http://attnviz.test"
RUN = """async (files) => {
  const { run } = await import("/tests/components/js/testing.js");
  for (const file of files) await import(file);
  return run();
}"""


def named(path: Path) -> list[str]:
    """The names of the tests in a file; one in a loop has its place filled in by the browser."""
    return re.findall(r"^\s*test\(\s*[\"`](.*?)[\"`],", path.read_text(encoding="utf-8"), re.MULTILINE)


NAMES = [(path.name, name) for path in FILES for name in named(path)]


def found(page: Page, files: list[Path], changed: Mapping[str, str]) -> dict[str, str | None]:
    """Run the tests of files and return what went wrong with each, or None; ``changed`` replaces files."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{SITE}/")
        path = ROOT / name
        text = changed.get(name) or (path.read_text(encoding="utf-8") if path.is_file() else "<!doctype html>")
        kind = mimetypes.types_map.get(path.suffix, "text/html").replace("application/javascript", "text/javascript")
        route.fulfill(body=text, content_type=f"{kind}; charset=utf-8")

    page.route(f"{SITE}/**", answer)
    page.goto(f"{SITE}/")
    return dict(page.evaluate(RUN, [f"/{path.relative_to(ROOT).as_posix()}" for path in files]))


@pytest.fixture(scope="module")
def results(browser: Browser) -> Iterator[dict[str, str | None]]:
    page = browser.new_page()
    yield found(page, FILES, {})
    page.close()


@pytest.mark.parametrize(("file", "name"), NAMES, ids=[f"{file}: {name}" for file, name in NAMES])
def test_holds(results: dict[str, str | None], file: str, name: str) -> None:
    pattern = re.compile(re.sub(r"\\\$\\\{.*?\\\}", ".*", re.escape(name)))
    own = {test: fault for test, fault in results.items() if pattern.fullmatch(test)}
    assert own, "the browser did not run it"
    assert not any(own.values()), "\n".join(fault for fault in own.values() if fault)


def test_there_are_many() -> None:
    assert len(NAMES) >= 60
    assert len(set(NAMES)) == len(NAMES)
