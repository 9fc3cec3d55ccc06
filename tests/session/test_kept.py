"""What is kept is made once, and its bytes stay within the budget."""

from threading import Thread

from attnviz.session.kept import Kept


def test_a_value_is_made_once_for_all_who_wait() -> None:
    kept, made = Kept[bytes](100, len), []

    def make() -> bytes:
        made.append(1)
        return b"x" * 10

    threads = [Thread(target=kept.get, args=("key", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_the_one_used_longest_ago_goes_first() -> None:
    kept = Kept[bytes](30, len)
    for key in "abc":
        kept.get(key, lambda: b"x" * 10)
    kept.get("a", bytes)
    kept.get("d", lambda: b"x" * 10)
    assert kept.n_bytes == 30
    assert kept.get("a", bytes) == b"x" * 10
    assert kept.get("b", lambda: b"new") == b"new"


def test_the_newest_stays_however_large_it_is() -> None:
    kept = Kept[bytes](30, len)
    kept.get("a", lambda: b"x" * 10)
    assert kept.get("b", lambda: b"x" * 99) == b"x" * 99
    assert (len(kept), kept.n_bytes) == (1, 99)
