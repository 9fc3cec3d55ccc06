"""A student's phone that slept, and was cut off meanwhile: it is back with its vote, and follows on."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.serving import served
from tests.browser.conftest import LOCALE

PANEL = ".classroom.over"
# Streamlit keeps the session of a broken connection for 120 s, a class counts a silent student as here for 20: after
# five minutes both have passed. Here the first is over in one second, and the test waits for the second.
FORGETS = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1"}


class Air:
    """What is between a phone and the server: a relay that can be cut."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_cut = False
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and let none through."""
        with self._lock:
            self.is_cut = True
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the relay."""
        self.cut()
        self._listening.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while True:
                phone, _ = self._listening.accept()
                if self.is_cut:
                    phone.close()
                    continue
                server = socket.create_connection((self._target.hostname, self._target.port))
                with self._lock:
                    self._open |= {phone, server}
                for one, other in ((phone, server), (server, phone)):
                    threading.Thread(target=self._relay, args=(one, other), daemon=True).start()

    def _relay(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def places() -> Iterator[tuple[str, Air]]:
    """A server that soon forgets whoever is cut off, and the air before it."""
    with served(more=FORGETS) as url:
        air = Air(url)
        yield url, air
        air.close()


def turned(page: Page, state: str) -> None:
    """Put a page to sleep ("frozen": no timer and no script of it runs), or wake it ("active")."""
    page.context.new_cdp_session(page).send("Page.setWebLifecycleState", {"state": state})


@pytest.mark.full  # a server is started for it, and twenty seconds are waited
def test_a_phone_that_slept_is_back_with_its_vote_and_follows_on(browser: Browser, places: tuple[str, Air]) -> None:
    url, air = places
    with browser.new_context(**LOCALE) as on_the_wall, browser.new_context(**LOCALE) as pocket:
        teacher, phone = on_the_wall.new_page(), pocket.new_page()
        for page in (teacher, phone):
            page.set_default_timeout(60_000)
        teacher.goto(f"{url}/class")
        teacher.get_by_role("button", name="Start a class").click()
        code = teacher.locator(".letters").inner_text()
        teacher.goto(f"{url}/softmax?lang=en")
        teacher.get_by_role("button", name="Let the class vote").first.click()

        phone.goto(f"{air.url}/join")
        phone.get_by_label("The code on the screen").fill(code)
        phone.get_by_role("button", name="Join").click()
        expect(phone.locator(PANEL)).to_contain_text("Your screen follows", use_inner_text=False)
        choice = phone.locator(f"{PANEL} .options button").nth(1)
        choice.click()
        expect(teacher.locator(PANEL)).to_contain_text("1 answered")

        turned(phone, "frozen")
        air.cut()
        expect(teacher.locator(PANEL)).to_contain_text("0 here")
        expect(teacher.locator(PANEL)).to_contain_text("1 answered")

        turned(phone, "active")
        expect(phone.locator(PANEL)).to_contain_text("reconnecting", ignore_case=True)
        air.is_cut = False
        expect(teacher.locator(PANEL)).to_contain_text("1 here")
        expect(choice).to_have_attribute("aria-pressed", "true")
        expect(phone.locator(PANEL)).to_contain_text("Live")
        phone.wait_for_selector(".st-key-footer")
        teacher.get_by_role("button", name="Show the answer to all").click()
        expect(phone.locator(f"{PANEL} .option", has_text="your vote")).to_contain_text("1")
        teacher.goto(f"{url}/averaging?lang=en")
        phone.wait_for_function("location.pathname === '/averaging'")
        expect(phone.locator("h1").first).to_be_visible()
