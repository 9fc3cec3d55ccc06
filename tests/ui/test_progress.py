"""Work in steps: left and taken up again, shared by threads, and stopped where the reader said."""

import threading
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

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


def slow_page() -> None:
    import streamlit as st

    from attnviz.session.work import Work
    from attnviz.ui import progress

    progress.PATIENCE = -1.0
    until = int(st.query_params.get("until", "100"))

    work = Work(iter(range(8)))

    def press(size: int) -> None:
        st.query_params["until"] = str(size)

    is_done = progress.watched(
        work, until, lambda size: size, 7, lambda size: f"{size} so far", ("Stop", press), "work"
    )
    st.write(f"{work.latest} {is_done}")


@pytest.mark.parametrize(("until", "said"), [("100", "7 True"), ("7", "7 True"), ("3", "4 False")])
def test_it_goes_on_until_it_is_told_to_stop(until: str, said: str) -> None:
    app = AppTest.from_function(slow_page)
    app.query_params["until"] = until
    app.run()
    assert not app.exception
    assert app.markdown[-1].value == said
    assert not app.button  # the sign of progress is gone when the work is done
