"""The way through the course: the list of pages, previous and next, cold links, and settings in the URL."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from attnviz.session.catalog import Texts
from attnviz.session.pages import GROUPS, PAGES, neighbours

EN = Texts("en")


def title_of(route: str) -> str:
    page = next(page for page in PAGES if page.route == route)
    return EN(f"{page.name}.headline") if f"{page.name}.headline" in EN else ""


@pytest.mark.parametrize("route", ["by-hand", "multi-head", "warm-up"])
def test_a_cold_link_opens_its_page(new_page: Callable[..., Page], route: str) -> None:
    page = new_page(f"/{route}?lang=en")
    expect(page.locator("h1")).to_have_text(title_of(route), timeout=60_000)
    expect(page.get_by_text("Page not found")).to_have_count(0)


def test_the_list_of_pages_leads_to_each_and_keeps_the_sentence(new_page: Callable[..., Page]) -> None:
    page = new_page("/?lang=en&text=I+go+home")
    page.locator(".st-key-bar [class*=st-key-course_at_] button").click()
    links = page.locator('[data-testid="stPopoverBody"] a')
    expect(links).to_have_count(len(PAGES) + 1)  # the first one leads to the search
    shown = page.locator(".st-key-pages")
    for width, height in ((1440, 900), (820, 1100), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        hidden = shown.evaluate("list => list.scrollHeight - list.clientHeight")
        if width > 640:
            assert hidden <= 0  # all rows at once
        else:  # it goes on below a fade, and is scrolled to its end
            assert hidden > 0
            assert "gradient" in shown.evaluate("list => getComputedStyle(list).maskImage")
        for link in (links.first, links.last):
            link.scroll_into_view_if_needed()
            expect(link).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1440, "height": 900})
    for group in GROUPS:
        expect(shown).to_contain_text(EN(f"ui.group_{group}"))
    links.nth([page.route for page in PAGES].index("masking") + 1).click()
    expect(page.locator("h1")).to_have_text(title_of("masking"), timeout=60_000)
    assert parse_qs(urlsplit(page.url).query)["text"] == ["I go home"]
    expect(page.locator('[data-testid="stPopoverBody"]')).to_have_count(0)  # closed again
    page.locator(".st-key-bar [class*=st-key-course_at_] button").click()
    expect(links).to_have_count(len(PAGES) + 1)
    links.first.click()
    search = page.get_by_label(Texts("en")("course.search"))
    search.fill("LayerNorm")
    search.press("Enter")
    expect(page.locator(".st-key-course_results a").first).to_be_visible(timeout=60_000)


def test_next_and_previous_walk_the_course(new_page: Callable[..., Page]) -> None:
    page = new_page("/averaging?lang=en&text=I+go+home")
    expect(page.locator("h1")).to_have_text(title_of("averaging"), timeout=60_000)
    ways = page.locator('.st-key-footer [data-testid="stPageLink-NavLink"]')
    expect(ways).to_have_count(2)
    ways.last.click()
    after = neighbours("averaging")[1]
    assert after
    expect(page.locator("h1")).to_have_text(title_of(after.route), timeout=60_000)
    expect(ways).to_have_count(2)
    ways.first.click()
    expect(page.locator("h1")).to_have_text(title_of("averaging"), timeout=60_000)
    page.go_back()
    expect(page.locator("h1")).to_have_text(title_of(after.route), timeout=60_000)
    assert parse_qs(urlsplit(page.url).query)["text"] == ["I go home"]


def test_a_question_leads_to_the_part_that_settles_it(new_page: Callable[..., Page]) -> None:
    page = new_page("/course?lang=en")
    # a lecture of an hour leads there too
    page.locator(".st-key-course_questions").get_by_role("link", name=EN("course.ask_residual")).click()
    part = page.locator(".st-key-section_depth")
    expect(part).to_be_in_viewport(timeout=60_000)
    expect(page.locator(".st-key-footer")).to_be_visible()  # all that stands above it is there
    bar = page.locator(".st-key-bar").bounding_box()
    assert bar
    assert bar["y"] <= 10  # it stays, and the part stands below it
    top = f"part => Math.abs(part.getBoundingClientRect().top - {bar['y'] + bar['height']}) < 20"
    page.wait_for_function(f"() => ({top})(document.querySelector('.st-key-section_depth'))")
    page.mouse.wheel(0, -600)  # from now on the page is the reader's
    page.set_viewport_size({"width": 900, "height": 800})
    expect(part).to_be_attached()
    assert not part.evaluate(top)
