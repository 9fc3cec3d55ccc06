"""What a process read of a class a moment ago: a hundred browsers that ask every second are one question to the store.

For those who only ask how the class stands. Who may do what is always decided by what the store says at that moment.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property

from attnviz.classroom.record import Class, from_json
from attnviz.classroom.store import Store

FRESH = 0.3  # seconds for which an answer of the store will do
COUNTED = 1.0  # the same for how many are here
SEEN = 4.0  # seconds after which it is written down again that somebody is still here
HERE = 20.0  # seconds after which somebody who did not ask again has gone
AWAY = 12.0  # the same for the teacher
MOST = 200  # classes of which something is remembered
MOST_TOLD = 2000  # answers of one state of a class: one for each device, language and kind of page


@dataclass
class Present:
    """Who is here, as the store told it last."""

    when: float = -math.inf
    students: int = 0
    has_teacher: bool = False
    seen: dict[str, float] = field(default_factory=dict)  # who -> when it was written down last


@dataclass
class Known:
    """The state of a class, and what was answered to those who asked for it."""

    record: Class
    kept: bytes
    when: float
    present: Present
    told: dict[Hashable, tuple[bytes, str]] = field(default_factory=dict)

    @cached_property
    def for_students(self) -> Class:
        """The record without what no student is told of others: who is in, who voted what, who asked what."""
        vote = self.record.round
        if vote and not vote.is_revealed:
            vote = replace(vote, votes={}, hands={})
        return replace(self.record, version=0, devices=(), asked=(), is_closed=False, round=vote)

    def tell(self, asked: Hashable, make: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
        """Return what is answered to ``asked``, which names all that the answer depends on beside the record."""
        found = self.told.get(asked)
        if found is None:
            found = make()
            if len(self.told) < MOST_TOLD:
                self.told[asked] = found
        return found


class Lately:
    """The last states of classes in a store."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, class_id: str) -> Known | None:
        """Return a class as it stood a moment ago; None when there is none, or it is over."""
        now, known = self._clock(), self.fresh(class_id)
        if known is None:
            kept = self._store.get(f"class:{class_id}") if class_id else None
            known = self.learn(class_id, kept)
        return known if known and now < known.record.ends else None

    def fresh(self, class_id: str) -> Known | None:
        """Return what is known of a class without asking the store; None where that is too old."""
        known = self._known.get(class_id)
        return known if known and 0 <= self._clock() - known.when < FRESH else None

    def learn(self, class_id: str, kept: bytes | None) -> Known | None:
        """Remember what the store holds now."""
        with self._lock:
            known = self._known.get(class_id)
            if kept is None:
                self._known.pop(class_id, None)
                return None
            if known and known.kept == kept:
                known.when = self._clock()
                return known
            known = Known(from_json(kept), kept, self._clock(), known.present if known else Present())
            self._known[class_id] = known
            while len(self._known) > MOST:
                self._known.popitem(last=False)
            return known

    def here(self, known: Known, who: str, *, teaches: bool) -> tuple[int, bool]:
        """Remember that ``who`` is here; return how many students are, and whether the teacher is.

        That somebody came is written down at once, that he is still here now and then.
        """
        present, now, name = known.present, self._clock(), known.record.id
        is_new = not 0 <= now - present.seen.get(who, -math.inf) < SEEN
        if is_new or not 0 <= now - present.when < COUNTED:
            arrives = who if is_new else ""
            present.students = self._store.seen(f"here:{name}", "" if teaches else arrives, HERE)
            present.has_teacher = self._store.seen(f"teacher:{name}", arrives if teaches else "", AWAY) > 0
            present.when = now
            if is_new:
                present.seen[who] = now
        return present.students, present.has_teacher
