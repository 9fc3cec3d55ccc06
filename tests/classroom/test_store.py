"""Both stores keep the same promises; a Valkey that is gone is said to be gone, at once, and may come back."""

import threading
import time
from collections.abc import Callable

import pytest

from attnviz.classroom.store import Memory, Store, StoreError
from attnviz.classroom.valkey import PAUSE, Valkey
from scripts.stores import OwnValkey

Keeper = Callable[[], Store]


def gone(key: str, store: Store) -> bool:
    """Wait until a value's time is over."""
    while store.get(key) is not None:
        time.sleep(0.01)
    return True


def test_a_value_is_kept_until_it_is_taken_away(store: Store) -> None:
    assert store.get("a") is None
    assert store.change("a", lambda old: (old or b"") + b"1", 60) == b"1"
    assert store.change("a", lambda old: (old or b"") + b"2", 60) == b"12"
    assert (store.get("a"), store.get("b")) == (b"12", None)
    assert store.change("a", lambda _: None, 60) is None
    assert store.get("a") is None


def test_a_value_ends_by_itself(store: Store) -> None:
    store.change("short", lambda _: b"x", 0.05)
    store.change("long", lambda _: b"x", 60)
    assert gone("short", store)
    assert store.get("long") == b"x"


def test_a_change_that_fails_changes_nothing(store: Store) -> None:
    store.change("a", lambda _: b"1", 60)

    def refuse(_: bytes | None) -> bytes:
        raise PermissionError

    with pytest.raises(PermissionError):
        store.change("a", refuse, 60)
    assert store.change("a", lambda old: (old or b"") + b"2", 60) == b"12"


def test_changes_at_once_are_one_after_the_other(keeper: Keeper) -> None:
    """Four processes, or threads, that each add to a number: no addition is lost."""

    def add(own: Store) -> None:
        for _ in range(25):
            own.change("sum", lambda old: str(int(old or b"0") + 1).encode(), 60)

    threads = [threading.Thread(target=add, args=(keeper(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keeper().get("sum") == b"100"


def test_counts_begin_anew_after_their_time(store: Store) -> None:
    assert [store.count("a", 60) for _ in range(3)] == [1, 2, 3]
    assert (store.count("a", 60, -1), store.count("a", 60), store.count("b", 60)) == (2, 3, 1)
    assert store.count("short", 0.05) == 1
    time.sleep(0.1)
    assert store.count("short", 0.05) == 1


def test_who_was_here_is_counted_once_and_goes_after_a_time(store: Store) -> None:
    assert [store.seen("room", who, 60) for who in ("a", "b", "a", "", "c")] == [1, 2, 2, 2, 3]
    assert store.seen("other", "", 60) == 0
    store.seen("short", "a", 0.05)
    time.sleep(0.1)
    assert store.seen("short", "b", 0.05) == 1


def test_a_full_memory_refuses_and_forgets_what_is_over() -> None:
    now = [0.0]
    store = Memory(lambda: now[0], most=3)
    for key in "abc":
        store.change(key, lambda _: b"x", 10)
    with pytest.raises(StoreError):
        store.change("d", lambda _: b"x", 10)
    assert store.change("a", lambda _: b"y", 20) == b"y"
    now[0] = 15.0
    assert store.change("d", lambda _: b"x", 10) == b"x"
    assert (store.get("a"), store.get("b")) == (b"y", None)
    for who in "abcdef":
        store.seen(who, who, 10)
    assert sum(store.seen(who, "", 10) for who in "abcdef") == 3


def test_a_server_that_is_gone_is_told_and_may_come_back() -> None:
    own, now = OwnValkey(), [0.0]
    store = Valkey(own.url, lambda: now[0])
    with pytest.raises(StoreError):
        store.get("a")
    with own:
        with pytest.raises(StoreError, match="moment"):  # it is left alone, whether it is there or not
            store.get("a")
        now[0] += PAUSE
        assert store.change("a", lambda _: b"1", 60) == b"1"
    with pytest.raises(StoreError):
        store.change("a", lambda _: b"2", 60)
    now[0] += PAUSE
    with pytest.raises(StoreError):
        store.count("a", 60)
    with own:
        now[0] += PAUSE
        assert Valkey(own.url).get("a") is None  # it wrote nothing to a disk
        assert store.get("a") == b"1"  # and who knew it gives it back
        assert Valkey(own.url).get("a") == b"1"
        assert store.seen("a", "b", 60) == 1


def test_a_server_that_lost_all_gets_back_what_was_known_and_nothing_that_was_taken_away(valkey: str) -> None:
    one, two = Valkey(valkey), Valkey(valkey)
    for key in ("kept", "taken", "changed"):
        one.change(key, lambda _: b"1", 60)
        two.get(key)
    one.change("taken", lambda _: None, 60)
    two.change("changed", lambda _: b"2", 60)
    assert two.get("taken") is None
    one._client.flushall()
    assert (two.get("changed"), one.get("changed")) == (b"2", b"2")  # the first that asks
    assert two.change("kept", lambda old: (old or b"") + b"+", 60) == b"1+"
    assert (one.get("taken"), two.get("taken")) == (None, None)
