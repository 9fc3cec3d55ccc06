"""The app inside a page of another site, and a server that is started anew under an open page."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from attnviz.session.catalog import Texts
from scripts.replicas import for_a_server
from scripts.serving import served

ROOT = Path(__file__).resolve().parents[2]
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
EN = Texts("en")


@contextmanager
def course_site(embedded: str) -> Iterator[str]:
    """Serve a page that embeds another, from an address of its own."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{embedded}" width="1000" height="800"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def answered(headers: dict[str, str]) -> Callable[[Route], None]:
    """Send these headers instead of the app's own page."""
    return lambda route: route.fulfill(body="<p>the app</p>", content_type="text/html", headers=headers)


def test_a_course_site_embeds_the_app(new_page: Callable[..., Page], app_url: str) -> None:
    with course_site(f"{app_url}/?lang=en") as site:
        page = new_page("/_stcore/health")
        page.goto(site)
        inside = page.frame_locator("iframe")
        expect(inside.locator("h1")).to_have_text(EN("start.headline"), timeout=60_000)
        inside.get_by_label(EN("ui.sentence")).fill("I go home")
        inside.get_by_label(EN("ui.sentence")).press("Enter")
        expect(inside.locator(".title")).to_contain_text("home")


def test_the_policy_lets_in_the_site_that_it_names_and_no_other(new_page: Callable[..., Page], app_url: str) -> None:
    policy = re.search(r'add_header Content-Security-Policy "([^"]+)" always;', for_a_server("example.org", [8501]))
    line = re.search(r"write `(frame-ancestors 'self' (https://\S+))`", DEPLOYING)
    assert policy
    assert line
    assert "frame-ancestors 'self';" in f"{policy[1]};"
    with course_site(f"{app_url}/?lang=en") as site:
        changed = policy[1].replace("frame-ancestors 'self'", line[1].replace(line[2], site))
        # browsers that know the policy pass over the older header, as the documentation says
        for sent, seen in (({"content-security-policy": policy[1]}, 0), ({"content-security-policy": changed}, 1)):
            page = new_page("/_stcore/health")
            page.route(f"{app_url}/?lang=en", answered({**sent, "x-frame-options": "SAMEORIGIN"}))
            page.goto(site)
            expect(page.frame_locator("iframe").get_by_text("the app")).to_have_count(seen)


def test_a_browser_asks_for_a_views_script_once(new_page: Callable[..., Page]) -> None:
    page = new_page("/?lang=en", has_touch=False)  # a context of its own, with nothing kept yet
    sent = """() => performance.getEntriesByType("resource")
        .filter((one) => one.name.includes("/bidi-components/attnviz.")).map((one) => one.transferSize)"""
    expect(page.get_by_label(EN("ui.sentence"))).to_be_visible(timeout=60_000)
    page.wait_for_function(f"({sent})().length >= 3")
    assert min(page.evaluate(sent)) > 0
    page.reload()
    page.wait_for_function(f"({sent})().length >= 3")
    assert max(page.evaluate(sent)) == 0


@pytest.mark.full  # two servers are started for it; what the page does meanwhile is tested in others.test.js
def test_the_first_click_after_a_restart_counts(browser: Browser) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    page = browser.new_page()
    head = page.locator('.square[aria-label="Head 2 of layer 2"]')
    with served(port) as url:
        page.goto(f"{url}/heads?lang=en&text=I+go+home")
        expect(head).to_have_attribute("aria-pressed", "false", timeout=60_000)
        expect(page.locator(".st-key-footer")).to_be_visible()
    with served(port):
        expect(page.get_by_text(EN("ui.reconnected"))).to_be_visible(timeout=60_000)
        head.click()
        expect(page).to_have_url(re.compile(r"layer=2&head=2"))
        expect(head).to_have_attribute("aria-pressed", "true")
    page.close()
