"""The server behind the page is started anew, another site embeds the page, and typed text is never a link."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

from playwright.sync_api import Page, Route, expect

from attnviz.session.catalog import Texts
from scripts.serving import served

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_action_after_a_restart_counts(browser: object) -> None:
    context = browser.new_context(locale="en-GB")  # type: ignore[attr-defined]
    page = context.new_page()
    page.set_default_timeout(60_000)
    with served() as first:
        port = int(first.rsplit(":", 1)[1])
        page.goto(f"{first}/heads?lang=en&text=I+go+home&layer=1&head=1")
        page.wait_for_selector('[data-drawn="1-1"][data-numbers="exact"]')
    expect(page.locator('[data-test-connection-state="CONNECTED"]')).to_have_count(0)
    with served(port):
        expect(page.get_by_text(Texts("en")("ui.reconnected"))).to_be_visible()
        page.locator(".square").nth(3).click()
        page.wait_for_selector('[data-drawn="1-4"][data-numbers="exact"]')
        expect(page).to_have_url(re.compile("head=4"))
        box = page.locator(".st-key-sentence input")
        box.fill("he is a boy")
        box.press("Enter")
        expect(page).to_have_url(re.compile("he"))
        expect(page.locator(".from")).to_contain_text("he is a boy")
    context.close()


def test_typed_text_is_literal(new_page: Callable[..., Page], app_url: str) -> None:
    typed = "see https://evil.example/auto www.evil.example a@evil.example :smile: a -> b -- c"
    page = new_page(f"/quality?candidate={quote(typed)}&reference={quote(typed)}&answers=shown")
    for route in ("", f"/translate?lang=en&text=Hello+there&beginning={quote(typed)}"):
        if route:
            page.goto(app_url + route)
        expect(page.locator(".st-key-footer")).to_be_visible(timeout=120_000)
        expect(page.get_by_text("evil").first).to_be_visible()
        assert not page.locator('a[href*="evil"]').count()


@contextmanager
def site_with(frame: str) -> Iterator[int]:
    """Serve, on a port of its own, a page of another site that holds ``frame`` in an iframe."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{frame}" width="800" height="600"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_one_line_lets_one_course_site_embed_the_app(new_page: Callable[..., Page], app_url: str) -> None:
    told = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"`(frame-ancestors 'self' https://course\.example\.edu)`", told)
    page = new_page("/course?lang=en")
    with site_with(f"{app_url}/course?lang=en") as port:
        policy = line.replace("https://course.example.edu", f"http://localhost:{port}")

        def answered(route: Route) -> None:
            response = route.fetch()
            route.fulfill(response=response, headers={**response.headers, "content-security-policy": policy})

        page.route(f"{app_url}/course?*", answered)
        page.goto(f"http://localhost:{port}/lecture")
        expect(page.frame_locator("iframe").locator("h1")).to_be_visible(timeout=120_000)
        page.goto(f"http://127.0.0.1:{port}/lecture")  # another site, of which the line says nothing
        page.wait_for_timeout(3000)
        expect(page.frame_locator("iframe").locator("#root")).to_have_count(0)
