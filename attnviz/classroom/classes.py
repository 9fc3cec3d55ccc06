"""Who may do what in which class: the only way from a request to a record."""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from attnviz.classroom import record as rules
from attnviz.classroom.codes import CODE, new_code, new_secret, recovery_of, typed
from attnviz.classroom.lately import Known, Lately
from attnviz.classroom.record import LASTS, Class, NotNowError, Option, Round, Text, from_json, hashed
from attnviz.classroom.store import Memory, Store

VARIABLE = "ATTNVIZ_CLASS_STORE"
WRONG = 5  # wrong codes a second, of all the world: whoever guesses shares them
STARTS = 20  # classes begun a minute: whoever floods this keeps others waiting that long, and no longer
CHANGES = 30  # votes of one device in ten seconds
OF_A_CLASS = 600  # votes and sentences of one class in ten seconds
Deed = Callable[[Class], Class]


@dataclass(frozen=True)
class Started:
    """A new class, and its teacher's secret, which is kept nowhere but in his browser."""

    record: Class
    secret: str


@dataclass(frozen=True)
class Visitor:
    """Whoever asks: what his browser's cookies say, which nobody believes before it is looked up."""

    device: str = ""
    class_id: str = ""
    teaches: str = ""
    secret: str = ""


@dataclass(frozen=True)
class Seat:
    """A visitor's place in a class."""

    record: Class
    role: Literal["teacher", "student"]
    device: str = ""  # hashed, of a student


class Classes:
    """All classes of a store."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock, self.lately = store, clock, Lately(store, clock)

    def start(self) -> Started:
        """Begin a class; ``NotNowError`` when too many were begun."""
        if self._store.count("starts", 60) > STARTS:
            raise NotNowError("many_classes")
        secret = new_secret()
        new = Class(new_secret(), new_code(), hashed(secret), hashed(recovery_of(secret)), self._clock(), version=1)
        for kind, name in (("code", new.code), ("recovery", new.recovery)):
            self._store.change(f"{kind}:{name}", lambda _: new.id.encode(), LASTS)
        self._store.change(f"class:{new.id}", lambda _: new.to_json(), LASTS)
        return Started(new, secret)

    def read(self, class_id: str) -> Class | None:
        """Return a class; None when there is none, or it is over."""
        kept = self._store.get(f"class:{class_id}") if class_id else None
        found = from_json(kept) if kept else None
        return found if found and self._clock() < found.ends else None

    def find(self, code: str) -> str:
        """Return the id of the class with this code; wrong ones are slowed down for all who type codes."""
        code = typed(code)
        with self._guess():
            kept = self._store.get(f"code:{code}") if len(code) == CODE else None
            if kept is None or self.read(kept.decode()) is None:
                raise NotNowError("wrong_code")
        return kept.decode()

    def seat(self, visitor: Visitor) -> Seat | None:
        """Return where a visitor sits: as the teacher of the class that he teaches, or a student of one that he joined.

        None where his cookies fit nothing.
        """
        return self._seated(visitor, self.read)

    def glance(self, visitor: Visitor) -> tuple[Seat, Known] | None:
        """Return the same as it was a moment ago, for those who only ask how the class stands."""

        def lately(class_id: str) -> Class | None:
            known = self.lately.look(class_id)
            return known.record if known else None

        seat = self._seated(visitor, lately)
        known = self.lately.look(seat.record.id) if seat else None
        return (replace(seat, record=known.record), known) if seat and known else None

    @staticmethod
    def _seated(visitor: Visitor, read: Callable[[str], Class | None]) -> Seat | None:
        taught = read(visitor.teaches)
        if taught and visitor.secret and hmac.compare_digest(taught.teacher, hashed(visitor.secret)):
            return Seat(taught, "teacher")
        found = read(visitor.class_id)
        device = hashed(visitor.device)[:16]
        if found and visitor.device and device in found.devices:
            return Seat(found, "student", device)
        return None

    def join(self, class_id: str, device: str) -> Seat:
        """Let a device in. ``NotNowError``: the class is over, closed or full."""
        hidden = hashed(device)[:16]
        return Seat(self._change(class_id, lambda one: rules.joined(one, hidden)), "student", hidden)

    def act(self, seat: Seat, deed: Deed) -> Class:
        """Let the teacher change his class; ``PermissionError`` for anybody else, or when another has taken it over."""

        def allowed(one: Class) -> Class:
            if seat.role != "teacher" or not hmac.compare_digest(one.teacher, seat.record.teacher):
                raise PermissionError
            return deed(one)

        return self._change(seat.record.id, allowed)

    def vote(self, seat: Seat, round_id: str, option: str) -> Class:
        """Count a student's vote."""
        self._limit(seat)
        return self._change(seat.record.id, lambda one: rules.voted(one, seat.device, round_id, option))

    def ask(self, seat: Seat, sentence: str) -> Class:
        """Put a student's sentence into the teacher's list."""
        self._limit(seat)
        new = secrets.token_hex(4)
        return self._change(seat.record.id, lambda one: rules.asking(one, seat.device, sentence, new))

    def open_round(self, seat: Seat, question: str, text: Text, options: tuple[Option, ...], answer: str) -> Class:
        """Let the class vote on a question."""
        vote = Round(secrets.token_hex(4), question, text, options, answer)
        return self.act(seat, lambda one: rules.opened(one, vote))

    def recover(self, recovery: str) -> Started:
        """Give a class to whoever has its recovery code: the secret before, and this code, are worth nothing then."""
        known = hashed(typed(recovery))
        with self._guess():
            kept = self._store.get(f"recovery:{known}")
            found = self.read(kept.decode()) if kept else None
            if found is None or found.recovery != known:
                raise NotNowError("wrong_code")
        secret = new_secret()

        def given(one: Class) -> Class:
            if one.recovery != known:  # somebody else was faster
                raise NotNowError("wrong_code")
            return replace(one, teacher=hashed(secret), recovery=hashed(recovery_of(secret)))

        now = self._change(found.id, given)
        self._store.change(f"recovery:{now.recovery}", lambda _: now.id.encode(), now.ends - self._clock())
        self._store.change(f"recovery:{known}", lambda _: None, LASTS)
        return Started(now, secret)

    def end(self, seat: Seat) -> None:
        """End a class: nothing of it is left."""
        now = self.act(seat, lambda one: one)
        for key in (f"class:{now.id}", f"code:{now.code}", f"recovery:{now.recovery}"):
            self._store.change(key, lambda _: None, LASTS)
        self.lately.learn(now.id, None)

    def here(self, seat: Seat) -> tuple[int, bool]:
        """Remember that somebody is here; return how many students are, and whether the teacher is."""
        known = self.lately.look(seat.record.id)
        who = seat.device or "teacher"
        return self.lately.here(known, who, teaches=seat.role == "teacher") if known else (0, False)

    def _change(self, class_id: str, deed: Deed) -> Class:
        changed: list[Class] = []

        def to(kept: bytes | None) -> bytes:
            old = from_json(kept) if kept else None
            if old is None or self._clock() >= old.ends:
                raise NotNowError("over")
            new = deed(old)
            changed[:] = [new if new == old else replace(new, version=old.version + 1)]
            return changed[0].to_json()

        found = self.read(class_id)
        if found is None:
            raise NotNowError("over")
        self.lately.learn(class_id, self._store.change(f"class:{class_id}", to, found.ends - self._clock()))
        return changed[0]

    @contextmanager
    def _guess(self) -> Iterator[None]:
        """Look a code up, unless wrong ones come in faster than a class mistypes; a right one is not counted."""
        if self._store.count("wrong", 1) > WRONG:
            raise NotNowError("slow")
        yield
        self._store.count("wrong", 1, -1)

    def _limit(self, seat: Seat) -> None:
        if self._store.count(f"device:{seat.record.id}:{seat.device}", 10) > CHANGES:
            raise NotNowError("slow")
        if self._store.count(f"acts:{seat.record.id}", 10) > OF_A_CLASS:
            raise NotNowError("slow")


@cache
def classes() -> Classes:
    """Return the classes of this server: in memory, or where ``ATTNVIZ_CLASS_STORE`` says.

    ``ValueError`` for a variable that names no store.
    """
    named = os.environ.get(VARIABLE, "")
    if not named or named == "memory":
        return Classes(Memory())
    if named.startswith(("redis://", "rediss://", "unix://")):
        from attnviz.classroom.valkey import Valkey

        return Classes(Valkey(named))
    raise ValueError(f"{VARIABLE} is memory or an address like redis://localhost:6379/0")
