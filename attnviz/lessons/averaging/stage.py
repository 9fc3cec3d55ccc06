"""The stage of "Averaging to attention" that the reader steps to."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.charts import mixture
from attnviz.concepts.averaging import STAGES, Mixed, mixed, most_different_pair
from attnviz.lessons.averaging.matrices import mix, projections, scores
from attnviz.lessons.averaging.questions import question
from attnviz.lessons.averaging.shared import NOTEBOOK, OURS, STAGE, W_K, W_Q, W_V, WORD, Shown, X
from attnviz.session.callbacks import guarded
from attnviz.session.matrices import Rows
from attnviz.session.numerals import written
from attnviz.session.settings import one_of
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments

_FORMULAS = {
    "mean": r"\text{mean}_i = \frac{1}{i} \left( x_1 + x_2 + \dots + x_i \right)",
    "zeros": r"\text{softmax}\left( \text{mask}(0) \right) X",
    "dots": r"\text{softmax}\left( \text{mask}\left( \frac{X X^T}{\sqrt{d}} \right) \right) X",
    "roles": r"\text{softmax}\left( \text{mask}\left( \frac{Q K^T}{\sqrt{d_k}} \right) \right) V",
}


def stage(shown: Shown) -> None:
    """Draw the stage that the reader steps to: formula, matrices, the chosen word's mixture, what is new."""
    say, found = shown.lesson.say, shown.mixed
    segments(STAGE, say("stages"), STAGES, lambda stage: say(f"{stage}_name"))
    with shown.lesson.section(shown.stage, **_places(shown)):
        st.latex(_FORMULAS[shown.stage])
        if shown.stage == "roles":
            st.latex(r"Q = X W^Q \qquad K = X W^K \qquad V = X W^V")
            projections(shown, found)
        if shown.stage in ("dots", "roles"):
            scores(shown, found)
        if shown.stage != "mean":
            mix(shown, found)
        words, picture = st.columns([5, 3], gap="large")
        with words:
            if shown.stage == "mean":
                mix(shown, found)
            st.markdown(say(f"{shown.stage}_new", **_places(shown)))
            _examples(shown)
            question(shown)
        with picture:
            _picture(shown, found)


def _places(shown: Shown) -> dict[str, object]:
    found, mean = shown.mixed, mixed(shown.numbers, "mean")
    one, other = most_different_pair(found.scores)
    return {
        "n": len(shown.words),
        "d": shown.numbers.x.shape[1],
        "scaling": shown.lesson.texts("scaling.title"),
        "difference": f"{np.abs(found.weights - mean.weights).max():.2f}",
        "one": shown.words[one],
        "other": shown.words[other],
        "score": written(found.scores[one, other]),
        "back": written(found.scores[other, one]),
        "asymmetry": f"{np.abs(found.scores - found.scores.T).max():.2f}",
        "parameters": sum(parameters.size for parameters in shown.numbers.projections),
    }


def _picture(shown: Shown, found: Mixed) -> None:
    say, words, row = shown.lesson.say, shown.words, shown.row
    numbers = [str(place) for place in range(1, len(words) + 1)]
    of_these = one_of(WORD.name, numbers[-1], *numbers[:-1])  # a word that these numbers don't have: the last
    segments(of_these, say("word"), numbers, lambda number: words[int(number) - 1])
    weights = found.weights[row]
    figure = mixture(
        found.value,
        weights,
        found.head_output[row],
        words,
        look(shown.lesson.choices),
        result_name=say("result_of", word=words[row]),
        x_title=say("first_number"),
        y_title=say("second_number"),
    )
    shares = ", ".join(f"{word} {weight:.2f}" for word, weight in zip(words, weights, strict=True))
    first, second = found.head_output[row]
    chart(figure, "averaging_picture", say("picture_alt", shares=shares, first=written(first), second=written(second)))
    st.caption(say("picture_text", word=words[row]))


def _examples(shown: Shown) -> None:
    """Other numbers at a press; what the reader has typed is replaced."""
    say = shown.lesson.say
    with st.container(horizontal=True, key="averaging_examples"):
        for name, rows in (("ours", OURS), ("notebook", NOTEBOOK)):
            st.button(say(f"example_{name}"), key=f"averaging_{name}", on_click=guarded(_take), args=(rows,))


def _take(rows: Rows) -> None:
    X.set(rows)
    for setting in (W_Q, W_K, W_V, WORD):
        setting.set(setting.default)
