"""A class on two servers and Valkey: it goes on when a server dies, and when Valkey is started anew."""

import re
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from scripts.replicas import replicas
from scripts.stores import OwnValkey

PATIENCE = 30  # seconds


class Browser:
    """Cookies, and the page that an address leads to."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, **form: str) -> str:
        data = urlencode(form).encode() if form else None
        with self._opener.open(self._address + path, data, timeout=10) as answer:
            return str(answer.read().decode())

    def until(self, path: str, text: str) -> None:
        """Ask until the answer holds a text: a server that is gone is asked again."""
        end, found = time.monotonic() + PATIENCE, ""
        while text not in found:
            assert time.monotonic() < end, f"{text!r} is not in {found[:2000]}"
            try:
                found = self.open(path)
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)

    def until_status(self, status: int, path: str) -> None:
        """Ask until the answer has this status."""
        end, found = time.monotonic() + PATIENCE, 0
        while found != status:
            assert time.monotonic() < end, f"{path}: {found}"
            try:
                self.open(path)
            except urllib.error.HTTPError as error:
                found = error.code


@pytest.mark.full  # two servers, nginx and Valkey are started for it
def test_a_class_goes_on_when_a_server_dies_and_when_valkey_is_started_anew() -> None:
    store = OwnValkey()
    with replicas(2, more={"ATTNVIZ_CLASS_STORE": store.url}) as running:
        with store:
            teacher, students = Browser(running.address), [Browser(running.address) for _ in range(6)]
            page = teacher.open("/class/start", go="yes")
            code = re.search(r"[A-Z]{4} [A-Z]{4}", page)[0]
            for student in students:
                assert "Live" in student.open("/join", code=code)
                student.open("/class/ask", sentence="the cat sleeps")
            teacher.until("/class", "6 here")
            running.kill(0)
            for student in students:
                student.until("/join/view", "Live")
            teacher.until("/class", "Sentences from the class (6)")
        teacher.until_status(503, "/class/state")
        with store:
            teacher.until("/class", "Sentences from the class (6)")
            for student in students:
                student.until("/join/view", "Live")
            teacher.open("/class/end", go="yes")
            teacher.until("/class", "Start a class")
