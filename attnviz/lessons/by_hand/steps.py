"""What only the By hand page has: its controls, its seven steps, a published check."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from attnviz.components.equation import Divide, Matrix, Product, Softmax, Where, equation
from attnviz.concepts.softmax import weigh
from attnviz.concepts.worked_example import (
    Worked,
    most_looked_at,
    published_softmax,
)
from attnviz.concepts.worked_presets import MAX_SEED, PRESETS, SOURCED
from attnviz.lessons.by_hand.matrices import ROLES, Matrices
from attnviz.lessons.by_hand.state import PRESET, SEED, SHOW, State, forget_changes
from attnviz.session.callbacks import guarded
from attnviz.session.markdown import literal
from attnviz.session.numerals import short
from attnviz.ui.inputs import number, segments, select, switch, text_line
from attnviz.ui.lesson import Lesson

PUBLISHED = ((112.0, 96.0), 64)  # scores and d_k of the Illustrated Transformer
_FORMULAS = {  # of one word, of all
    "query": (r"q = x\,W^Q", r"Q = X\,W^Q"),
    "key": (r"k = x\,W^K", r"K = X\,W^K"),
    "value": (r"v = x\,W^V", r"V = X\,W^V"),
    "scores": (r"s = q\,K^\mathsf{T}", r"S = Q\,K^\mathsf{T}"),
    "softmax": (r"a_j = \frac{e^{s_j}}{\sum_k e^{s_k}}", r"A_{ij} = \frac{e^{S_{ij}}}{\sum_k e^{S_{ik}}}"),
    "output": (r"a\,V", r"A\,V"),
}


def controls(opened: Lesson, shown: State) -> None:
    """Draw the row that says which example is worked out, and how much of it is shown."""
    say, names = opened.say, [literal(word) for word in shown.names]
    with st.container(horizontal=True, vertical_alignment="bottom", key="by_hand_controls"):
        select(PRESET, say("preset"), PRESETS, lambda name: say(f"preset_{name}"), forget_changes)
        if PRESET.value == "random":
            number(SEED, say("seed"), 0, MAX_SEED, forget_changes)
        text_line(shown.words, say("words_label"), 120)
        if PRESET.value == "random":
            st.button(say("next_seed"), on_click=guarded(_next_seed), icon=":material/casino:", key="next_seed")
        if shown.is_edited:
            st.button(say("reset"), on_click=guarded(forget_changes), icon=":material/undo:", key="reset")
    if (name := shown.preset.name) in SOURCED:
        st.caption(say("source", source=shown.preset.source, about=say(f"about_{name}")))
    typed = len(shown.words.value.split())
    if typed != len(names):
        st.caption(say("words_count", count=len(names), typed=typed))


def _next_seed() -> None:
    SEED.set((SEED.value + 1) % (MAX_SEED + 1))
    forget_changes()


def overview(opened: Lesson, paper: Matrices) -> None:
    """Draw where it starts and where it ends: X, weights, head output; and what the largest weight says."""
    worked, names = paper.worked, paper.names
    st.markdown(_finding(opened, paper))
    start, weights, values = paper.inputs(whole=True), paper.pairs("weights", whole=True), paper.values()
    paper.draw("overview", [start, "→", weights, "×", values, "=", paper.head_output(whole=True)], whole=True)
    _warn_of_empty_rows(opened, worked, names)


def _finding(opened: Lesson, paper: Matrices) -> str:
    """Tell the largest weight of all rows that have a choice."""
    worked, names = paper.worked, [literal(word) for word in paper.names]
    if not worked.rows:
        return opened.say("finding_none")
    row = max(worked.rows, key=lambda at: (worked.given.mask[at].sum() > 1, worked.weights[at].max()))
    best = most_looked_at(worked, row)
    if best is None:
        return opened.say("finding_tie", query=names[row], weight=f"{worked.weights[row].max():.2f}")
    return opened.say("finding", query=names[row], best=names[best], weight=f"{worked.weights[row, best]:.2f}")


def _warn_of_empty_rows(opened: Lesson, worked: Worked, names: list[str]) -> None:
    if worked.empty_rows:
        words = ", ".join(f"**{literal(names[row])}** ({row + 1})" for row in worked.empty_rows)
        st.warning(opened.say("empty_rows", words=words), icon=":material/block:")


def view_control(opened: Lesson, shown: State) -> None:
    """Offer one word's vectors, or all words as one matrix product."""
    with st.container(horizontal=True, vertical_alignment="center", key="by_hand_view"):
        segments(SHOW, opened.say("show"), ("one", "all"), lambda name: opened.say(f"show_{name}"))
        if SHOW.value == "one":
            rows = [str(row + 1) for row in range(len(shown.names))]
            segments(shown.row, opened.say("row"), rows, lambda row: literal(shown.names[int(row) - 1]))
    st.markdown(opened.say(f"shown_{SHOW.value}", count=len(shown.names)))


@contextmanager
def _step(opened: Lesson, key: str, **places: object) -> Iterator[None]:
    """Draw a step: what it says on the left, what is drawn inside the ``with`` on the right."""
    words, numbers = st.columns([2, 5], gap="medium")
    with words, opened.section(key, **places):
        pass
    with numbers, st.container(key=f"by_hand_numbers_{key}"):
        yield


def _formula(paper: Matrices, name: str) -> str:
    return f"${_FORMULAS[name][0 if paper.is_one else 1]}$"


def project(opened: Lesson, paper: Matrices) -> None:
    """Draw step 2: Q, K and V, each with what it means."""
    given = paper.worked.given
    word = literal(paper.names[paper.row])
    for role in ROLES:
        d_model, d_k = given.W_Q.shape
        places = {"formula": _formula(paper, role), "word": word, "d_model": d_model, "d_k": d_k}
        with _step(opened, role, **places):
            paper.draw(
                role, [paper.inputs(), "×", paper.projection(f"W_{role[0].upper()}"), "=", paper.projected(role)]
            )


def score(opened: Lesson, shown: State, paper: Matrices) -> None:
    """Draw steps 3 to 5: scores, scaled scores, masked scores."""
    d_k = paper.worked.query.shape[1]
    n_words = len(paper.names)
    with _step(opened, "scores", formula=_formula(paper, "scores"), d_k=d_k, count=n_words * n_words):
        paper.draw("scores", [paper.query(), "×", paper.keys(), "=", paper.pairs("scores", Product("query", "key"))])
    with _step(opened, "scaled", d_k=d_k, root=short(math.sqrt(d_k))):
        switch(shown.scaled, opened.say("scaling", d_k=d_k))
        symbol = f"√{d_k}" if shown.scaled.value else "1"
        how = Divide("scores", paper.worked.divisor, symbol)
        paper.draw("scaled", [paper.pairs("scores"), f"÷ {symbol} =", paper.pairs("scaled_scores", how)])
    with _step(opened, "masked"):
        paper.draw(
            "masked",
            [
                paper.pairs("scaled_scores"),
                "+",
                paper.mask(),
                "→",
                paper.pairs("masked_scores", Where("scaled_scores", "mask")),
            ],
        )
        _warn_of_empty_rows(opened, paper.worked, paper.names)


def mix(opened: Lesson, paper: Matrices) -> None:
    """Draw steps 6 and 7: weights and head output."""
    with _step(opened, "softmax", formula=_formula(paper, "softmax")):
        paper.draw("softmax", [paper.pairs("masked_scores"), "→", paper.pairs("weights", Softmax("masked_scores"))])
    places = {"word": literal(paper.names[paper.row]), "d_k": paper.worked.query.shape[1]}
    with _step(opened, "output", formula=_formula(paper, "output"), **places):
        paper.draw("output", [paper.pairs("weights"), "×", paper.values(), "=", paper.head_output()])


def published(opened: Lesson) -> None:
    """Draw the softmax of two published scores, scaled and not."""
    scores, d_k = PUBLISHED
    worked = published_softmax(scores, d_k)
    plain = weigh(worked.scores)
    root = short(worked.divisor)
    with _step(opened, "published", d_k=d_k, root=root, small=f"{plain[0, -1]:.8f}"):
        line = slice(0, 1)
        own = Matrix("scores", worked.scores[line], "", opened.say("matrix_scores"), digits=0)
        scaled = Matrix(
            "scaled", worked.scaled_scores[line], "", opened.say("matrix_scaled_scores"), digits=0,
            how=Divide("scores", worked.divisor, f"√{d_k}"),
        )  # fmt: skip
        weights = Matrix(
            "weights", worked.weights[line], "", opened.say("matrix_weights"), scale="weights", sums="rows",
            how=Softmax("scaled"),
        )  # fmt: skip
        label = opened.say("published_title")
        equation("by_hand_published", opened.texts, [own, f"÷ √{d_k} =", scaled, "→", weights], label=label)
