"""When a page has come to rest: what is measured before that is a page on its way."""

from playwright.sync_api import Page, expect

# Views unpack and draw after the script has ended, the more of them the later: wait until nothing changes.
STEADY = """(ms) => {
  const size = document.querySelectorAll("*").length;
  const now = performance.now();
  if (window.attnvizSize !== size) { window.attnvizSize = size; window.attnvizSince = now; }
  return now - window.attnvizSince > (ms ?? 1000);
}"""

# Views draw once more when the theme is known.
THEMED = """() => {
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const views = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.querySelector(".attnviz"));
  return views.filter(Boolean).every((view) => view.dataset.theme === theme);
}"""


def settled(page: Page) -> None:
    """Wait until the script has ended, the views have the theme, and nothing is added any more."""
    expect(page.locator(".st-key-footer")).to_be_visible(timeout=60_000)
    expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_attached(timeout=60_000)
    page.wait_for_function(THEMED, timeout=60_000)
    page.wait_for_function(STEADY, timeout=60_000)
