"""Work in sight of the reader: stopped where the reader said, and gone on with."""

import pytest
from streamlit.testing.v1 import AppTest


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
