"""Attention as a dictionary that mixes: with longer queries it comes close to one that finds a single key."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.concepts.worked_example import most_looked_at, with_queries_times
from attnviz.lessons.by_hand.matrices import Matrices
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.numerals import written
from attnviz.ui.lesson import Lesson

TIMES = (1, 2, 5, 20, 100)


def dictionary(opened: Lesson, paper: Matrices) -> None:
    """Show what comes back for the chosen word's query as it gets longer, and the one value it comes close to."""
    worked, row = paper.worked, paper.row
    best = most_looked_at(worked, row)
    rows = []
    for times in TIMES:
        found = with_queries_times(worked.given, times)
        if row in found.empty_rows:
            continue
        largest, mixed = written(float(found.weights[row].max()), 3), _vector(found.head_output[row])
        rows.append((opened.say("dictionary_times", times=times), largest, mixed))
    if best is not None:
        name = opened.say("dictionary_value", best=literal(paper.names[best]))
        rows.append((name, "", f"**{_vector(worked.value[best])}**"))
    head = [opened.say("dictionary_query", word=literal(paper.names[row]))]
    head += [opened.say(f"dictionary_{name}") for name in ("weight", "comes")]
    st.markdown(markdown_table(head, rows, "lrl"))


def _vector(values: np.ndarray) -> str:
    return "(" + ", ".join(written(float(value)) for value in values) + ")"
