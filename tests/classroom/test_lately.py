"""Those who ask every second share an answer of the store; what they do themselves, they see at once."""

from collections import Counter

from attnviz.classroom.classes import Classes, Seat, Visitor
from attnviz.classroom.lately import AWAY, COUNTED, FRESH, HERE, SEEN, Lately
from attnviz.classroom.record import called
from attnviz.classroom.store import Memory

LATER = FRESH + 0.01  # seconds


class Counting(Memory):
    """A store that counts what it is asked."""

    def __init__(self, clock: "Clock") -> None:
        super().__init__(clock)
        self.asked: Counter[str] = Counter()

    def get(self, key: str) -> bytes | None:
        self.asked["get"] += 1
        return super().get(key)

    def seen(self, key: str, who: str, seconds: float) -> int:
        self.asked["seen"] += 1
        return super().seen(key, who, seconds)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def hall() -> tuple[Clock, Counting, Classes, Visitor, list[Visitor]]:
    clock = Clock()
    store = Counting(clock)
    own = Classes(store, clock)
    started = own.start()
    students = [Visitor(f"device {number:>20}", started.record.id) for number in range(20)]
    for one in students:
        own.join(started.record.id, one.device)
    return clock, store, own, Visitor(teaches=started.record.id, secret=started.secret), students


def seated(own: Classes, visitor: Visitor) -> Seat:
    found = own.glance(visitor)
    assert found
    return found[0]


def test_a_class_that_asks_is_one_question_to_the_store() -> None:
    clock, store, own, _, students = hall()
    for one in students:
        own.here(seated(own, one))
    clock.now += SEEN - 1
    store.asked.clear()
    for one in students:
        assert seated(own, one).role == "student"
        assert own.here(seated(own, one)) == (20, False)
    assert store.asked == {"get": 1, "seen": 2}


def test_what_this_process_does_is_seen_at_once_and_what_another_does_a_moment_later() -> None:
    clock, store, own, teacher, students = hall()
    other, student = Classes(store, clock), students[0]
    seated(own, student), seated(other, student)
    own.act(seated(own, teacher), called)
    assert [seated(one, student).record.calls for one in (own, other)] == [1, 0]
    clock.now += LATER
    assert [seated(one, student).record.calls for one in (own, other)] == [1, 1]
    other.end(seated(other, teacher))
    assert (own.glance(student) is None, other.glance(student) is None) == (False, True)
    clock.now += LATER
    assert own.glance(student) is None


def test_an_old_answer_gives_nobody_power() -> None:
    clock, store, own, teacher, students = hall()
    assert (
        own.glance(Visitor(students[0].device, students[0].class_id, teacher.teaches, "guessed"))[0].role == "student"
    )
    assert own.glance(Visitor("a stranger's device", students[0].class_id)) is None


def test_who_has_gone_is_not_counted_and_who_stays_is() -> None:
    clock, _, own, teacher, students = hall()
    for visitor in (teacher, *students):
        own.here(seated(own, visitor))
    stays = students[0]
    for _ in range(int(HERE) + 1):
        clock.now += 1
        own.here(seated(own, stays))
    assert HERE > AWAY > SEEN > COUNTED > FRESH
    assert own.here(seated(own, stays)) == (1, False)


def test_an_answer_is_made_once_for_each_state_of_the_class() -> None:
    clock, store, own, teacher, students = hall()
    lately, made = Lately(store, clock), []

    def make() -> tuple[bytes, str]:
        made.append(1)
        return b"", ""

    class_id = students[0].class_id
    for _ in range(3):
        lately.look(class_id).tell("asked", make)
        clock.now += LATER
    assert len(made) == 1
    own.act(seated(own, teacher), called)
    lately.look(class_id).tell("asked", make)
    assert len(made) == 2
