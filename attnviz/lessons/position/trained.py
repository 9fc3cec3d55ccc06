"""Position: two orders of the same words, through the trained encoder."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from attnviz.charts import bars
from attnviz.concepts.position import (
    TwoOrders,
    model_in_two_orders,
)
from attnviz.lessons.position.orders import EQUAL, Pair, compared, shown_literally
from attnviz.session.kept import kept
from attnviz.session.models import model_named
from attnviz.session.numerals import tiny
from attnviz.session.settings import Setting, flag, whole
from attnviz.trace.models import row_of
from attnviz.trace.words import is_hangul
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider, switch
from attnviz.ui.lesson import Lesson

SHOWN = 5  # of the model's numbers: as many as fit a phone
ROUNDING = 1e-4  # of a vector's length, in float32 through all layers
STAGE = whole("stage", 2, 0, 64)
FORGET = flag("forget")
SETTINGS: tuple[Setting[Any], ...] = (STAGE, FORGET)


def trained(opened: Lesson, pair: Pair) -> TwoOrders | None:
    """Follow the word through the trained encoder in both orders; None when the words are too many for it."""
    both = _through(opened, pair, positions=True)
    if both is None:
        st.info(opened.say("hint_long"), icon=":material/content_cut:")
        return None
    if row_of(opened.choices.model).reads == "ko" and not is_hangul(" ".join(pair.first)):
        st.caption(opened.say("korean_orders"))
    stages = _stages(opened, both)
    left, right = st.columns(2, gap="large")
    with left:
        figure = _shares(opened, pair, both, both, opened.say("with_positions"), look(opened.choices).accent)
        chart(figure, "trained", opened.say("trained_alt", word=pair.word))
    with right:
        stage = slider(STAGE, opened.say("stage"), range(len(stages)), lambda index: stages[index])
        largest = float(both.largest[stage, pair.place])
        st.metric(opened.say("largest_at", stage=stages[stage]), tiny(largest))
        first, second = (order[stage, pair.place, :SHOWN] for order in (both.first, both.second))
        compared(opened, "stage", first, second, stages[stage])
        st.caption(opened.say("first_numbers", count=SHOWN, size=both.first.shape[-1]))
        same = "same" if largest < EQUAL else "other"
        st.markdown(opened.say(f"trained_{same}", word=shown_literally(pair.word), stage=stages[stage]))
    return both


def forgotten(opened: Lesson, pair: Pair, both: TwoOrders) -> None:
    """Let the reader set all positions to 0 and see both orders become one."""
    if not switch(FORGET, opened.say("forget")):
        return
    bare = _through(opened, pair, positions=False)
    assert bare is not None  # as long as with positions
    stages = _stages(opened, both)
    left, right = st.columns(2, gap="large")
    with left:
        figure = _shares(opened, pair, both, bare, opened.say("without_positions"), look(opened.choices).wrong)
        chart(figure, "forgotten", opened.say("forgotten_alt", word=pair.word))
    with right:
        st.metric(opened.say("largest_after_last"), tiny(float(bare.largest[-1, pair.place])))
        first, second = (order[-1, pair.place, :SHOWN] for order in (bare.first, bare.second))
        compared(opened, "forgotten_numbers", first, second, stages[-1])
        same = "same" if bare.share[:, pair.place].max() < ROUNDING else "other"
        st.markdown(opened.say(f"forgotten_{same}", word=shown_literally(pair.word)))


def _shares(opened: Lesson, pair: Pair, both: TwoOrders, shown: TwoOrders, name: str, colour: str) -> go.Figure:
    """Draw how far the word is apart at each stage, on the scale of ``both``, so that two pictures can be compared."""
    limits = 0.0, max(0.1, 1.15 * float(both.share[:, pair.place].max()))
    series = {name: shown.share[:, pair.place]}
    figure = bars(
        _stages(opened, both), series, look(opened.choices), y_title=opened.say("apart"), limits=limits,
        colours=(colour,),
    )  # fmt: skip
    # the last name on a phone, where names are turned and reach over the edge
    figure.update_layout(margin_r=28, xaxis_ticklabeloverflow="allow")
    return figure


@kept
def _run(model: str, first: tuple[str, ...], second: tuple[str, ...], positions: bool) -> TwoOrders:
    return model_in_two_orders(model_named(model), first, second, positions=positions)


def _through(opened: Lesson, pair: Pair, *, positions: bool) -> TwoOrders | None:
    try:
        return _run(opened.choices.model, pair.first, pair.second, positions)
    except ValueError:  # more tokens than the model reads
        return None


def _stages(opened: Lesson, both: TwoOrders) -> list[str]:
    layers = [opened.say("stage_layer", number=layer + 1) for layer in range(len(both.first) - 2)]
    return [opened.say("stage_embedding"), opened.say("stage_sum"), *layers]
