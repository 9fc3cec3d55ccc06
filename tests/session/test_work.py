"""Work in steps: left and taken up again, and shared by threads."""

import threading
from collections.abc import Iterator

from attnviz.session.work import Work


def counting(to: int, seen: list[int] | None = None) -> Iterator[int]:
    for number in range(to + 1):
        if seen is not None:
            seen.append(number)
        yield number


def test_what_is_done_stays_done() -> None:
    seen: list[int] = []
    work = Work(counting(5, seen))
    work.step()
    work.step()
    assert (work.latest, work.is_done) == (2, False)
    assert work.whole() == 5
    assert work.is_done
    work.step()
    assert seen == [0, 1, 2, 3, 4, 5]


def test_threads_share_the_steps() -> None:
    seen: list[int] = []
    work = Work(counting(2000, seen))
    threads = [threading.Thread(target=work.whole) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert work.latest == 2000
    assert seen == list(range(2001))
