"""Keeps classes in Valkey, or Redis: for several processes or machines, and through the end of any of them."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import ConnectionError, RedisError, TimeoutError, WatchError
from redis.retry import Retry

from attnviz.classroom.store import Change, StoreError

PREFIX = "attnviz:"
TRIES = 60  # of one change: each failure is somebody else's success
PATIENCE = 1.0  # seconds for one answer
GONE = b""  # of a key that was taken away
MOST_KNOWN = 1000  # values that are given back
PAUSE = 1.0  # seconds in which one that did not answer is not asked
# Who was here goes with the times of the server, one clock for all.
_SEEN = """
local now = redis.call('TIME')
local t = now[1] + now[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t - ARGV[2])
if ARGV[1] ~= '' then redis.call('ZADD', KEYS[1], t, ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 1000) + 1000)
return redis.call('ZCARD', KEYS[1])
"""
_COUNT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[1] * 1000)) end
return count
"""


class Valkey:
    """A store at ``redis://host:port/database``; it is only reached when it is asked for something.

    Once it did not answer, it is left alone for a moment: nobody waits for it in a row. It writes nothing to a disk,
    so one that was started anew is empty: then each process gives back what it read last, and the class goes on.
    What was taken away is marked as gone, or it would come back in that way.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._count, self._seen = self._client.register_script(_COUNT), self._client.register_script(_SEEN)
        self._lock = threading.Lock()  # the threads of a process take turns: only other processes are in the way
        self._clock, self._silent = clock, -math.inf  # until when it is left alone
        self._knowing = threading.Lock()
        self._known: OrderedDict[str, tuple[bytes, float]] = OrderedDict()  # values and their ends, the last read last

    def get(self, key: str) -> bytes | None:
        """Return a value, or None."""
        with self._reached():
            with self._client.pipeline() as pipe:
                pipe.get(PREFIX + key)
                pipe.pttl(PREFIX + key)
                kept, milliseconds = pipe.execute()
            if kept is None:
                kept = self._given_back(key)
            else:
                self._know(key, kept, milliseconds / 1000)
            return None if kept == GONE else kept

    def change(self, key: str, to: Change, seconds: float) -> bytes | None:
        """Replace a value, again and again until nobody changed it meanwhile."""
        self.get(key)  # one that was lost is given back first
        if not self._lock.acquire(timeout=PATIENCE):
            raise StoreError("busy")
        try:
            with self._reached(), self._client.pipeline() as pipe:
                for attempt in range(TRIES):
                    try:
                        new = _changed(pipe, PREFIX + key, to, seconds)
                        self._know(key, GONE if new is None else new, seconds)
                        return new
                    except WatchError:
                        time.sleep(0.001 * attempt)
        finally:
            self._lock.release()
        raise StoreError("others change this all the time")

    def _know(self, key: str, value: bytes, seconds: float) -> None:
        with self._knowing:
            self._known[key] = value, self._clock() + seconds
            self._known.move_to_end(key)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)

    def _given_back(self, key: str) -> bytes | None:
        """Write what this process knew of a key that the server has lost; None where it knew nothing."""
        value, end = self._known.get(key, (GONE, 0.0))
        left = end - self._clock()
        if value == GONE or left <= 0:
            return None
        self._client.set(PREFIX + key, value, px=max(1, int(left * 1000)), nx=True)  # another may have been faster
        return cast(bytes | None, self._client.get(PREFIX + key))

    def count(self, key: str, seconds: float, by: int = 1) -> int:
        """Count some more."""
        with self._reached():
            return int(self._count(keys=[f"{PREFIX}count:{key}"], args=[seconds, by]))

    def seen(self, key: str, who: str, seconds: float) -> int:
        """Remember who was here."""
        with self._reached():
            return int(self._seen(keys=[f"{PREFIX}seen:{key}"], args=[who, seconds]))

    @contextmanager
    def _reached(self) -> Iterator[None]:
        if self._clock() < self._silent:
            raise StoreError("silent a moment ago")
        try:
            yield
        except (ConnectionError, TimeoutError) as error:
            self._silent = self._clock() + PAUSE
            raise StoreError(type(error).__name__) from error
        except RedisError as error:
            raise StoreError(type(error).__name__) from error


def _changed(pipe: Pipeline, key: str, to: Change, seconds: float) -> bytes | None:
    pipe.watch(key)  # type: ignore[no-untyped-call]
    old = cast(bytes | None, pipe.get(key))
    new = to(None if old == GONE else old)
    pipe.multi()
    pipe.set(key, GONE if new is None else new, px=max(1, int(seconds * 1000)))
    pipe.execute()
    return new
