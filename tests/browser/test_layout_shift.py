"""Nothing that is being read moves while a page comes: layout shift at a cold link, as browsers measure it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnviz.session.pages import PAGES
from tests.browser.settled import settled

# What a page may move, of the window's height and width: browsers call less than this good. It was .3 to 1.1 where
# our rules of style came after the first elements, and each view pushed down what stood below it.
GOOD = 0.1
CORE = ("", "follow", "steps", "heads", "softmax")
SHIFTS = """() => new Promise(found => new PerformanceObserver(list => found(
    list.getEntries().filter(entry => !entry.hadRecentInput).map(entry => [entry.value,
        entry.sources.map(source => (source.node?.nodeType === 1 ? source.node : source.node?.parentElement)?.outerHTML
            .slice(0, 80)).join(" and ")])
)).observe({ type: "layout-shift", buffered: true }) || setTimeout(() => found([]), 1000))"""


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(
    "route", [page.route if page.route in CORE else pytest.param(page.route, marks=pytest.mark.full) for page in PAGES]
)
def test_nothing_moves_while_a_page_comes(new_page: Callable[..., Page], route: str, width: int) -> None:
    page = new_page(f"/{route}", width=width, locale="en-US")  # a context of its own: nothing is cached
    expect(page.locator(".st-key-footer")).to_be_visible(timeout=60_000)
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    shifts = page.evaluate(SHIFTS)
    assert sum(value for value, _ in shifts) < GOOD, shifts


# Where the first figure of a lesson began on a phone was 890 to 1465 px: settings took a line each, and what is read
# beside a figure stood above it.
FIGURES = {
    "scaling": (".st-key-scaling_histogram", 844),
    "multi-head": (".st-key-multi_head_flow", 844),
    "block": (".attnviz-whole", 844),
    "translate": (".attnviz-chips", 844),
    "position": (".st-key-way_plain_numbers", 1000),
}


# make test looks at each in one language, in turn
FIGURE_CASES = [
    pytest.param(route, language, marks=() if place % 2 == turn else pytest.mark.full)
    for place, route in enumerate(FIGURES)
    for turn, language in enumerate(["ko", "en"])
]


@pytest.mark.parametrize(("route", "language"), FIGURE_CASES)
def test_a_phone_soon_comes_to_the_figure(new_page: Callable[..., Page], route: str, language: str) -> None:
    figure, lowest = FIGURES[route]
    page = new_page(f"/{route}?lang={language}", width=390, height=844, has_touch=True, is_mobile=True)
    settled(page)
    box = page.locator(figure).first.bounding_box()
    assert box is not None
    assert box["y"] < lowest
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_stands_below_a_view_waits_for_it(new_page: Callable[..., Page]) -> None:
    page = new_page("/masking?lang=en", locale="en-US")
    settled(page)
    hidden = """view => {
        const after = view.closest('[data-testid="stElementContainer"]').parentElement.lastElementChild;
        const shown = () => getComputedStyle(after).visibility;
        const before = shown();
        view.removeAttribute("data-drawn");
        const waiting = shown();
        view.setAttribute("data-drawn", "");
        return [before, waiting, shown()];
    }"""
    view = page.locator('[class*="st-key-section_"] [data-testid="stBidiComponentIsolated"]').first
    assert view.evaluate(hidden) == ["visible", "hidden", "visible"]
