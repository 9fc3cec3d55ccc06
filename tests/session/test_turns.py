"""Runs take turns: so many at once, the first one first, and nobody waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from attnviz.session.turns import step_aside, turn


def test_no_more_are_at_work_than_there_are_places() -> None:
    places, lock = threading.Semaphore(2), threading.Lock()
    at_work, most, begun = 0, 0, threading.Barrier(2, timeout=30)

    def work(number: int) -> None:
        nonlocal at_work, most
        with turn(places, patience=60):
            with lock:
                at_work += 1
                most = max(most, at_work)
            begun.wait()  # two are there at once, or this breaks
            with lock:
                at_work -= 1

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(work, range(10)))
    assert most == 2


def test_a_place_is_given_back_whatever_happens() -> None:
    places = threading.Semaphore(1)
    for _ in range(3):
        with pytest.raises(RuntimeError), turn(places, patience=60):
            raise RuntimeError
    assert places.acquire(blocking=False)


def test_whoever_waited_long_goes_on_beside_the_others_and_gives_no_place_back() -> None:
    places = threading.Semaphore(1)
    with turn(places, patience=60):
        with turn(places, patience=0.01):
            assert not places.acquire(blocking=False)
        assert not places.acquire(blocking=False)
    assert places.acquire(blocking=False)


def test_who_steps_aside_gives_his_place_away_once() -> None:
    places = threading.BoundedSemaphore(1)
    step_aside()  # nobody has a place here: nothing happens
    with turn(places, patience=60):
        step_aside()
        assert places.acquire(blocking=False)  # the next one has it
        step_aside()
        assert not places.acquire(blocking=False)
    places.release()
    assert places.acquire(blocking=False)
