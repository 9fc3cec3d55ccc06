"""The list of a long page's parts: what is drawn is listed, and each entry leads there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnviz.session.catalog import Texts


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("ko", 390)])
def test_a_long_page_lists_its_parts(new_page: Callable[..., Page], language: str, width: int) -> None:
    page = new_page(f"/masking?lang={language}", width=width)
    expect(page.locator(".st-key-footer")).to_be_visible(timeout=60_000)
    button = page.get_by_role("button", name=Texts(language)("ui.sections"))
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    button.click()
    links = page.locator(".sections a")
    drawn = page.locator('[class*="st-key-section_"], [class*="st-key-what_if_"]').all()
    headings = [one.locator("h2, h3").first.inner_text() for one in drawn]
    texts = Texts(language)
    assert links.count() > 5
    assert [text.strip() for text in links.all_inner_texts()] == [text.strip() for text in headings]
    wanted = links.filter(has_text=texts("masking.batch_title"))
    assert "to=section_batch" in str(wanted.get_attribute("href"))
    wanted.click()
    expect(links.first).to_be_hidden()
    part = page.locator(".st-key-section_batch")
    expect(part).to_be_in_viewport()
    expect(part.locator("h2")).to_be_focused()
    button.click()
    expect(page.locator('.sections a[aria-current="location"]')).to_have_text(texts("masking.batch_title"))
    page.keyboard.press("Escape")
    expect(links.first).to_be_hidden()
    expect(button).to_be_focused()


def test_streamlits_own_way_past_the_bar_is_in_the_readers_language(new_page: Callable[..., Page]) -> None:
    for language in ("ko", "en"):
        page = new_page(f"/masking?lang={language}")
        link = page.get_by_test_id("stSkipToContent")
        expect(link).to_have_text(Texts(language)("ui.skip_bar"), timeout=60_000)
        expect(page.locator(".st-key-footer")).to_be_visible(timeout=60_000)
        expect(link).to_have_text(Texts(language)("ui.skip_bar"))  # Streamlit has not written it anew


def test_a_short_page_and_a_lecture_have_none(new_page: Callable[..., Page]) -> None:
    page = new_page("/?lang=en")
    expect(page.locator(".title").first).to_be_visible()
    expect(page.locator(".sections")).to_be_hidden()
    page = new_page("/masking?lang=en&present=1")
    expect(page.locator(".strip")).to_be_visible()
    expect(page.locator(".sections")).to_be_hidden()
