"""Browsers that wait for news of their class: a question is kept until there is something new to answer.

So news comes at once, and a hundred devices ask a quarter as often. The store is asked once for all who wait.
"""

from __future__ import annotations

import asyncio
import random
import time

from starlette.concurrency import run_in_threadpool

from attnviz.classroom.lately import FRESH, Known, Lately
from attnviz.classroom.store import StoreError

HELD = 4.0  # seconds for which a question is kept
AGAIN = 2.0  # seconds after which it is looked at anew: the teacher may have gone, and who waits is still here

_asked: dict[tuple[Lately, str], asyncio.Task[Known | None]] = {}  # the questions to the store that are on their way


async def until_news(lately: Lately, known: Known, patience: float) -> None:
    """Return when the class is no longer as ``known`` for its students, at the latest after ``patience`` seconds."""
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(left, FRESH * random.uniform(0.7, 1.1)))  # not all at the same moment
        try:
            now = lately.fresh(known.record.id) or await _look(lately, known.record.id)
        except StoreError:
            return
        if now is None or now.for_students != known.for_students:
            return


async def _look(lately: Lately, class_id: str) -> Known | None:
    asked = lately, class_id
    if asked not in _asked:
        _asked[asked] = asyncio.create_task(run_in_threadpool(lately.look, class_id))
        _asked[asked].add_done_callback(lambda _: _asked.pop(asked, None))
    return await asyncio.shield(_asked[asked])
