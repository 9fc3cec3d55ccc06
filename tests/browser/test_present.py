"""The lecture: every page on a projector, one screen at a time, by a clicker's keys, without a run on the server."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from attnviz.session.catalog import Texts
from attnviz.session.pages import PAGES
from tests.browser.settled import STEADY

# Walks all screens of a page and measures what is seen there. Not held to 28 px: signs of a formula that stand high
# or low (their formula has 36), and the marks of an axis, which have 26 where words are turned to fit.
MEASURED = """() => {
  const found = { small: [], cut: [], twice: [] };
  const dots = () => [...document.querySelectorAll("*")].flatMap((node) =>
    node.shadowRoot ? [...node.shadowRoot.querySelectorAll(".strip .dot")] : []);
  const zoomOf = (node) => {
    const matrix = node.ownerSVGElement && node.getScreenCTM();
    return (matrix ? Math.hypot(matrix.a, matrix.b) : 1) * (node.ownerSVGElement ? 1 : node.currentCSSZoom ?? 1);
  };
  const walk = (root, screen) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
      if (node.shadowRoot) walk(node.shadowRoot, screen);
      const parent = node.parentElement;
      if (node.nodeType !== Node.TEXT_NODE || !/[^\\s\\u200b]/.test(node.data) || !parent) continue;
      if (parent.closest("style, script, option, .katex-mathml, .visually-hidden, .attnviz-name")) continue;
      if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter(({ width }) => width > 1);
      if (!boxes.length) continue;
      const said = node.data.trim().slice(0, 40);
      const size = parseFloat(getComputedStyle(parent).fontSize) * zoomOf(parent);
      if (size < 27.9 && !parent.closest(".mtight, .xtick, .ytick"))
        found.small.push(`${screen}: ${size.toFixed(1)} ${said}`);
      if (boxes.some(({ left, right }) => left < -1 || right > innerWidth + 1)) found.cut.push(`${screen}: ${said}`);
    }
  };
  const main = document.querySelector('[data-testid="stMain"]');
  for (let at = 0; at < dots().length; at++) {
    dots()[at].click();
    walk(document.querySelector(".stApp"), at + 1);
    if (main.scrollWidth > main.clientWidth) found.cut.push(`${at + 1}: the page`);
    const charts = [...main.querySelectorAll(".stPlotlyChart")].filter((one) =>
      one.checkVisibility({ visibilityProperty: true }) && !one.closest('[class*="st-key-what_if_"], .stColumn'));
    if (charts.length > 1) found.twice.push(at + 1);
  }
  return found;
}"""
READY = '.stApp[data-test-script-state="notRunning"]'

AT_END = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  return main.scrollHeight - main.clientHeight - main.scrollTop < 12;
}"""


def count(page: Page) -> str:
    return page.locator(".strip .count").inner_text()


def test_every_page_is_read_from_the_back_row(new_page: Callable[..., Page]) -> None:
    page = new_page("/?lang=en&present=1", width=1920, height=1080)
    faults: dict[str, Any] = {}
    for number, shown in enumerate(PAGES, start=1):
        title = Texts("en")("ui.page_number", number=number, title=Texts("en")(shown.title))
        expect(page.locator(".strip .title")).to_have_text(title)
        expect(page.locator(".strip .dot").nth(1)).to_be_attached()
        expect(page.locator(READY)).to_be_attached()
        found = page.evaluate(MEASURED)
        if found["small"] or found["cut"] or found["twice"]:
            faults[shown.name] = {name: found[name] for name in ("small", "cut", "twice") if found[name]}
        if number < len(PAGES):
            page.locator(".st-key-footer a").last.evaluate("link => link.click()")
    assert not faults


def test_a_walk_by_the_clicker_alone(new_page: Callable[..., Page]) -> None:
    page = new_page("/averaging?lang=en&answers=shown", width=1920, height=1080)
    expect(page.locator(".st-key-footer")).to_be_visible()
    expect(page.locator(READY)).to_be_attached()
    page.locator(".st-key-present_begin button").click(timeout=90_000)
    expect(page.locator(".strip .dot").first).to_be_attached(timeout=60_000)
    expect(page).not_to_have_url(re.compile("answers=shown"))  # what gives it away is hidden in the hall
    show = page.get_by_role("button", name=Texts("en")("lesson.show_me"))
    places, revealed = set(), False
    for _ in range(40):
        if "by-hand" in page.url:
            break
        asked = show.count() > 0 and page.evaluate(AT_END)  # what is higher than the window is scrolled first
        page.keyboard.press("PageDown")
        if asked and not revealed:
            expect(show).to_have_count(0)  # the answer is there, and the screen is the same
            revealed = True
        places.add(page.url)
    expect(page).to_have_url(re.compile("/by-hand.*present=1"))
    assert revealed
    assert len(places) > 4
    expect(page.locator(".strip .count")).to_have_text(re.compile("^1 / "))
    page.keyboard.press("b")
    expect(page.locator(".blackout")).to_be_visible()
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-bar")).to_be_visible()
    assert "present" not in parse_qs(urlsplit(page.url).query)
    page.keyboard.press("p")
    expect(page.locator(".strip .dot").first).to_be_attached(timeout=60_000)


def test_a_step_costs_no_run_and_a_new_sentence_keeps_the_place(new_page: Callable[..., Page]) -> None:
    page = new_page("/masking?lang=en&present=1&to=section_which", width=1920, height=1080)
    expect(page.locator("h2", has_text=Texts("en")("masking.which_title"))).to_be_visible()
    expect(page.locator(READY)).to_be_attached()
    page.wait_for_function(STEADY)  # screens are divided anew as long as anything comes
    page.evaluate("""() => {
      window.runs = 0;
      const app = document.querySelector(".stApp");
      const counts = new MutationObserver(() => window.runs += app.dataset.testScriptState === "running");
      counts.observe(app, { attributes: true });
    }""")
    before = count(page)
    page.keyboard.press("PageDown")
    assert count(page) != before
    page.keyboard.press("PageUp")
    assert count(page) == before
    assert page.evaluate("() => window.runs") == 0
    box = page.locator(".st-key-sentence input")
    box.fill("I go home")
    box.press("Enter")
    expect(page).to_have_url(re.compile(r"text=I(\+|%20)go(\+|%20)home"))
    expect(page.locator("h2", has_text=Texts("en")("masking.which_title"))).to_be_visible()
    expect(page).to_have_url(re.compile("to=section_which"))
    page.mouse.move(700, 300)
    expect(page.locator(".spot")).to_be_visible()
