"""The paper's own numbers, apart from ours, and what a comparison across test sets would claim."""

from __future__ import annotations

import streamlit as st

from attnviz.lessons.quality.models import lengths_of, said
from attnviz.lessons.quality.shared import measured
from attnviz.session.markdown import markdown_table
from attnviz.session.numerals import written
from attnviz.ui.lesson import Lesson

# Vaswani et al. 2017, Table 2: (model, English-German, English-French)
PAPER = (
    ("ByteNet", 23.75, None),
    ("Deep-Att + PosUnk", None, 39.2),
    ("GNMT + RL", 24.6, 39.92),
    ("ConvS2S", 25.16, 40.46),
    ("MoE", 26.03, 40.56),
    ("Transformer (base)", 27.3, 38.1),
    ("Transformer (big)", 28.4, 41.0),
)


def paper(opened: Lesson) -> None:
    """Show the paper's own numbers, apart from ours."""
    head = [opened.say(f"column_{name}") for name in ("model", "ende", "enfr")]
    st.markdown(markdown_table(head, [(name, _known(ende), _known(enfr)) for name, ende, enfr in PAPER], "lrr"))
    st.markdown(opened.say("paper_note"))


def _known(value: float | None) -> str:
    if value is None:
        return "–"
    text = f"{value:.2f}"  # as published: 23.75, but 41.0
    return text.removesuffix("0")


def comparison(opened: Lesson) -> None:
    """Say what a comparison across test sets would claim, with our own number and the paper's."""
    found = {one.name: one for one in measured()}
    if "translator" in found:
        ours, base = found["translator"].test.bleu, next(row[1] for row in PAPER if row[0] == "Transformer (base)")
        both = [
            (said(opened, "translator"), written(ours, 1), "Tatoeba"),
            ("Transformer (base)", f"{base:g}", "WMT newstest2014"),
        ]
        st.markdown(markdown_table([opened.say("column_model"), "BLEU", opened.say("column_set")], both, "lrl"))
        rows = [f"{lengths_of(opened, row)}: {written(row.bleu, 1)}" for row in found["translator"].by_length]
        scores = [row.bleu for row in found["translator"].by_length]
        ends = {"least": written(min(scores), 1), "greatest": written(max(scores), 1)}
        st.markdown(opened.say("comparison_why", rows="; ".join(rows), **ends))
