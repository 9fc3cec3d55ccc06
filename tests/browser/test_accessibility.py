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
from tests.browser.settled import STEADY, settled

SNAKE = "The snake is very dangerous because it has a venom"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


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


def cases() -> Iterator[object]:
    """All pages in all languages and themes; make test takes one of the four for each page, in turn.

    There axe looks at half of the pages on a screen, and at the other half on a phone with large type.
    """
    for number, page in enumerate(PAGES):
        for turn, (language, theme) in enumerate(product(LANGUAGES, ("light", "dark"))):
            name = f"{page.name}-{language}-{theme}"
            yield pytest.param(page, language, theme, (True, True), id=name, marks=pytest.mark.full)
            if turn == number % 4:
                yield pytest.param(page, language, theme, (number % 8 < 4, number % 8 >= 4), id=f"{name}-in-turn")


def is_sound(shown: Page, axe: str, page: AppPage, language: str) -> None:
    """Hold one page as it stands in the browser: its language, its title, one heading, and nothing for axe."""
    expect(shown.locator("html")).to_have_attribute("lang", language)
    expect(shown).to_have_title(f"{Texts(language)(page.title)} · attnviz")
    expect(shown.locator("h1")).to_have_count(1)
    assert not (found := findings(shown, axe)), "\n".join(found)


@pytest.mark.parametrize(("page", "language", "theme", "looked_at"), list(cases()))
def test_a_page_is_sound_on_a_screen_and_on_a_phone_with_large_type(
    new_page: Callable[..., Page], axe: str, page: AppPage, language: str, theme: str, looked_at: tuple[bool, bool]
) -> None:
    on_screen, on_phone = looked_at
    shown = new_page(f"/{page.route}?text={quote(SNAKE)}&lang={language}", theme=theme)
    settled(shown)
    if on_screen:
        is_sound(shown, axe, page, language)
    shown.set_viewport_size({"width": 390, "height": 844})
    shown.locator(".st-key-looks button").first.click()
    shown.locator(".st-key-size label").click()
    expect(shown).to_have_url(re.compile("size=large"), timeout=60_000)
    expect(shown.locator("html")).to_have_css("font-size", "22.5px")
    settled(shown)
    if on_phone:
        is_sound(shown, axe, page, language)
    assert not sideways(shown)
    shown.set_viewport_size({"width": 320, "height": 844})
    # views draw anew for another width, often of as many elements as before
    shown.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    shown.wait_for_function(STEADY, timeout=60_000)
    assert not sideways(shown)


def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    return page.evaluate("""() => {
      const main = document.querySelector('[data-testid="stMain"], body > main');
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
