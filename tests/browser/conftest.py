"""A fresh server, and pages of any width and theme."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from scripts.serving import served


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The address of a server of our own: one for each process that tests."""
    with served() as url:
        yield url


@pytest.fixture
def new_page(browser: Browser, app_url: str) -> Iterator[Callable[..., Page]]:
    """Open a page of our app: ``new_page("/heads?...", width=390, theme="dark")``.

    A script's uncaught exception on any of the pages fails the test.
    """
    contexts, faults = [], []

    def opened(path: str = "/", *, width: int = 1440, height: int = 900, theme: str = "light", **more: object) -> Page:
        settings = {"viewport": {"width": width, "height": height}, "color_scheme": theme, "locale": "en-GB"}
        context = browser.new_context(**settings, **more)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(app_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Another name of ``new_page``."""
    return new_page
