"""One step of a translation in time: back, a slider over the tokens, next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from attnviz.session.callbacks import guarded, heard, show
from attnviz.ui.lesson import Lesson


def in_time(opened: Lesson, tokens: Sequence[str], now: int, go: Callable[[int], None]) -> None:
    """Let the reader go through ``tokens``, one a step; ``now`` is the step, from 1, and ``go`` leads to another."""
    last = len(tokens)
    with st.container(horizontal=True, vertical_alignment="bottom", key="in_time"):
        st.button(
            opened.say("back"), icon=":material/arrow_back:", key=f"{opened.name}_back", disabled=now == 1,
            on_click=guarded(go), args=(now - 1,),
        )  # fmt: skip
        if last > 1:
            show("at", now)
            st.select_slider(
                opened.say("at"), range(1, last + 1), key="at", on_change=heard("at", range(1, last + 1), go),
                format_func=lambda step: f"{step}. {tokens[step - 1]}",
            )  # fmt: skip
        st.button(
            opened.say("next"), icon=":material/arrow_forward:", key=f"{opened.name}_next", disabled=now == last,
            on_click=guarded(go), args=(now + 1,),
        )  # fmt: skip
