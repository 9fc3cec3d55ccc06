"""A student's question is kept until there is news for him; nobody else is, and nothing else answers it sooner."""

import asyncio
import time
from collections.abc import Callable, Coroutine, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from attnviz.classroom import record as rules
from attnviz.classroom.classes import Classes, Seat, Visitor
from attnviz.classroom.cookies import TEACHER
from attnviz.classroom.lately import FRESH, Known, Present
from attnviz.classroom.record import Class, Option, Round
from attnviz.classroom.store import Memory, StoreError
from attnviz.web import routes
from attnviz.web.waiting import until_news

T = TypeVar("T")
WHICH = {"en": "Which?", "ko": "어느 것?"}
VOTE = Round("r", "masking.future", WHICH, tuple(Option(one, WHICH, WHICH) for one in "ab"), "a")
ME, OTHER = "me", "other"


class Counting(Memory):
    """A store that counts how often a class is read, and may be gone."""

    gets, is_gone = 0, False

    def get(self, key: str) -> bytes | None:
        self.gets += 1
        if self.is_gone:
            raise StoreError("gone")
        return super().get(key)


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def own(store: Counting, monkeypatch: pytest.MonkeyPatch) -> Classes:
    kept = Classes(store)
    monkeypatch.setattr(routes, "classes", lambda: kept)
    return kept


@pytest.fixture
def app(own: Classes) -> Starlette:
    return Starlette(routes=routes.ROUTES)


def browser(app: Starlette) -> TestClient:
    return TestClient(app, base_url="http://attnviz.test")


@pytest.fixture
def teacher(app: Starlette) -> TestClient:
    client = browser(app)
    client.post("/class/start")
    return client


@pytest.fixture
def student(app: Starlette, own: Classes, teacher: TestClient) -> TestClient:
    client = browser(app)
    assert client.get(f"/join/{class_of(own, teacher).code}").url.path == "/join/view"
    return client


def class_of(own: Classes, client: TestClient) -> Class:
    found = own.read(client.cookies[TEACHER].partition(".")[0].strip('"'))
    assert found
    return found


def alone(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop of its own, in another thread: this one may have Playwright's."""
    with ThreadPoolExecutor() as pool:
        return pool.submit(asyncio.run, work).result()


def waits(client: TestClient, pool: ThreadPoolExecutor) -> Future[int]:
    """Ask for what is new since now, in another thread; the answer's status comes later."""
    headers = {"If-None-Match": client.get("/class/state").headers["ETag"]}
    return pool.submit(lambda: client.get("/class/state", params={"wait": ""}, headers=headers).status_code)


@pytest.fixture
def for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends a wait is news, not patience."""
    for name in ("HELD", "AGAIN"):
        monkeypatch.setattr(routes, name, 60.0)


@pytest.mark.usefixtures("for_long")
def test_news_is_answered_when_it_comes(teacher: TestClient, student: TestClient) -> None:
    with ThreadPoolExecutor() as pool:
        for path, form, status in (
            ("/class/at", {"path": "/heads", "query": ""}, 200),
            ("/class/pause", {"on": "yes"}, 200),
            ("/class/call", {}, 200),
            ("/class/end", {}, 404),
        ):
            answer = waits(student, pool)
            time.sleep(0.1)
            teacher.post(path, data=form)
            assert answer.result() == status, path


@pytest.mark.usefixtures("for_long")
def test_a_store_that_is_gone_is_told_at_once(store: Counting, student: TestClient) -> None:
    with ThreadPoolExecutor() as pool:
        answer = waits(student, pool)
        time.sleep(0.1)
        store.is_gone = True
        assert answer.result() == 503


def test_without_news_it_is_kept_and_who_waits_is_here(
    own: Classes, teacher: TestClient, student: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "HELD", 1.0)
    monkeypatch.setattr(routes, "AGAIN", 0.2)
    seen: list[str] = []
    here = own.lately.here

    def noted(known: Known, who: str, *, teaches: bool) -> tuple[int, bool]:
        seen.append(who)
        return here(known, who, teaches=teaches)

    monkeypatch.setattr(own.lately, "here", noted)
    begun = time.monotonic()
    with ThreadPoolExecutor() as pool:
        assert waits(student, pool).result() == 304
    assert time.monotonic() - begun >= 1
    assert len(seen) > 3  # the first one asked for the tag
    begun_by_teacher = len(seen)
    with ThreadPoolExecutor() as pool:
        assert waits(teacher, pool).result() == 304
    assert len(seen) == begun_by_teacher + 2, "a teacher's question is kept too"


@pytest.mark.parametrize("gone", [False, True])
def test_who_has_hung_up_is_waited_for_no_longer(own: Classes, gone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "HELD", 1.0)
    started = own.start()
    visitor = Visitor("a device that is long enough", started.record.id)
    own.join(started.record.id, visitor.device)
    monkeypatch.setattr(routes, "visitor", lambda _: visitor)
    waited: list[float] = []

    async def waiting(_lately: object, _known: object, patience: float) -> None:
        waited.append(patience)
        await asyncio.sleep(patience)

    monkeypatch.setattr(routes, "until_news", waiting)
    messages = [{"type": "http.disconnect"}] if gone else []

    async def receive() -> MutableMapping[str, Any]:
        if messages:
            return messages.pop()
        await asyncio.sleep(60)
        return {"type": "http.request"}

    def asked(tag: str) -> Request:
        scope = {"type": "http", "method": "GET", "path": "/class/state", "query_string": b"lang=en&wait"}
        return Request(scope | {"headers": [(b"if-none-match", tag.encode())]}, receive)

    tag = alone(routes.state(asked(""))).headers["etag"]
    assert alone(routes.state(asked(tag))).status_code == 304
    assert bool(waited) != gone


def test_a_hundred_who_wait_are_one_question_to_the_store(own: Classes, store: Counting) -> None:
    known = own.lately.look(own.start().record.id)
    assert known

    async def wait() -> None:
        await asyncio.gather(*(until_news(own.lately, known, 1.0) for _ in range(100)))

    begun, asked = time.monotonic(), store.gets
    alone(wait())
    waited = time.monotonic() - begun
    assert waited >= 1
    assert 2 <= store.gets - asked <= waited / FRESH + 2


DEEDS: dict[str, Callable[[Class], Class]] = {
    "moved": lambda one: rules.moved(one, "/heads", ""),
    "called": rules.called,
    "paused": lambda one: replace(one, is_paused=True),
    "closed": lambda one: replace(one, is_closed=True),
    "pages": lambda one: replace(one, pages=("heads", "steps")),
    "joined": lambda one: rules.joined(one, "a third"),
    "asked": lambda one: rules.asking(one, OTHER, "a sentence", "id"),
    "a vote": lambda one: rules.opened(one, VOTE),
    "voted": lambda one: rules.voted(rules.opened(one, VOTE), OTHER, "r", "b"),
    "hands": lambda one: rules.counted(rules.opened(one, VOTE), "r", "b", 7),
    "revealed": lambda one: rules.revealed(rules.voted(rules.opened(one, VOTE), OTHER, "r", "b"), "r"),
    "counted after": lambda one: rules.counted(rules.revealed(rules.opened(one, VOTE), "r"), "r", "b", 7),
    "again": lambda one: rules.opened(rules.voted(rules.opened(one, VOTE), OTHER, "r", "b"), replace(VOTE, id="s")),
    "put away": lambda one: rules.put_away(rules.opened(one, VOTE)),
}


def test_what_a_student_is_told_changes_with_what_counts_as_news_for_him() -> None:
    """Every pair of records: his panel, or the place that he is led to, is another one only where news is."""
    start = Class("id", "CODE", "teacher", "recovery", time.time(), devices=(ME, OTHER))
    records = {"start": start}
    for name, deed in DEEDS.items():
        try:
            records[name] = deed(start)
        except rules.NotNowError:
            continue
    assert len(records) > 12
    seats = {name: (Seat(one, "student", ME), Known(one, b"", 0, Present())) for name, one in records.items()}
    told = {name: routes._told(seat, "en", 0, teacher=True, wide=False) for name, (seat, _) in seats.items()}
    for one in records:
        for other in records:
            if told[one] != told[other]:
                assert seats[one][1].for_students != seats[other][1].for_students, (one, other)
    news = {name: known.for_students for name, (_, known) in seats.items()}
    assert news["start"] == news["joined"] == news["asked"] == news["closed"]
    assert news["a vote"] == news["voted"] == news["hands"] != news["start"]
