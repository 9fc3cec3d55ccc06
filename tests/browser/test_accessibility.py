"""axe finds nothing on any page, in any language, light or dark, in our elements or in Streamlit's own.

Should a later Streamlit bring a finding of its own, name that rule and that element here, with a
reason; switch no rule off for the whole page.
"""

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.pages import PAGES
from attnviz.session.pages import Page as AppPage

SNAKE = "The snake is very dangerous because it has a venom"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# Views unpack and draw after the script has ended, the more of them the later: wait until nothing changes.
STEADY = """() => {
  const size = document.querySelectorAll("*").length;
  const now = performance.now();
  if (window.attnvizSize !== size) { window.attnvizSize = size; window.attnvizSince = now; }
  return now - window.attnvizSince > 1000;
}"""

# Views draw once more when the theme is known.
THEMED = """() => {
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const views = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.querySelector(".attnviz"));
  return views.filter(Boolean).every((view) => view.dataset.theme === theme);
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def findings(page: Page, axe: str) -> list[str]:
    """Each finding: its rule, the path of the element, and what is wrong."""
    page.evaluate(f"() => {{ {axe}\n; window.axe = window.axe || axe; }}")
    result: dict[str, Any] = page.evaluate(
        f"async () => await axe.run(document, {{runOnly: {{type: 'tag', values: {json.dumps(TAGS)}}}}})"
    )
    return [
        f"{violation['id']}: {node['target']}\n  {node['html'][:200]}\n  {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def settled(page: Page) -> None:
    expect(page.locator(".st-key-footer")).to_be_visible(timeout=60_000)
    expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_attached(timeout=60_000)
    page.wait_for_function(THEMED, timeout=60_000)
    page.wait_for_function(STEADY, timeout=60_000)


def cases() -> Iterator[object]:
    """All pages in all languages and themes; make test takes one of the four for each page, in turn."""
    for number, page in enumerate(PAGES):
        for turn, (language, theme) in enumerate(product(LANGUAGES, ("light", "dark"))):
            marks = () if turn == number % 4 else pytest.mark.full
            yield pytest.param(page, language, theme, id=f"{page.name}-{language}-{theme}", marks=marks)


def is_sound(shown: Page, axe: str, page: AppPage, language: str) -> None:
    """Hold one page as it stands in the browser: its language, its title, one heading, and nothing for axe."""
    expect(shown.locator("html")).to_have_attribute("lang", language)
    expect(shown).to_have_title(f"{Texts(language)(page.title)} · attnviz")
    expect(shown.locator("h1")).to_have_count(1)
    assert not (found := findings(shown, axe)), "\n".join(found)


@pytest.mark.parametrize(("page", "language", "theme"), list(cases()))
def test_a_page_is_sound_on_a_screen_and_on_a_phone_with_large_type(
    new_page: Callable[..., Page], axe: str, page: AppPage, language: str, theme: str
) -> None:
    shown = new_page(f"/{page.route}?text={quote(SNAKE)}&lang={language}", theme=theme)
    settled(shown)
    is_sound(shown, axe, page, language)
    shown.set_viewport_size({"width": 390, "height": 844})
    shown.locator(".st-key-size label").click()
    expect(shown).to_have_url(re.compile("size=large"), timeout=60_000)
    settled(shown)
    is_sound(shown, axe, page, language)
    assert not sideways(shown)
    shown.set_viewport_size({"width": 320, "height": 844})
    shown.wait_for_function(STEADY, timeout=60_000)
    assert not sideways(shown)


def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    return page.evaluate("""() => {
      const main = document.querySelector('[data-testid="stMain"]');
      const boxes = [document.documentElement, main].filter((box) => box.scrollWidth > box.clientWidth + 1);
      const clips = (node) => getComputedStyle(node).overflowX !== "visible";
      const clipped = (node) => node && node !== main && (clips(node) || clipped(node.parentElement));
      const wide = [...main.querySelectorAll("*")].filter((node) =>
        node.getBoundingClientRect().right > innerWidth + 1 && !clipped(node.parentElement));
      const named = (node) =>
        [node.tagName, node.className, node.dataset.testid, node.textContent.slice(0, 40)].join(" ");
      return boxes.length ? [`${boxes[0].scrollWidth} in ${boxes[0].clientWidth}`, ...wide.slice(0, 8).map(named)] : [];
    }""")


def test_axe_sees_into_our_views(new_page: Callable[..., Page], axe: str) -> None:
    page = new_page(f"/?text={quote(SNAKE)}&lang=en")
    settled(page)
    page.locator(".controls button").first.evaluate("button => { button.replaceChildren(); button.ariaLabel = ''; }")
    assert any(finding.startswith("button-name") for finding in findings(page, axe))
