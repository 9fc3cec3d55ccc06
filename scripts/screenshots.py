"""Photographs every page: ``python scripts/screenshots.py FOLDER [--url URL] [--page ROUTE]``.

Widths 1440, 820 and 390, light and dark, English and Korean. Without ``--url`` it starts a server
of its own. Needs Chromium (``scripts/chromium``) and, for Korean, the fonts of fonts-noto-cjk.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from attnviz.session.catalog import LANGUAGES  # noqa: E402
from attnviz.session.pages import PAGES  # noqa: E402
from scripts.serving import chromium, served  # noqa: E402

WIDTHS = {1440: 900, 820: 1100, 390: 844}  # width -> height of the window
THEMES = ("light", "dark")


def photograph(browser: Browser, address: str, path: Path, width: int, theme: str, *, whole: bool) -> None:
    """Write one picture of the window, or of the whole page."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, color_scheme="dark" if theme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".attnviz > *", timeout=120_000)
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')
    page.wait_for_timeout(1200)
    if whole:  # Streamlit scrolls inside the page: make the window as high as what it scrolls
        height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(600)
    page.screenshot(path=path)
    context.close()


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--page", action="append", help="only this route; 'start' is the first page")
    parser.add_argument("--query", default="", help="more of the URL, as in 'text=I+go+home&layer=2'")
    parser.add_argument("--window", action="store_true", help="only what the window shows, not the whole page")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, served() if not arguments.url else _given(arguments.url) as url:
        for page in PAGES:
            name = page.route or "start"
            if arguments.page and name not in arguments.page:
                continue
            for width in WIDTHS:
                for theme in THEMES:
                    for language in LANGUAGES:
                        path = arguments.folder / f"{name}-{width}-{theme}-{language}.png"
                        address = f"{url}/{page.route}?lang={language}&{arguments.query}"
                        photograph(browser, address, path, width, theme, whole=not arguments.window)
                        print(path)


@contextmanager
def _given(url: str) -> Iterator[str]:
    yield url.rstrip("/")


if __name__ == "__main__":
    main()
