"""The addresses of a class, as browsers and attackers without scripts use them."""

import json
import os
import re
import sys
import time
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from attnviz.classroom.classes import Classes
from attnviz.classroom.cookies import CLASS, DEVICE, TEACHER, visitor
from attnviz.classroom.lately import FRESH
from attnviz.classroom.record import Option
from attnviz.classroom.store import Memory, StoreError
from attnviz.session.catalog import LANGUAGES
from attnviz.session.pages import PAGES
from attnviz.web import routes

WHICH = {"en": "Which <i>?", "ko": "어느 것 <i>?"}
OPTIONS = (
    Option("a", {"en": "A <b>", "ko": "가 <b>"}, {"en": "since it is so", "ko": "그렇기 때문입니다"}),
    Option("b", {"en": "B", "ko": "나"}, {"en": "no", "ko": "아니요"}),
)


class Gone(Memory):
    """A store that can't be reached."""

    is_gone = False
    later = 0.0  # seconds by which the clock of its classes is ahead

    def time(self) -> float:
        return time.time() + self.later

    def get(self, key: str) -> bytes | None:
        if self.is_gone:
            raise StoreError("gone")
        return super().get(key)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Gone:
    """A store of this test alone, for the routes."""
    own = Gone()
    kept = Classes(own, own.time)
    monkeypatch.setattr(routes, "classes", lambda: kept)
    return own


@pytest.fixture
def app(store: Gone) -> Starlette:
    return Starlette(routes=routes.ROUTES)


def browser(app: Starlette) -> TestClient:
    return TestClient(app, base_url="http://attnviz.test")


def state(client: TestClient) -> dict[str, Any]:
    return client.get("/class/state").json()


@pytest.fixture
def teacher(app: Starlette) -> TestClient:
    client = browser(app)
    assert client.post("/class/start").status_code == 200
    return client


def code_of(teacher: TestClient) -> str:
    return re.search(r'class="letters"[^>]*>([A-Z]{4} [A-Z]{4})<', teacher.get("/class").text)[1]


def student_of(app: Starlette, teacher: TestClient) -> TestClient:
    client = browser(app)
    assert client.post("/join", data={"code": code_of(teacher).lower()}).url.path == "/join/view"
    return client


@pytest.fixture
def student(app: Starlette, teacher: TestClient) -> TestClient:
    return student_of(app, teacher)


def begin_vote(teacher: TestClient) -> str:
    own = routes.__dict__["classes"]()
    seat = own.seat(visitor(dict(teacher.cookies)))
    return own.open_round(seat, "masking.future", WHICH, OPTIONS, "a").round.id


def test_a_class_is_started_joined_and_followed(teacher: TestClient, student: TestClient) -> None:
    teacher.post("/class/at", data={"path": "/heads", "query": "layer=2&lang=ko&size=large&answers=shown&text=a+b"})
    seen = state(student)
    assert (seen["role"], seen["at"], seen["move"]) == ("student", "/heads?layer=2&text=a+b", 1)
    assert state(teacher)["role"] == "teacher"
    assert "All heads" in student.get("/join/view").text


def test_nothing_new_is_answered_without_a_body(student: TestClient) -> None:
    first = student.get("/class/state")
    again = student.get("/class/state", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/nowhere", "/class", "/heads/../x", ""])
def test_a_class_is_led_to_pages_of_ours_only(teacher: TestClient, student: TestClient, path: str) -> None:
    teacher.post("/class/at", data={"path": path, "query": "x" * 100})
    at = state(student)["at"]
    assert urlsplit(at).netloc == "" and urlsplit(at).path.strip("/") in {page.route for page in PAGES}


def test_cookies_can_be_read_by_no_script_and_hold_all_the_power(app: Starlette) -> None:
    client = browser(app)
    answer = client.post("/class/start", follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Max-Age=10800" in cookie
    secret = client.cookies[TEACHER].partition(".")[2]
    page = client.get("/class").text + client.get("/class/state").text
    assert secret not in page and secret not in answer.headers["location"]
    assert not re.search(r"[A-Z]{16}|([A-Z]{4} ){3}", page)  # the recovery code is on no page
    assert re.search(r"([A-Z]{4} ){3}[A-Z]{4}", client.get("/class/recovery").text)
    safe = browser(app).post("/class/start", headers={"X-Forwarded-Proto": "https"}, follow_redirects=False)
    assert "Secure" in safe.headers["set-cookie"]


def test_a_student_or_a_stranger_can_do_nothing_of_a_teacher(
    app: Starlette, teacher: TestClient, student: TestClient
) -> None:
    vote, before = begin_vote(teacher), state(teacher)
    stranger = browser(app)
    copied = browser(app)  # the link on the wall holds the id of the class, and no power
    assert copied.get(f"/join/{student.cookies[CLASS]}").url.path == "/join/view"
    copied.cookies.set(TEACHER, f"{student.cookies[CLASS]}.{student.cookies[DEVICE]}")
    for other in (stranger, student, copied):
        for path in (*(f"/class/{name}" for name in routes.DEEDS), "/class/end", "/class/show"):
            form = {"round": vote, "on": "yes", "path": "/heads", "first": "", "last": "heads", "hands_a": "9"}
            assert other.post(path, data=form, follow_redirects=False).status_code == 403, path
        assert other.get("/class/recovery").status_code == 403
    after = state(teacher)
    assert (after["at"], after["calls"], after["role"]) == (before["at"], before["calls"], "teacher")
    assert "0 answered" in after["panel"] and "since it" not in after["panel"]


def test_a_form_of_another_site_is_refused(teacher: TestClient) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert teacher.post("/class/call", headers=headers, follow_redirects=False).status_code == 403
    assert state(teacher)["calls"] == 0
    teacher.post("/class/call", headers={"Origin": "http://attnviz.test"})
    assert state(teacher)["calls"] == 1


def test_nobody_sees_counts_or_answer_before_the_reveal(teacher: TestClient, student: TestClient) -> None:
    vote = begin_vote(teacher)
    open_panel = state(student)["panel"]
    student.post("/class/vote", data={"round": vote, "option": "b"})
    voted = state(student)["panel"]
    for seen in (open_panel, voted, student.get("/join/view").text):
        assert "since it" not in seen
    assert 'class="count"' not in open_panel + voted
    assert 'aria-pressed="true"' in voted and "A &lt;b&gt;" in voted and "Which &lt;i&gt;?" in voted
    assert "1 answered, 0 still thinking" in state(teacher)["panel"]
    teacher.post("/class/reveal", data={"round": vote})
    for seen in (state(student)["panel"], student.get("/join/view").text):
        assert "since it" in seen
    assert state(student)["panel"].count('class="count"') == 2
    late = student.post("/class/vote", data={"round": vote, "option": "a"}, headers={"X-Attnviz": "1"})
    assert (late.status_code, late.json()["said"]) == (409, "The result is out: votes are locked.")


def test_who_chose_a_language_keeps_it_through_forms(app: Starlette, teacher: TestClient) -> None:
    """The browser asks for English; the page was opened in Korean."""
    client = browser(app)
    client.headers["Accept-Language"] = "en"
    came = {"Referer": "http://attnviz.test/class?lang=ko"}
    begun = client.post("/class/start", headers=came)
    assert begun.url.params["lang"] == "ko" and '<html lang="ko">' in begun.text
    assert re.search(r'class="button main" href="/\?lang=ko"', begun.text)
    closed = client.post("/class/door", data={"on": "yes"}, headers={"Referer": str(begun.url)})
    assert '<html lang="ko">' in closed.text
    other = browser(app)
    wrong = other.post("/join", data={"code": "AAAA BBBB"}, headers={"Referer": "http://attnviz.test/join?lang=ko"})
    assert '<html lang="ko">' in wrong.text and "이 코드의 수업이 없습니다" in wrong.text
    by_code = browser(app).get(f"/join/{code_of(teacher).replace(' ', '')}", params={"lang": "ko"})
    assert by_code.url.path == "/join/view" and '<html lang="ko">' in by_code.text


def test_everybody_reads_a_vote_in_his_own_language(teacher: TestClient, student: TestClient) -> None:
    vote = begin_vote(teacher)
    student.post("/class/vote", data={"round": vote, "option": "a"})
    teacher.post("/class/reveal", data={"round": vote})
    for client in (teacher, student):
        for language in LANGUAGES:
            panel = client.get("/class/state", params={"lang": language}).json()["panel"]
            for said in (WHICH, OPTIONS[0].label, OPTIONS[0].why, OPTIONS[1].label):
                assert escape(said[language]) in panel
                assert all(
                    escape(said[other]) not in panel
                    for other in LANGUAGES
                    if other != language and len(said[other]) > 1
                )


def test_a_second_vote_stands_beside_the_first(teacher: TestClient, student: TestClient) -> None:
    first = begin_vote(teacher)
    student.post("/class/vote", data={"round": first, "option": "b"})
    for _ in range(2):  # pressed twice
        teacher.post("/class/again", data={"round": first})
    second = re.search(r'name="round" value="(\w+)"', state(student)["panel"])[1]
    student.post("/class/vote", data={"round": second, "option": "a"})
    teacher.post("/class/reveal", data={"round": second})
    seen = state(student)["panel"]
    assert "First vote" in seen and "Second vote" in seen and seen.count('class="count"') == 4


def test_a_sentence_is_shown_to_all_or_removed(teacher: TestClient, student: TestClient) -> None:
    for sentence in ("<script>alert(1)</script> cats", "dogs"):
        student.post("/class/ask", data={"sentence": sentence})
    panel = state(teacher)["panel"]
    assert "<script>" not in panel and "&lt;script&gt;" in panel
    one, two = re.findall(r'name="asked" value="(\w+)">Show', panel)
    teacher.post("/class/drop", data={"asked": one})
    answer = teacher.post("/class/show", data={"asked": two}, headers={"X-Attnviz": "1"})
    assert answer.json()["goes"] == state(student)["at"] == "/?text=dogs"
    assert "cats" not in state(teacher)["panel"]


def test_pause_pages_and_door(app: Starlette, teacher: TestClient, student: TestClient) -> None:
    teacher.post("/class/pause", data={"on": "yes"})
    assert state(student)["is_paused"] and not state(teacher)["is_paused"]
    teacher.post("/class/pages", data={"first": "masking", "last": "scaling"})
    assert state(student)["pages"] == ["/scaling", "/masking"]
    link = f"/join/{student.cookies[CLASS]}"
    teacher.post("/class/door", data={"on": "yes"})
    assert browser(app).get(link).status_code == 404
    assert student.get(link).url.path == "/join/view"
    teacher.post("/class/door", data={"on": ""})
    assert browser(app).get(link).url.path == "/join/view"


def test_the_recovery_code_brings_the_class_to_another_device(app: Starlette, teacher: TestClient) -> None:
    code = re.search(r"([A-Z]{4} ){3}[A-Z]{4}", teacher.get("/class/recovery").text)[0]
    other = browser(app)
    other.post("/class/recover", data={"recovery": code})
    assert state(other)["role"] == "teacher"
    assert teacher.get("/class/state").status_code == 404
    assert teacher.post("/class/call", follow_redirects=False).status_code == 403


def test_wrong_codes_get_slow(app: Starlette) -> None:
    client = browser(app)
    wrong, script = {"code": "AAAABBBB"}, {"X-Attnviz": "1"}
    answers = [client.post("/join", data=wrong, headers=script).status_code for _ in range(9)]
    assert answers[0] == 409 and 429 in answers


def test_a_store_out_of_reach_is_said_and_comes_back(store: Gone, teacher: TestClient, student: TestClient) -> None:
    store.is_gone = True
    store.later += FRESH
    assert student.get("/class/state").status_code == 503
    lost = student.get("/join/view")
    assert lost.status_code == 503 and "lesson goes on" in lost.text and lost.headers["refresh"] == "3"
    assert teacher.post("/class/call", headers={"X-Attnviz": "1"}).status_code == 503
    store.is_gone = False
    assert state(student)["role"] == "student"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_drawn_in_each_language(
    teacher: TestClient, student: TestClient, app: Starlette, language: str
) -> None:
    new = browser(app)
    opened = ((new, "/class"), (teacher, "/class"), (new, "/join"), (student, "/join/view"), (student, "/class/check"))
    for client, path in opened:
        answer = client.get(f"{path}?lang={language}")
        assert answer.status_code == 200 and f'<html lang="{language}">' in answer.text
        assert answer.headers.get("cache-control") == "no-store"


def test_a_body_that_is_too_large_is_refused(student: TestClient) -> None:
    assert student.post("/class/ask", data={"sentence": "x" * 30_000}).status_code == 413


def test_the_class_is_over_when_the_teacher_ends_it(teacher: TestClient, student: TestClient) -> None:
    teacher.post("/class/end")
    assert student.get("/class/state").status_code == teacher.get("/class/state").status_code == 404
    assert student.get("/join/view").url.path == "/join"
    assert json.loads(student.post("/class/ask", data={"sentence": "x"}, headers={"X-Attnviz": "1"}).text)["said"]


WRITES = {"os.mkdir", "os.rename", "os.remove", "os.truncate", "os.link", "os.symlink", "tempfile.mkstemp"}
written: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Remember what was written to a disk, as the interpreter reports it."""
    if event in WRITES:
        written.append(f"{event} {arguments}")
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        written.append(str(arguments[0]))


def test_a_class_in_memory_writes_nothing_to_a_disk(app: Starlette, tmp_path: Path) -> None:
    sys.addaudithook(watch)
    (tmp_path / "seen").write_text("by the watch")
    assert str(tmp_path / "seen") in map(str, written)
    written.clear()
    teacher = browser(app)
    teacher.post("/class/start")
    student = student_of(app, teacher)
    vote = begin_vote(teacher)
    student.post("/class/vote", data={"round": vote, "option": "a"})
    student.post("/class/ask", data={"sentence": "dogs"})
    teacher.get("/class/recovery")
    teacher.post("/class/end")
    assert written == []
