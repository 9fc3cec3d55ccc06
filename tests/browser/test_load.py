"""Readers at once, as ``make load`` has them: a short form of it. Nobody sees another's sentence."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from benchmarks.load import CORE, HEAVY, Run, at_once
from benchmarks.reader import Reader

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
