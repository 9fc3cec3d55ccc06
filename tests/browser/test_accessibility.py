"""axe finds nothing on any page, in any language, light or dark, in our elements or in Streamlit's own.

Should a later Streamlit bring a finding of its own, name that rule and that element here, with a
reason; switch no rule off for the whole page.
"""

import json
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
    wanted = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate(f"async () => await axe.run(document, {json.dumps(wanted)})")
    return [
        f"{violation['id']}: {node['target']}\n  {node['html'][:200]}\n  {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def cases() -> Iterator[object]:
    """All pages in all languages and themes; make test takes one of the four for each page, in turn.

    There half of the pages are looked at on a screen only, and the other half on a phone only, in large type.
    """
    for number, page in enumerate(PAGES):
        for turn, (language, theme) in enumerate(product(LANGUAGES, ("light", "dark"))):
            first = turn == number % 4 and ("phone" if number // 4 % 2 else "screen")
            for look in ("screen", "phone"):
                marks = () if look == first else pytest.mark.full
                yield pytest.param(
                    page, language, theme, look, id=f"{page.name}-{language}-{theme}-{look}", marks=marks
                )


@pytest.mark.parametrize(("page", "language", "theme", "look"), list(cases()))
def test_a_page_is_sound_on_a_screen_and_on_a_phone_with_large_type(
    new_page: Callable[..., Page], axe: str, page: AppPage, language: str, theme: str, look: str
) -> None:
    link = f"/{page.route}?text={quote(SNAKE)}&lang={language}"
    on_phone = look == "phone"
    shown = new_page(link + "&size=large" * on_phone, theme=theme, width=390 if on_phone else 1440)
    expect(shown.locator("html")).to_have_css("font-size", "22.5px" if on_phone else "18px", timeout=60_000)
    settled(shown)
    expect(shown.locator("html")).to_have_attribute("lang", language)
    expect(shown).to_have_title(f"{Texts(language)(page.title)} · attnviz")
    expect(shown.locator("h1")).to_have_count(1)
    assert not (found := findings(shown, axe)), "\n".join(found)
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
