"""Readers at once, as ``make load`` has them: a short form of it. Nobody sees another's sentence."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from benchmarks.lesson import Lesson, Plan
from benchmarks.load import CORE, HEAVY, Run, at_once
from benchmarks.reader import Reader
from scripts.replicas import replicas
from scripts.stores import OwnValkey

T = TypeVar("T")


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_readers_at_once_meet_no_error_and_no_sentence_of_another(app_url: str) -> None:
    run, pages = Run("short"), (*CORE, *HEAVY)
    finished(at_once(run, app_url, pages, len(pages)))
    assert (len(run.opened), len(run.answers), run.errors) == (len(pages), len(pages), 0)
    for answer in (*run.opened, *run.answers):
        assert not answer.faults
        assert not answer.foreign
        assert answer.own  # or nothing would be seen


def test_a_sentence_of_another_would_be_noticed(app_url: str) -> None:
    async def foreign() -> int:
        async with Reader(app_url, 1) as reader, Reader(app_url, 2) as other:
            await reader.open("the cat sleeps")
            return (await reader.type(other.own("the dog sleeps"))).foreign

    assert finished(foreign())


def test_a_class_follows_votes_and_asks(app_url: str) -> None:
    plan = Plan(students=5, plain=2, think=0, arriving=1)
    held = finished(Lesson(app_url, plan).hold())
    assert held.faults() == []
    assert (len(held.met.live), len(held.met.plain)) == (3 * 6, 2 * 6)  # five pages, and a sentence that is shown
    assert sum(held.votes[1]) == 5
    assert held.asked[1] == 4  # the first one looks around alone meanwhile


@pytest.mark.full  # two servers, nginx and Valkey are started for it
def test_a_server_and_valkey_are_killed_in_class_and_nobody_loses_more_than_one_action() -> None:
    store = OwnValkey()
    with store, replicas(2, more={"ATTNVIZ_CLASS_STORE": store.url}) as running:
        plan = Plan(students=8, plain=3, think=0, arriving=1, kill=lambda: running.kill(0), store=store)
        held = finished(Lesson(running.address, plan).hold())
    assert held.faults() == []  # no sentence of another, votes and sentences as they were given
    assert (sum(held.votes[1]), held.asked[1]) == (8, 7)
    assert held.met.back
