"""Position: does a word stay itself when a position is added?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from attnviz.charts import bars
from attnviz.concepts.position import (
    RANDOM_POSITIONS,
)
from attnviz.lessons.position.vocabulary import (
    ASKED,
    DRAW,
    INSIDE,
    Asked,
    asked_about,
    drawn_tokens,
    real_table,
    vocabulary_label,
)
from attnviz.session.markdown import literal
from attnviz.session.models import model_named
from attnviz.session.numerals import percent
from attnviz.session.settings import Setting, line, whole
from attnviz.trace.tokens import EmptyTextError, tokenize
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider, text_line
from attnviz.ui.lesson import Lesson

WHO = line("who", "he", 40)
OTHER = line("other", "boy", 40)
AT = whole("at", 5, 0, RANDOM_POSITIONS - 1)
SETTINGS: tuple[Setting[Any], ...] = (WHO, OTHER, AT)


def word_controls(opened: Lesson) -> tuple[int, int, int]:
    """Let the reader type two words and choose a position; return two token ids and the position."""
    with st.container(key="position_words"):
        who = _token(opened, text_line(WHO, opened.say("who"), 40), WHO.default)
        other = _token(opened, text_line(OTHER, opened.say("other"), 40), OTHER.default)
        at = slider(AT, opened.say("at"), range(RANDOM_POSITIONS))
    return who, other, at


def answer(opened: Lesson, token: int, other: int, at: int) -> None:
    """Show what is nearest to the sum, as a picture and in words."""
    found = asked_about(opened.choices.model, token, other, at, True)
    distances(opened, found, "distances")
    verdict(opened, found, "still")


def distances(opened: Lesson, found: Asked, key: str) -> None:
    """Show how far the sum is from the nearest tokens and from the two that were typed."""
    names = [vocabulary_label(opened, row) for row in found.rows]
    drawn = look(opened.choices)
    series = {opened.say("axis_distance"): found.apart}
    colour = drawn.accent if key == "distances" else drawn.wrong
    figure = bars(names, series, drawn, y_title=opened.say("axis_distance"), colours=(colour,), digits=1)
    chart(figure, key, opened.say("distances_alt", word=vocabulary_label(opened, found.token), at=found.at))
    if any(name.startswith(INSIDE) for name in names):
        st.caption(opened.say("pieces"))


def verdict(opened: Lesson, found: Asked, key: str) -> None:
    """Say which token is the nearest to the sum."""
    distance_of = dict(zip(found.rows.tolist(), found.apart.tolist(), strict=True))
    nearest_row = int(found.rows[0])
    st.markdown(
        opened.say(
            f"{key}_{'kept' if nearest_row == found.token else 'lost'}",
            word=literal(vocabulary_label(opened, found.token)),
            other=literal(vocabulary_label(opened, found.other)),
            nearest=literal(vocabulary_label(opened, nearest_row)),
            at=found.at,
            own=f"{distance_of[found.token]:.2f}",
            best=f"{distance_of[nearest_row]:.2f}",
            far=f"{distance_of[found.other]:.2f}",
            before=f"{found.before:.2f}",
            kept=found.kept,
            count=RANDOM_POSITIONS,
        )
    )


def real(opened: Lesson) -> None:
    """Show how many words of the model's vocabulary stay themselves."""
    words, found = real_table(opened.choices.model, True), drawn_tokens(opened.choices.model, DRAW.value, True)
    st.metric(opened.say("real"), percent(found.share))
    places = {"asked": ASKED, "total": f"{len(words):,}", "count": RANDOM_POSITIONS, "size": words.shape[1]}
    st.caption(opened.say("real_how", **places))
    if found.lost:
        st.caption(opened.say("real_lost", lost=found.lost, asked=ASKED, gap=f"{found.gap:.1f}"))


def _token(opened: Lesson, text: str, default: str) -> int:
    """Return the first token of what was typed; say so when there are more, or none."""
    tokenizer = model_named(opened.choices.model).tokenizer
    try:
        tokens = tokenize(tokenizer, text)
    except EmptyTextError:
        st.caption(opened.say("hint_word", word=literal(default)))
        return tokenize(tokenizer, default).ids[0]
    if len(tokens.ids) > 2:  # the last is the end
        st.caption(opened.say("hint_piece", text=literal(text), piece=literal(tokens.labels[0])))
    return tokens.ids[0]
