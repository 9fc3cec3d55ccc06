"""Exercises on paper: a worksheet and its key for five pages, from one seed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
from markupsafe import Markup

from attnviz.concepts.exercises import MOST_SEED, TOPICS, Exercise, Numbers, Topic, exercise
from attnviz.session.catalog import Texts
from attnviz.session.numerals import written
from attnviz.session.pages import PAGES, ROOT
from attnviz.session.paper import address, qr_code, template
from attnviz.session.settings import whole
from attnviz.ui.inputs import number
from attnviz.ui.lesson import Lesson

DIGITS = 2  # after the point, of every number that is computed
SEED = whole("sheet_seed", 1, 0, MOST_SEED)


def sheets(opened: Lesson) -> None:
    """Offer worksheet and key of each topic; each is made when it is asked for."""
    pages = {page.name: page for page in PAGES}
    number(SEED, opened.say("sheet_seed"), 0, MOST_SEED)
    link = address(
        st.context.url,
        "course",
        {"lang": opened.choices.lang, SEED.name: str(SEED.value), "to": "section_paper"},
    )
    by_hand = opened.choices.query_params() | {"to": "section_sheets"}
    st.page_link(ROOT / pages["by_hand"].file, label=opened.say("sheet_by_hand"), query_params=by_hand)
    for topic in TOPICS:
        with st.container(horizontal=True, vertical_alignment="center", key=f"sheets_{topic}"):
            st.markdown(f"**{opened.texts(f'course_sheet.{topic}_title')}**", width="stretch")
            for answers in (False, True):
                kind = "key" if answers else "worksheet"
                st.download_button(
                    opened.say(f"sheet_{kind}"),
                    partial(_made, opened.texts, topic, SEED.value, link, answers),
                    file_name=f"attnviz-{topic}-{SEED.value}-{kind}.html",
                    mime="text/html",
                    on_click="ignore",
                    key=f"sheet_{topic}_{kind}",
                )


def _made(texts: Texts, topic: Topic, seed: int, link: str, answers: bool) -> str:
    return sheet(texts, exercise(topic, seed), link, answers=answers)


def sheet(texts: Texts, asked: Exercise, link: str, *, answers: bool) -> str:
    """Return a worksheet, or its key, as one HTML file that needs nothing else.

    ``link`` is the full address at which the same sheets are made again; it is printed, and drawn as a QR code.
    """
    return template(Path(__file__).with_name("sheet.html")).render(
        say=lambda name, **places: texts(f"course_sheet.{name}", **places),
        language=texts.language,
        answers=answers,
        topic=asked.topic,
        seed=asked.seed,
        digits=DIGITS,
        link=link,
        code=Markup(qr_code(link)),
        given={name: cells(values) for name, values in asked.given.items()},
        steps={
            step: {name: cells(values) for name, values in matrices.items()} for step, matrices in asked.steps.items()
        },
    )


def cells(values: Numbers) -> list[list[str]]:
    """Return a matrix as text: whole numbers where all are whole, else two digits."""
    finite = values[np.isfinite(values)]
    digits = 0 if (finite == finite.round()).all() else DIGITS
    return [[written(value, digits) for value in row] for row in values]
