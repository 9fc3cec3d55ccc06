"""The Translate page, below the step: alignment, all positions at once, beam search, padding, and the questions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from attnviz.charts import head_heatmap
from attnviz.components.lines import lines
from attnviz.concepts.beam import Beam, Hypothesis, searching
from attnviz.concepts.decoding import (
    Apart,
    OneByOne,
    Padded,
    Written,
    apart,
    log_probability,
    one_by_one,
    padded,
    task,
)
from attnviz.lessons.translate.step import ALPHA, BEAM_AT, BEGINNING, PADDING, WIDTH, OwnView, View, cross_of
from attnviz.lessons.translate.writing import BEAM_STOP, NOT_STOPPED, name_of, stopped_at
from attnviz.model.transformer import END_ID
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.kept import kept
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.models import model_named
from attnviz.session.numerals import tiny, written
from attnviz.session.work import Work
from attnviz.trace.seen import mask_of
from attnviz.trace.tokens import MAX_TOKENS, label_of, spelled
from attnviz.ui.answers import distinct
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Option, Settled
from attnviz.ui.progress import watched, working

PHONE = 16  # tokens beside each other that a phone can show
ROUNDING = 1e-4  # of a weight: two float32 passes come closer
ALPHAS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@kept
def _one_by_one(model: str, text: str, ids: tuple[int, ...], _done: Written) -> OneByOne:
    return one_by_one(model_named(model), _done.source, ids)


@kept
def _searching(model: str, text: str, beginning: str, width: int) -> Work[Beam]:
    return Work(searching(model_named(model), text, width, beginning))


@kept
def _padded(model: str, text: str, ids: tuple[int, ...], n_padding: int, masked: bool, _done: Written) -> Padded:
    return padded(model_named(model), _done, n_padding, mask_padding=masked)


def _asked(view: OwnView) -> tuple[str, str]:
    return view.screen.choices.model, view.screen.choices.text


def _searched(view: OwnView, width: int) -> tuple[Beam, bool]:
    """Search in sight of the reader; return the search so far, and whether it was stopped."""
    opened, beginning = view.opened, BEGINNING.value
    model, text = _asked(view)
    work, name = _searching(model, text, beginning, width), name_of(model, text, beginning)
    most = view.done.limit if view.done.stopped else task(model_named(model), text, beginning).limit
    until = min(most, stopped_at(BEAM_STOP, name))
    is_done = watched(
        work, until, lambda beam: beam.n_steps, most,
        lambda count: opened.say("searching", count=count, most=most),
        (opened.say("stop"), lambda count: BEAM_STOP.set((count, name))),
        f"translate_searching_{width}",
    )  # fmt: skip
    return work.latest.until(until), not is_done


def alignment(view: View) -> None:
    """Draw cross-attention as a heatmap and as lines between the two sentences."""
    opened, trace, count = view.opened, view.trace, len(view.steps)
    left, right = st.columns([3, 2], gap="large")
    mean = view.is_mean
    places = {"layer": view.screen.layer + 1, "head": view.screen.head + 1}
    with left:
        st.markdown(opened.say("heatmap_mean" if mean else "heatmap_one", **places))
        figure = head_heatmap(
            view.cross[:count],
            view.steps,
            trace.tokens,
            look(opened.choices),
            row_title=opened.say("axis_written"),
            column_title=opened.say("axis_source"),
        )
        wide = "_wide" if len(trace.tokens) > PHONE else ""  # a phone reads the rows above and the lines below
        with st.container(key=f"translate_heatmap{wide}"):
            chart(figure, "translate_alignment", opened.say("heatmap_alt"))
    with right:
        st.markdown(opened.say("lines_one", **places))
        lines(view.screen, key="translate_lines")


def _stepwise(view: OwnView) -> tuple[OneByOne, Apart]:
    with working(view.opened.say("working")):
        stepwise = _one_by_one(*_asked(view), view.done.ids, view.done)
    return stepwise, apart(view.done.trace, stepwise)


def teacher(view: OwnView) -> None:
    """Show the same head's rows from one pass over all positions and from writing one by one."""
    opened, trace, count = view.opened, view.done.trace, view.done.n_steps
    stepwise, found = _stepwise(view)
    layer, head = view.screen.layer, view.screen.head
    call = trace.decoder_self[layer]
    at_once = np.where(call.mask, call.weights[head], np.float32("nan"))
    first = max(0, min(view.step - PHONE // 2, count - PHONE))
    window = slice(first, min(first + PHONE, count))
    names = trace.target_tokens[window]
    if count > PHONE:
        st.caption(opened.say("window", first=first + 1, last=window.stop, total=count))
    for box, name, rows in zip(
        st.columns(2, gap="large"),
        ("at_once", "one_by_one"),
        (at_once, stepwise.decoder_self[layer, head]),
        strict=True,
    ):
        with box:
            st.markdown(opened.say(name, layer=layer + 1, head=head + 1))
            figure = head_heatmap(
                rows[window, window], names, names, look(opened.choices),
                row_title=opened.say("axis_query"), column_title=opened.say("axis_key"),
            )  # fmt: skip
            chart(figure, f"translate_{name}", opened.say(f"{name}_alt"))
    calls = 2 * len(trace.cross) * call.n_heads
    for box, name, value in zip(
        st.columns(3), ("decoder_self", "cross", "logits"), (found.decoder_self, found.cross, found.logits), strict=True
    ):
        box.metric(opened.say(f"apart_{name}"), tiny(value))
    places = {"calls": calls, "rows": len(trace.target_tokens), "largest": written(found.largest_logit, 1)}
    st.markdown(opened.say("apart", weights=tiny(found.weights), logits=tiny(found.logits), **places))


def beam(view: OwnView) -> None:
    """Search with the chosen width, and list the hypotheses after the chosen step."""
    opened = view.opened
    left, middle, right = st.columns(3, gap="large")
    with left:
        width = slider(WIDTH, opened.say("width"), range(1, 6))
    with middle:
        alpha = slider(ALPHA, opened.say("alpha"), ALPHAS)
    found, stopped = _searched(view, width)
    step = BEAM_AT.value if 1 <= BEAM_AT.value <= found.n_steps else found.n_steps
    with right:
        if found.n_steps > 1:
            show("beam_at", step)
            steps = range(1, found.n_steps + 1)
            hearing = heard("beam_at", steps, lambda asked: BEAM_AT.set(0 if asked == found.n_steps else asked))
            st.select_slider(opened.say("beam_at"), steps, key="beam_at", on_change=hearing)
    ranked = found.ranked(alpha, step - 1)
    if stopped and not view.done.stopped:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.warning(opened.say("beam_stopped", count=found.n_steps), icon=":material/stop_circle:")
        right.button(
            opened.say("search_on"),
            key="beam_go_on",
            width="stretch",
            on_click=guarded(lambda: BEAM_STOP.set(NOT_STOPPED)),
        )
    head = [opened.say(f"column_{name}") for name in ("text", "log", "length", "score")]
    with st.container(key="translate_beam"):
        st.markdown(markdown_table(head, [_row(view, one, alpha) for one in ranked], "lrrr"))
    if stopped:
        return  # what is not finished cannot be compared
    greedy, best = view.done, found.ranked(alpha)[0]
    same = best.ids == (*greedy.ids, END_ID)[: greedy.n_steps]
    places = {"width": width, "log": written(best.log_probability), "greedy": written(log_probability(greedy))}
    name = "beam_one" if width == 1 else "beam_same" if same else "beam_other"
    st.markdown(opened.say(name, **places))


def _row(view: OwnView, one: Hypothesis, alpha: float) -> tuple[str, ...]:
    model = model_named(view.screen.choices.model)
    text = literal(spelled(model.tokenizer, one.ids) or " ".join(label_of(model.tokenizer, token) for token in one.ids))
    if not one.finished:
        text += f" … *({view.opened.say('unfinished')})*"
    return text, written(one.log_probability), str(len(one.ids)), written(one.score(alpha))


def masked_padding(view: OwnView) -> None:
    """Pad the source behind the padding mask: nothing changes."""
    opened = view.opened
    count = slider(PADDING, opened.say("padding"), range(33))
    with working(opened.say("working")):
        found = _padded(*_asked(view), view.done.ids, count, True, view.done)
    same = found.translation == view.done.trace.target
    st.markdown(opened.say("padded_masked", text=literal(found.translation), count=count))
    for box, name in zip(st.columns(3), ("logits", "weights", "on_padding"), strict=True):
        box.metric(opened.say(f"padding_{name}"), tiny(getattr(found, name)))
    st.markdown(opened.say("padding_same" if same else "padding_not_same", logits=tiny(found.logits)))


def open_padding(view: OwnView) -> None:
    """Let the padding be seen."""
    opened, count = view.opened, PADDING.value
    with working(opened.say("working")):
        found = _padded(*_asked(view), view.done.ids, count, False, view.done)
    st.markdown(opened.say("own_text", text=literal(view.done.trace.target)))
    st.markdown(opened.say("padded_open", text=literal(found.translation), count=count))
    for box, name in zip(st.columns(3), ("logits", "weights", "on_padding"), strict=True):
        box.metric(opened.say(f"padding_{name}"), tiny(getattr(found, name)))
    same = found.translation == view.done.trace.target
    name = "open_none" if not count else "open_same" if same else "open_changed"
    st.markdown(opened.say(name, share=f"{found.on_padding:.0%}", logits=tiny(found.logits)))


def asked_step(view: View) -> int:
    """Return a step (from 0) other than the one on the screen, for questions."""
    ahead = view.step + 2
    return ahead if ahead < len(view.steps) else len(view.steps) // 3


def predict_visible(view: View) -> None:
    """Ask how many tokens a later step's masked self-attention may see."""
    opened, trace, step = view.opened, view.trace, asked_step(view)
    seen = int(mask_of(trace.decoder_self[view.screen.layer])[step].sum())
    total, source = len(trace.target_tokens), len(trace.tokens)
    places = {"step": step + 1, "word": literal(view.steps[step]), "seen": seen, "total": total, "source": source}
    labels = {"seen": seen, "total": total, "less": seen - 1, "source": seen + source}
    offered = [
        Option(name, opened.say("visible_option", count=count), opened.say(f"visible_{name}_why", **places))
        for name, count in labels.items()
        if count >= 0
    ]
    opened.predict("visible", distinct(offered, "seen"), "seen", **places)


def predict_strongest(view: View, hides: Callable[[], None]) -> None:
    """Ask where the mean of the heads looks when another token is written."""
    opened, trace, step = view.opened, view.trace, asked_step(view)
    row = cross_of(view, mean=True)[step]
    order = [int(place) for place in np.argsort(-row, kind="stable")]
    likely = order[:3] + [place for place in (step, len(row) - 1) if place in order[3:]]
    if len(likely) < 2:
        hides()
        return
    places = {
        "word": literal(view.steps[step]), "layer": view.screen.layer + 1, "step": step + 1,
        "best": literal(trace.tokens[order[0]]), "most": written(float(row[order[0]])),
    }  # fmt: skip
    offered = []
    for place in sorted(likely):
        own = {"token": literal(trace.tokens[place]), "weight": written(float(row[place]))}
        why = opened.say("strongest_right_why" if place == order[0] else "strongest_wrong_why", **own, **places)
        offered.append(Option(str(place), literal(trace.tokens[place]), why))
    key = "strongest" if view.n_heads > 1 else "strongest_one"
    opened.predict(key, distinct(offered, str(order[0])), str(order[0]), hides, **places)


def predict_teacher(view: OwnView, hides: Callable[[], None]) -> None:
    """Ask whether rows written one by one are those of the one pass; they are written anew only after a guess."""
    opened, names = view.opened, ("same", "last", "none")

    def settle() -> Settled | None:
        found = _stepwise(view)[1]
        if found.weights > ROUNDING:
            return None  # what stands below says by how much
        return "same", {name: opened.say(f"teacher_{name}_why", weights=tiny(found.weights)) for name in names}

    labels = {name: opened.say(f"teacher_{name}_label") for name in names}
    opened.predict_later("teacher", labels, settle, (*_asked(view), BEGINNING.value), hides)


def predict_beam(view: OwnView, hides: Callable[[], None]) -> None:
    """Ask whether the search finds something likelier than greedy; nothing is searched before a guess."""
    opened, width = view.opened, WIDTH.value if WIDTH.value > 1 else 5
    if stopped_at(BEAM_STOP, name_of(*_asked(view), BEGINNING.value)) < MAX_TOKENS:
        hides()  # there is no best sentence yet
        return
    names = ("higher", "same", "lower")

    def settle() -> Settled | None:
        found, stopped = _searched(view, width)
        if stopped:
            return None
        best = found.ranked(0.0)[0]
        greedy = log_probability(view.done)
        difference = best.log_probability - greedy
        answer = "same" if abs(difference) < 1e-4 else "higher" if difference > 0 else "lower"
        numbers = {"width": width, "best": written(best.log_probability), "greedy": written(greedy)}
        return answer, {name: opened.say(f"beam_{name}_{answer}_why", **numbers) for name in names}

    labels = {name: opened.say(f"beam_{name}_label") for name in names}
    opened.predict_later("beam", labels, settle, (*_asked(view), BEGINNING.value), hides, width=width)
