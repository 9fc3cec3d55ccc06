"""A fresh server, and pages of any width and theme."""

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.serving import served

expect.set_options(timeout=30_000)  # a cold server loads the model first, and tests run side by side
LOCALE: dict[str, Any] = {"locale": "en-GB"}
Theme: TypeAlias = Literal["light", "dark"]


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The address of a server of our own: one for each process that tests."""
    with served() as url:
        yield url


@pytest.fixture(scope="session")
def shared_context(browser: Browser) -> Iterator[BrowserContext]:
    """One context for most pages: the megabytes of Streamlit's own scripts are compiled once, not for each test."""
    context = browser.new_context(**LOCALE)
    yield context
    context.close()


@pytest.fixture
def new_page(browser: Browser, shared_context: BrowserContext, app_url: str) -> Iterator[Callable[..., Page]]:
    """Open a page of our app: ``new_page("/heads?...", width=390, theme="dark")``.

    ``more`` are settings of a context (touch, ...), which is then the page's own. A script's uncaught
    exception on any of the pages fails the test.
    """
    pages, contexts, faults = [], [], []

    def opened(path: str = "/", *, width: int = 1440, height: int = 900, theme: Theme = "light", **more: Any) -> Page:
        context = shared_context
        if more:
            context = browser.new_context(**(LOCALE | more))
            contexts.append(context)
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(30_000)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(app_url + path)
        return page

    yield opened
    for page in pages:
        if not page.is_closed():
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            page.close()
    for context in contexts:
        context.close()
    shared_context.clear_cookies()
    assert not faults


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Another name of ``new_page``."""
    return new_page
