"""The mistakes that a reader of By hand can make on purpose: a softmax over the wrong cells, a square W."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.components.equation import Softmax
from attnviz.concepts.softmax import Over, weigh
from attnviz.concepts.worked_example import Pairing, pairing
from attnviz.lessons.by_hand.matrices import Matrices
from attnviz.lessons.by_hand.state import OVER, State
from attnviz.session.markdown import literal
from attnviz.session.numerals import short
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson


def wrong_softmax(opened: Lesson, paper: Matrices) -> None:
    """Draw the softmax row by row beside one over the whole matrix, or down each column."""
    worked = paper.worked
    over: Over = "column" if OVER.value == "column" else "all"
    wrong = weigh(worked.masked_scores, over)
    with opened.mistake("whole"):
        segments(OVER, opened.say("over"), ("all", "column"), lambda name: opened.say(f"over_{name}"))
        scores = paper.pairs("masked_scores", whole=True)
        right = paper.pairs("weights", Softmax("masked_scores"), whole=True)
        bad = paper.pairs("wrong_weights", Softmax("masked_scores", over), wrong, whole=True)
        paper.draw("whole", [scores, "→", right, opened.say("but"), bad], whole=True)
        sums = np.nan_to_num(wrong).sum(axis=1)
        listed = ", ".join(f"{literal(name)} {total:.2f}" for name, total in zip(paper.names, sums, strict=True))
        st.markdown(opened.say(f"whole_{over}", sums=listed, total=f"{sums.sum():.2f}"))


def square(opened: Lesson, shown: State, paper: Matrices) -> None:
    """Draw a W^Q with as many rows as the reader likes: only d_model of them meet the numbers of a word."""
    given = paper.worked.given
    d_model, d_k = given.W_Q.shape
    with opened.mistake("square", d_model=d_model, d_k=d_k):
        segments(shown.side, opened.say("side"), [str(rows) for rows in shown.sides], lambda rows: f"{rows} × {d_k}")
        rows = int(shown.side.value)
        found = pairing(given, rows)
        st.latex(
            rf"\underset{{{len(paper.names)} \times {d_model}}}{{X}} \cdot \underset{{{rows} \times {d_k}}}{{W^Q}}"
        )
        st.latex(_pairs_side_by_side(found))
        kind = "fits" if found.product is not None else "long" if rows > d_model else "short"
        st.markdown(opened.say(f"square_{kind}", rows=rows, d_model=d_model, word=literal(paper.names[0])))


def _pairs_side_by_side(found: Pairing) -> str:
    """Write a word's numbers above those of a column, product by product, and their sum."""
    unknown = r"\boxed{?}"
    above, below, products = (
        " & ".join(unknown if number is None else short(number) for number in line)
        for line in zip(*((a, b, None if a is None or b is None else a * b) for a, b in found.pairs), strict=True)
    )
    total = unknown if found.product is None else short(found.product)
    columns = "c" * len(found.pairs)
    lines = rf"x & {above} \\ W^Q & {below} \\ \hline \times & {products}"
    return rf"\begin{{array}}{{c|{columns}}} {lines} \end{{array}} \quad \Sigma = {total}"
