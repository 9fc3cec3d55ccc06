"""Without attention one vector must do; then the same sentence's alignment in all models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from attnviz.charts import bars, head_heatmap
from attnviz.concepts.recurrence import LastState, last_state
from attnviz.lessons.rnn.shared import TARGET, View
from attnviz.model.checkpoint import ModelError
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.models import recurrent_named, recurrent_trace_of, trace_of
from attnviz.session.naming import named
from attnviz.session.numerals import written
from attnviz.trace.models import translators
from attnviz.trace.records import Array
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Option, Settled

SIDE_BY_SIDE = 16  # tokens of a sentence, at most


@kept
def _last_state(text: str) -> LastState:
    return last_state(recurrent_named("recurrent"), text)


def bottleneck(view: View) -> None:
    """Show what reaches the decoder without attention, and both translations."""
    opened, trace, plain = view.opened, view.trace, view.plain
    n, width = plain.encoder_states.shape
    st.markdown(opened.say("reaches", tokens=n, width=width, all=f"{n * width:,}"))
    st.markdown(opened.say("translations", plain=literal(plain.target or "–"), attention=literal(trace.target or "–")))


def traces(view: View) -> None:
    """Show what each token left in the one vector."""
    opened, plain = view.opened, view.plain
    found = _last_state(plain.text)
    labels = list(plain.tokens)
    figure = bars(
        labels, {opened.say("moved"): found.moved}, look(opened.choices), y_title=opened.say("moved"),
        x_title=opened.say("left_out"),
    )  # fmt: skip
    chart(figure, "rnn_last_state", opened.say("moved_alt"))
    first, second = (written(mean, 2) for mean in found.halves())
    if np.isfinite(found.halves()[0]):
        kind = "same" if first == second else "later" if found.halves()[1] > found.halves()[0] else "earlier"
        end, with_end = written(float(found.moved[-1]), 2), written(found.second_half_with_end, 2)
        st.markdown(opened.say(f"halves_{kind}", first=first, second=second, end=end, with_end=with_end))


def predict_size(view: View, hides: Callable[[], None]) -> None:
    """Ask how many numbers reach the decoder when the sentence gets longer: a state is as long as before."""
    opened, (n, width) = view.opened, view.plain.encoder_states.shape
    places = {"tokens": n, "twice": 2 * n, "width": f"{width:,}"}
    options = [
        Option(name, opened.say(f"size_{name}"), opened.say(f"size_why_{name}", **places))
        for name in ("one", "all", "tokens")
    ]
    opened.predict("size", options, "one", hides, tokens=n)


def predict_half(view: View, hides: Callable[[], None]) -> None:
    """Ask which tokens move the last state more; the sentence is read without each of them only after a guess."""
    opened, text, names = view.opened, view.plain.text, ("first", "second")
    if len(view.plain.tokens) < 3:
        hides()  # with the end token, no two halves: nothing to guess
        return

    def settle() -> Settled | None:
        means = dict(zip(names, _last_state(text).halves(), strict=True))
        told = {name: written(mean, 2) for name, mean in means.items()}
        if told["first"] == told["second"]:
            return None  # what stands below says so
        return max(names, key=means.__getitem__), dict.fromkeys(names, opened.say("half_why", **told))

    opened.predict_later("half", {name: opened.say(f"half_{name}") for name in names}, settle, text, hides)


def alignment(view: View) -> None:
    """Draw where each model looked for each token that it wrote, side by side."""
    opened, text = view.opened, view.trace.text
    segments(TARGET, opened.say("target"), ("common", "own"), lambda name: opened.say(f"target_{name}"))
    common = trace_of("translator", text).target if TARGET.value == "common" else None
    st.caption(opened.say("common_target", text=common) if common is not None else opened.say("own_targets"))
    models = ("recurrent_attention", *reversed([row.name for row in translators() if row.compared and row.parts]))
    # side by side while the names of the tokens can be read there
    wide = max(len(view.trace.tokens), len(view.trace.target_tokens)) > SIDE_BY_SIDE
    columns = [st.container() for _ in models] if wide else st.columns(len(models), gap="medium")
    for column, name in zip(columns, models, strict=True):
        with column:
            st.markdown(f"**{named(opened.texts, name, 'table')}**")
            try:
                weights, rows, tokens = _cross(name, text, common)
            except ModelError:
                st.caption(opened.say("absent"))
                continue
            figure = head_heatmap(
                weights, rows, tokens, look(opened.choices), row_title=opened.say("writes"),
                column_title=opened.say("source_token"),
            )  # fmt: skip
            chart(figure, f"rnn_{name}", opened.say("alignment_alt", model=named(opened.texts, name, "table")))
            st.caption(opened.say("largest", mean=written(float(weights.max(axis=1).mean()), 2)))


def _cross(name: str, text: str, target: str | None) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Return (row, source token) weights with the token that each row writes, and the source tokens."""
    if name == "recurrent_attention":
        found = recurrent_trace_of("recurrent_attention", text, target)
        assert found.weights is not None
        return found.weights, found.next_tokens, found.tokens
    trace = trace_of(name, text, target)
    return trace.cross[-1].weights.mean(axis=0), trace.next_tokens, trace.tokens
