"""The way through the course: the list of pages, previous and next, cold links, and settings in the URL."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from attnviz.session.catalog import Texts
from attnviz.session.pages import PAGES, neighbours

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
    page.locator(".st-key-bar [data-testid=stPopover] button").click()
    links = page.locator('[data-testid="stPopoverBody"] a')
    expect(links).to_have_count(len(PAGES))
    links.nth([page.route for page in PAGES].index("masking")).click()
    expect(page.locator("h1")).to_have_text(title_of("masking"), timeout=60_000)
    assert parse_qs(urlsplit(page.url).query)["text"] == ["I go home"]
    expect(page.locator('[data-testid="stPopoverBody"]')).to_have_count(0)  # closed again


def test_next_and_previous_walk_the_course(new_page: Callable[..., Page]) -> None:
    page = new_page("/averaging?lang=en&text=I+go+home")
    expect(page.locator("h1")).to_have_text(title_of("averaging"), timeout=60_000)
    page.locator(".st-key-footer a").last.click()
    after = neighbours("averaging")[1]
    assert after
    expect(page.locator("h1")).to_have_text(title_of(after.route), timeout=60_000)
    page.locator(".st-key-footer a").first.click()
    expect(page.locator("h1")).to_have_text(title_of("averaging"), timeout=60_000)
    page.go_back()
    expect(page.locator("h1")).to_have_text(title_of(after.route), timeout=60_000)
    assert parse_qs(urlsplit(page.url).query)["text"] == ["I go home"]


def test_a_question_leads_to_the_part_that_settles_it(new_page: Callable[..., Page]) -> None:
    page = new_page("/course?lang=en")
    page.get_by_role("link", name=EN("course.ask_residual")).click()
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
