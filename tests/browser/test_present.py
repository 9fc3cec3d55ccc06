"""The lecture: every page on a projector, one screen at a time, by a clicker's keys, without a run on the server."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from attnviz.lessons.quality.shared import REFERENCE
from attnviz.session.catalog import LANGUAGES, PACKAGE, Texts, files, strings
from attnviz.session.choices import TRANSLATED_TEXT
from attnviz.session.examples import EXAMPLES
from attnviz.session.pages import PAGES
from attnviz.session.pages import Page as AppPage
from tests.browser.settled import STEADY

# Walks all screens of a page, or looks at the one that stands there, and measures what is seen. Not held to 28 px:
# signs of a formula that stand high or low (their formula has 36), and the marks of an axis, which have 26 where words
# are turned to fit.
MEASURED = """(walks) => {
  const found = { small: [], cut: [], twice: [], words: [] };
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
      if (!parent.closest("code, .katex, [data-testid=stIconMaterial]"))
        found.words.push(...(node.data.match(/[A-Za-z]{2,}/g) ?? []));
      const size = parseFloat(getComputedStyle(parent).fontSize) * zoomOf(parent);
      if (size < 27.9 && !parent.closest(".mtight, .xtick, .ytick"))
        found.small.push(`${screen}: ${size.toFixed(1)} ${said}`);
      if (boxes.some(({ left, right }) => left < -1 || right > innerWidth + 1)) found.cut.push(`${screen}: ${said}`);
    }
  };
  const main = document.querySelector('[data-testid="stMain"]');
  for (let at = 0; at < (walks ? dots().length : 1); at++) {
    if (walks) dots()[at].click();
    walk(document.querySelector(".stApp"), at + 1);
    if (main.scrollWidth > main.clientWidth) found.cut.push(`${at + 1}: the page`);
    const charts = [...main.querySelectorAll(".stPlotlyChart")].filter((one) =>
      one.checkVisibility({ visibilityProperty: true }) && !one.closest('[class*="st-key-what_if_"], .stColumn'));
    if (charts.length > 1) found.twice.push(at + 1);
  }
  const app = document.querySelector(".stApp");
  return { ...found, path: location.pathname, rests: app.dataset.testScriptState === "notRunning" };
}"""
READY = '.stApp[data-test-script-state="notRunning"]'

AT_END = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  return main.scrollHeight - main.clientHeight - main.scrollTop < 12;
}"""


def latin(texts: Iterable[str]) -> set[str]:
    return set(re.findall("[A-Za-z]{2,}", " ".join(texts)))


def texts_in(language: str) -> list[str]:
    prose = (path.read_text(encoding="utf-8") for path in files(language, "md").values())
    return [*strings(language).values(), *prose]


# Words that stand in our English texts alone: names and terms are in the Korean ones too, or in the glossary.
SHOWN = [
    *(*EXAMPLES.values(), TRANSLATED_TEXT, REFERENCE.default),
    *("This road is not dangerous at night", "He they we"),  # the second sentence of a pair; tokens near "he"
    *("nie so einen", "case:mixed"),  # German; the signature of a score
]
GLOSSARY = (PACKAGE / "session" / "glossary.csv").read_text(encoding="utf-8")
ENGLISH = latin(texts_in("en")) - latin([*texts_in("ko"), *SHOWN, GLOSSARY])


def count(page: Page) -> str:
    return page.locator(".strip .count").inner_text()


def counted(page: Page) -> tuple[int, int]:
    """Which screen is shown, and of how many."""
    at, screens = map(int, count(page).split(" / "))
    return at, screens


def begun(page: Page, language: str, shown: AppPage) -> None:
    """Wait until a page stands there as a lecture, whole."""
    title = Texts(language)("ui.page_number", number=shown.number, title=Texts(language)(shown.title))
    expect(page.locator(".strip .title")).to_have_text(title)
    expect(page.locator(".strip .dot").nth(1)).to_be_attached()
    expect(page.locator(READY)).to_be_attached()
    page.wait_for_function(STEADY, arg=300)


def look(page: Page, language: str, *, walks: bool) -> tuple[str, bool, dict[str, list[Any]]]:
    """Return the page's path, whether it rests, and what the back row can't read: in Korean an English word, too."""
    found: dict[str, Any] = page.evaluate(MEASURED, walks)
    words, path, rests = (found.pop(name) for name in ("words", "path", "rests"))
    found["english"] = sorted(ENGLISH.intersection(words)) if language == "ko" else []
    return path, rests, {name: one for name, one in found.items() if one}


HALF = len(PAGES) // 2
WALKS = [
    *(pytest.param(language, PAGES, id=language, marks=pytest.mark.full) for language in LANGUAGES),
    # make test reads each page in one language
    pytest.param("ko", PAGES[:HALF], id="ko-first"),
    pytest.param("en", PAGES[HALF:], id="en-last"),
]


@pytest.mark.parametrize(("language", "walked"), WALKS)
def test_every_page_is_read_from_the_back_row(
    new_page: Callable[..., Page], language: str, walked: Sequence[AppPage]
) -> None:
    page = new_page(f"/{walked[0].route}?lang={language}&present=1", width=1920, height=1080)
    faults = {}
    for shown in walked:
        begun(page, language, shown)
        _, _, found = look(page, language, walks=True)
        if found:
            faults[shown.name] = found
        if shown is not walked[-1]:
            page.locator(".st-key-footer a").last.evaluate("link => link.click()")
    assert not faults
    page.keyboard.press("Escape")  # it began as a lecture, and is a page like any other now
    expect(page.locator(".st-key-bar")).to_be_visible()
    expect(page.locator("html")).to_have_css("font-size", "18px")


@pytest.mark.parametrize("language", ["en", pytest.param("ko", marks=pytest.mark.full)])
def test_a_walk_by_the_clicker_alone(new_page: Callable[..., Page], language: str) -> None:
    page = new_page(f"/averaging?lang={language}&answers=shown", width=1920, height=1080)
    expect(page.locator(".st-key-footer")).to_be_visible()
    expect(page.locator(READY)).to_be_attached()
    page.locator(".st-key-present_begin button").click(timeout=90_000)
    expect(page).not_to_have_url(re.compile("answers=shown"))  # what gives it away is hidden in the hall
    show = page.get_by_role("button", name=Texts(language)("lesson.show_me"))
    walked = [one for one in PAGES if one.name in ("averaging", "by_hand", "softmax")]
    places, revealed, faults = set(), False, []
    for shown in walked[:-1]:
        begun(page, language, shown)
        assert counted(page)[0] == 1
        is_there = True
        while is_there:
            at, screens = counted(page)
            _, rests, found = look(page, language, walks=False)
            faults += [(page.url, found)] if found and rests else []  # no answer is on its way
            at_end = page.evaluate(AT_END)  # what is higher than the window is scrolled first
            asked = show.count() > 0 and at_end and not revealed
            places.add(page.url)
            page.keyboard.press("PageDown")
            if asked:
                expect(show).to_have_count(0)  # the answer is there, and the screen is the same
                revealed = True
            elif at == screens and at_end:  # the key is pressed once: the next page would take it for its own
                expect(page).not_to_have_url(re.compile(f"/{shown.route}[?]"), timeout=30_000)
                is_there = False
        assert screens > 1
    assert not faults
    begun(page, language, walked[-1])
    expect(page).to_have_url(re.compile("/softmax.*present=1"))
    assert revealed
    assert len(places) > 4
    assert counted(page)[0] == 1
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
