"""Who may do what in a class, the same with either store, and with two processes on one."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from attnviz.classroom import record as rules
from attnviz.classroom.classes import CHANGES, WRONG, Classes, Seat, Visitor
from attnviz.classroom.codes import LETTERS, recovery_of, spoken, typed
from attnviz.classroom.record import (
    LASTS,
    MOST_ASKED_BY_ONE,
    Class,
    NotNowError,
    Option,
    Position,
    Round,
    from_json,
    hashed,
)  # fmt: skip
from attnviz.classroom.store import Memory, Store

WHICH = {"en": "Which?", "ko": "어느 것?"}
OPTIONS = (
    Option("a", {"en": "A", "ko": "가"}, {"en": "because", "ko": "왜냐하면"}),
    Option("b", {"en": "B", "ko": "나"}, {"en": "no", "ko": "아니요"}),
)


class Hall:
    """A class with its teacher, and a clock that stands still."""

    def __init__(self, store: Store) -> None:
        self.now = 1000.0
        self.classes = Classes(store, lambda: self.now)
        self.started = self.classes.start()
        self.id = self.started.record.id

    def teacher(self, secret: str | None = None) -> Seat:
        found = self.classes.seat(Visitor(teaches=self.id, secret=self.started.secret if secret is None else secret))
        assert found
        return found

    def student(self, name: str) -> Seat:
        return self.classes.join(self.id, name)

    def vote(self, question: str = "masking.future") -> str:
        opened = self.classes.open_round(self.teacher(), question, WHICH, OPTIONS, "a").round
        assert opened
        return opened.id

    def read(self) -> Class:
        found = self.classes.read(self.id)
        assert found
        return found


@pytest.fixture
def hall(store: Store) -> Hall:
    return Hall(store)


def refused(do: Callable[[], object]) -> str:
    with pytest.raises(NotNowError) as caught:
        do()
    return caught.value.why


def test_a_record_comes_back_as_it_was_kept() -> None:
    vote = Round("1", "q", WHICH, OPTIONS, "a", {"d": "b"}, {"a": 3}, is_revealed=True)
    full = Class(
        "id", "CODE", "t", "r", 5.0, 7, Position("/heads", "text=한국어", 3), 2, True, ("", "heads"), True, ("d",),
        vote, replace(vote, id="0"), (rules.Asked("x", "<b>&", "d"),),
    )  # fmt: skip
    assert from_json(full.to_json()) == full
    bare = Class("id", "CODE", "t", "r", 5.0)
    assert from_json(bare.to_json()) == bare


def test_codes_are_told_apart_and_forgive_how_they_are_typed(hall: Hall) -> None:
    code = hall.started.record.code
    assert set(code) <= set(LETTERS) and not set("IOQU01") & set(LETTERS)
    assert typed(f" {spoken(code).lower()}-") == code
    assert hall.classes.find(spoken(code).lower()) == hall.id


def test_wrong_codes_are_slowed_down_for_all_and_right_ones_are_not_counted(hall: Hall) -> None:
    code = hall.started.record.code
    for _ in range(3 * WRONG):
        assert hall.classes.find(code) == hall.id
    said = [refused(lambda: hall.classes.find("AAAAAAAA")) for _ in range(WRONG + 2)]
    assert said[:WRONG] == ["wrong_code"] * WRONG and set(said[WRONG:]) <= {"slow", "wrong_code"}
    assert "slow" in said
    assert hall.student("by the QR code").role == "student"  # its address can't be guessed and is not slowed down


def test_the_store_holds_no_secret(hall: Hall) -> None:
    hall.student("device-token")
    kept = hall.read().to_json().decode()
    for secret in (hall.started.secret, recovery_of(hall.started.secret), "device-token"):
        assert secret not in kept


@pytest.mark.parametrize("secret", ["", "x", "{id}", "{code}", "{hash}", "{recovery}"])
def test_nothing_but_the_secret_makes_a_teacher(hall: Hall, secret: str) -> None:
    now = hall.started.record
    tried = secret.format(id=now.id, code=now.code, hash=now.teacher, recovery=recovery_of(hall.started.secret))
    assert hall.classes.seat(Visitor(teaches=hall.id, secret=tried)) is None
    student = hall.student("s")
    for forged in (student, replace(student, role="teacher", record=replace(now, teacher=hashed(tried)))):
        with pytest.raises(PermissionError):
            hall.classes.act(forged, rules.called)
        with pytest.raises(PermissionError):
            hall.classes.end(forged)
    assert hall.read().calls == 0


def test_a_student_of_one_class_is_nobody_in_another(hall: Hall) -> None:
    hall.student("s")
    other = hall.classes.start()
    assert hall.classes.seat(Visitor(device="s", class_id=hall.id))
    assert hall.classes.seat(Visitor(device="s", class_id=other.record.id)) is None
    assert hall.classes.seat(Visitor(device="t", class_id=hall.id)) is None
    assert hall.classes.seat(Visitor(teaches=other.record.id, secret=hall.started.secret)) is None


def test_late_comers_read_all_there_is_at_once(hall: Hall) -> None:
    hall.classes.act(hall.teacher(), lambda now: rules.moved(now, "/heads", "layer=2"))
    vote = hall.vote()
    late = hall.student("late").record
    assert late.at == Position("/heads", "layer=2", 1)
    assert late.round and late.round.id == vote


def test_the_same_again_is_nothing_new(hall: Hall) -> None:
    seat, vote = hall.student("s"), hall.vote()
    hall.classes.vote(seat, vote, "b")
    version = hall.read().version
    hall.classes.vote(seat, vote, "b")
    hall.student("s")
    hall.classes.act(hall.teacher(), lambda now: rules.moved(now, "/", ""))
    assert hall.read().version == version


def test_one_vote_a_device_changeable_until_it_is_revealed(hall: Hall) -> None:
    one, two, vote = hall.student("1"), hall.student("2"), hall.vote()
    for seat, option in ((one, "b"), (two, "b"), (one, "a")):
        hall.classes.vote(seat, vote, option)
    assert hall.read().round.split() == {"a": 1, "b": 1}
    assert refused(lambda: hall.classes.vote(one, vote, "c")) == "no_option"
    assert refused(lambda: hall.classes.vote(one, "0000", "a")) == "no_round"
    for _ in range(2):
        hall.classes.act(hall.teacher(), lambda now: rules.revealed(now, vote))
    assert refused(lambda: hall.classes.vote(two, vote, "a")) == "locked"
    assert hall.read().round.split() == {"a": 1, "b": 1}


def test_a_second_vote_keeps_the_first_beside_it_and_another_question_does_not(hall: Hall) -> None:
    seat, first = hall.student("s"), hall.vote()
    hall.classes.vote(seat, first, "b")
    second = hall.vote()
    assert refused(lambda: hall.classes.vote(seat, first, "a")) == "no_round"  # a replayed message
    hall.classes.vote(seat, second, "a")
    hall.classes.act(hall.teacher(), lambda now: rules.revealed(now, second))
    now = hall.read()
    assert (now.before.split(), now.round.split()) == ({"a": 0, "b": 1}, {"a": 1, "b": 0})
    assert now.before.is_revealed
    hall.vote("masking.which")
    assert hall.read().before is None


def test_hands_are_added_to_the_votes(hall: Hall) -> None:
    vote = hall.vote()
    hall.classes.vote(hall.student("s"), vote, "a")
    hall.classes.act(hall.teacher(), lambda now: rules.counted(now, vote, "a", 12))
    assert hall.read().round.split() == {"a": 13, "b": 0}
    for option, hands in (("c", 1), ("a", -1), ("a", 10**6)):
        assert refused(partial(rules.counted, hall.read(), vote, option, hands)) == "no_option"


def test_sentences_are_short_few_and_taken_once(hall: Hall) -> None:
    seat = hall.student("s")
    hall.classes.ask(seat, "  the   cat\nsleeps ")
    hall.classes.ask(seat, "the cat sleeps")
    hall.classes.ask(seat, "x" * 10_000)
    one, long = hall.read().asked
    assert (one.text, len(long.text)) == ("the cat sleeps", rules.LONGEST)
    hall.classes.ask(seat, "third")
    assert MOST_ASKED_BY_ONE == 3 and refused(lambda: hall.classes.ask(seat, "fourth")) == "many_asked"
    assert refused(lambda: hall.classes.ask(seat, " \n ")) == "empty"
    left, text = rules.taken(hall.read(), one.id)
    assert (text, len(left.asked)) == ("the cat sleeps", 2)
    assert refused(lambda: rules.taken(left, one.id)) == "no_sentence"


def test_a_closed_door_lets_in_only_who_was_in(hall: Hall) -> None:
    hall.student("early")
    hall.classes.act(hall.teacher(), lambda now: replace(now, is_closed=True))
    assert hall.student("early").role == "student"
    assert refused(lambda: hall.student("late")) == "closed"


def test_a_device_that_floods_is_slowed_and_others_are_not(hall: Hall) -> None:
    loud, calm, vote = hall.student("loud"), hall.student("calm"), hall.vote()
    for turn in range(CHANGES):
        hall.classes.vote(loud, vote, "ab"[turn % 2])
    assert refused(lambda: hall.classes.vote(loud, vote, "a")) == "slow"
    hall.classes.vote(calm, vote, "a")


def test_the_recovery_code_hands_the_class_over_once(hall: Hall) -> None:
    old, code = hall.teacher(), recovery_of(hall.started.secret)
    again = hall.classes.recover(spoken(code).lower())
    assert hall.teacher(again.secret).role == "teacher"
    with pytest.raises(PermissionError):
        hall.classes.act(old, rules.called)
    assert refused(lambda: hall.classes.recover(code)) == "wrong_code"
    hall.classes.recover(recovery_of(again.secret))


def test_a_class_ends_by_itself_and_when_the_teacher_says_so(hall: Hall) -> None:
    seat = hall.student("s")
    other = Hall(hall.classes._store)
    other.classes.end(other.teacher())
    assert other.classes.read(other.id) is None
    assert refused(lambda: other.classes.find(other.started.record.code)) == "wrong_code"
    assert refused(lambda: other.student("s")) == "over"
    hall.now += LASTS
    assert hall.classes.read(hall.id) is None
    assert refused(lambda: hall.classes.ask(seat, "late")) == "over"


def test_who_is_here_is_counted_by_device(hall: Hall) -> None:
    one, two = hall.student("1"), hall.student("2")
    assert [hall.classes.here(seat) for seat in (one, two, one)] == [(1, False), (2, False), (2, False)]
    assert hall.classes.here(hall.teacher()) == (2, True)


def test_votes_at_once_on_two_processes_are_all_counted(keeper: Callable[[], Store]) -> None:
    hall = Hall(keeper())
    seats, vote = [hall.student(str(number)) for number in range(24)], hall.vote()
    processes = [Classes(keeper(), lambda: hall.now) for _ in range(2)]

    def all_vote(turn: int) -> None:
        for seat in seats[turn::4]:
            processes[turn % 2].vote(seat, vote, "b")

    threads = [threading.Thread(target=all_vote, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hall.read().round.split() == {"a": 0, "b": 24}


def test_many_classes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnviz.classroom.classes.STARTS", 2)
    busy = Classes(Memory(), lambda: 0.0)
    busy.start()
    busy.start()
    assert refused(busy.start) == "many_classes"
