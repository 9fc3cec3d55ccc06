"""A theme of the reader's own, by keys, kept from page to page, and never the other one first."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from attnviz.figures.look import PALETTE

DARK = "rgb({}, {}, {})".format(*bytes.fromhex(str(PALETTE["dark"]["ground"])[1:]))
# every colour that the page had behind it, from its first picture on; none is what it has before its rules are read
SEEN = """window.seen = new Set();
const look = () => {
  for (const name of ["html", ".stApp"]) {
    const node = document.querySelector(name);
    if (node) window.seen.add(getComputedStyle(node).backgroundColor);
  }
  requestAnimationFrame(look);
};
look();"""


def test_the_reader_sets_the_theme_and_keeps_it(new_page: Callable[..., Page]) -> None:
    page = new_page("/?lang=en", theme="light")
    ground, question = page.locator(".stApp"), page.locator(".question")
    expect(question).to_be_visible()
    expect(ground).not_to_have_css("background-color", DARK)
    page.locator(".st-key-looks button").first.press("Enter")
    page.locator(".st-key-theme button").last.press("Enter")
    expect(page).to_have_url(re.compile("theme=dark"))
    expect(ground).to_have_css("background-color", DARK)
    expect(page.locator('.attnviz[data-theme="dark"] .question')).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="All heads", exact=True).click()
    expect(page).to_have_url(re.compile("/heads.*theme=dark"))
    page.add_init_script(SEEN)
    page.reload()
    expect(page.locator('.attnviz[data-theme="dark"] canvas').first).to_be_visible()
    seen = set(page.evaluate("[...window.seen]")) - {"rgba(0, 0, 0, 0)"}
    assert DARK in seen
    # until the server has told ours, Streamlit has a dark one of its own
    assert all(max(map(int, re.findall(r"\d+", colour))) < 40 for colour in seen), seen
    page.emulate_media(color_scheme="dark")  # it is the reader's, whatever the device has
    page.locator(".st-key-looks button").first.press("Enter")
    page.locator(".st-key-theme button").nth(1).press("Enter")
    expect(ground).not_to_have_css("background-color", DARK)
    page.locator(".st-key-theme button").first.press("Enter")
    expect(page).not_to_have_url(re.compile("theme="))
    expect(ground).to_have_css("background-color", DARK)
