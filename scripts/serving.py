"""A server and a browser of our own, for tests, pictures and measurements."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
START_S = 60


def streamlit(script: str) -> tuple[str, ...]:
    """Return the command that serves a script with Streamlit."""
    return (sys.executable, "-m", "streamlit", "run", script)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Served(str):
    """The address of a server, and its process."""

    pid: int


@contextmanager
def served(
    port: int = 0,
    command: Sequence[str] = streamlit("app.py"),
    cwd: Path = ROOT,
    more: Mapping[str, str] | None = None,
    folder: str = "",
) -> Iterator[Served]:
    """Run the app on a port (0: any free one), by the interpreter that runs this, and return its address.

    ``command``, ``cwd`` and ``more`` (of the environment): for an app that is served in another way;
    ``folder``: the one that it is served under, "/folder".

    ``RuntimeError`` with what the server said when it doesn't start.
    """
    port = port or free_port()
    settings = {
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
        "STREAMLIT_SERVER_HEADLESS": "true",
        "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
        "STREAMLIT_SERVER_BASE_URL_PATH": folder,
    }
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **settings, **(more or {})}, stdout=log, stderr=subprocess.STDOUT
        ) as server,
    ):
        try:
            url = Served(f"http://127.0.0.1:{port}{folder}")
            url.pid = server.pid
            wait_for(url, server, log)
            yield url
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Wait until the app answers at ``url``; ``RuntimeError`` with what ``server`` said when it doesn't."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"the server did not start:\n{log.read().decode(errors='replace')}")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Start the Chromium that is on PATH; ``RuntimeError`` when there is none."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise RuntimeError("no Chromium on PATH: ./scripts/chromium gets it, or says what to type")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu", *flags])
        yield browser
        browser.close()


def serve_modules(page: Page, address: str = "http://attnviz.test") -> None:
    """Open an empty page that can import the views' modules as they are: ``import("/components/...")``."""
    kinds = {".js": "text/javascript", ".json": "application/json", ".css": "text/css"}

    def answer(route: Route) -> None:
        path = ROOT / "attnviz" / route.request.url.removeprefix(f"{address}/")
        if path.suffix in kinds and path.is_file():
            route.fulfill(body=path.read_text(encoding="utf-8"), content_type=kinds[path.suffix])
        else:
            route.fulfill(body="<!doctype html><meta charset=utf-8>", content_type="text/html")

    page.route(f"{address}/**", answer)
    page.goto(f"{address}/")
