"""The first minute by keys alone: a bet, a word followed, a head taken out, a picture saved."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnviz.session.catalog import Texts

FOCUSED = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return `${node?.className ?? ""} ${node?.getAttribute?.("aria-label") ?? ""} ${node?.textContent ?? ""}`;
}"""


def tab_to(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press a key until what has the focus is called so, or is of this class."""
    seen: list[str] = []
    for _ in range(80):
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))
        if re.search(wanted, seen[-1]):
            return
    pytest.fail(f"{key} never comes to {wanted!r}, only to {[one[:40] for one in seen]}")


def test_the_first_minute_by_keys(new_page: Callable[..., Page]) -> None:
    texts = Texts("en")
    page = new_page("/")
    expect(page.locator(".question")).to_be_visible()
    address = page.url
    expect(page.locator(".lines path")).to_have_count(0)
    tab_to(page, f"^skip .*{texts('ui.skip')}")
    page.keyboard.press("Enter")
    expect(page.locator(".word.row.active")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".note").first).to_contain_text("You said")
    expect(page.locator(".lines path").first).to_be_attached()
    expect(page.locator(".word.row.active")).to_have_count(1)
    assert page.url == address  # no server was asked
    page.keyboard.down("u")
    expect(page.locator('[data-part="caption"]')).to_have_text(texts("lines.is_twin"))
    page.keyboard.up("u")
    expect(page.locator('[data-part="caption"]')).to_contain_text("Computed from")

    tab_to(page, "Watch how", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/follow"))
    mark = page.locator('.mark[aria-current="step"]')
    tab_to(page, "^ *play ")
    expect(mark).to_have_count(1)
    page.keyboard.press("End")
    expect(page.locator(".mark").last).to_have_attribute("aria-current", "step")

    tab_to(page, texts("heads.title"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/heads"))
    expect(page.locator(".attnviz[data-drawn]")).to_be_visible()
    tab_to(page, "^mode ")
    page.keyboard.press("Enter")
    expect(page.locator(".cut-panel .diff")).to_be_visible()
    tab_to(page, "^square ")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"out=e\d+-\d+"))
    expect(page.locator(".square.out")).to_have_count(1)
    expect(page.locator(".cut-panel[aria-busy=false] h3")).to_contain_text("Without 1 of")

    tab_to(page, "^ *Download")
    page.keyboard.press("Enter")
    tab_to(page, "PNG")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG")
