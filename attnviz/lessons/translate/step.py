"""The Translate page: what it draws from, one step in time, its rows and next token, a forced beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from attnviz.components.token_rows import Candidate, Chip, candidates, chips
from attnviz.concepts.decoding import (
    Distribution,
    Written,
    continued,
    log_probability,
    next_distribution,
    piece,
    task,
    telling,
)
from attnviz.lessons.translate.writing import BEAM_STOP, NOT_STOPPED, STOP, writing_in_sight
from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID, START_ID
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.choices import choose
from attnviz.session.markdown import literal
from attnviz.session.models import model_named
from attnviz.session.numerals import tiny, written
from attnviz.session.screen import Screen
from attnviz.session.settings import Setting, decimal, line, one_of, whole
from attnviz.trace.opening import opening
from attnviz.trace.records import Array, Trace
from attnviz.trace.seen import mask_of
from attnviz.trace.tokens import MAX_TOKENS, is_byte_piece
from attnviz.ui.controls import head_control, layer_control, model_control
from attnviz.ui.in_time import in_time
from attnviz.ui.inputs import segments, slider, text_line
from attnviz.ui.lesson import Lesson

AT = whole("at", 0, 0, MAX_TOKENS + 1, of_sentence=True)  # the step, from 1; 0: the most telling one
ROWS = one_of("rows", "one", "mean")  # cross-attention of the chosen head, or the mean of its layer's heads
TEMPERATURE = decimal("temperature", 1.0, 0.1, 5.0)
BEGINNING = line("beginning", "", of_sentence=True)
WIDTH = whole("beam", 4, 1, 5)
ALPHA = decimal("alpha", 0.6, 0.0, 1.0)
BEAM_AT = whole("beam_at", 0, 0, MAX_TOKENS + 1, of_sentence=True)  # the step of the search, from 1; 0: its end
PADDING = whole("padding", 8, 0, 32)
SETTINGS: tuple[Setting[Any], ...] = (
    AT, ROWS, TEMPERATURE, BEGINNING, WIDTH, ALPHA, BEAM_AT, PADDING, STOP, BEAM_STOP,
)  # fmt: skip
TEMPERATURES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)
NEVER_WRITTEN = (PAD_ID, START_ID, MASK_ID)


@dataclass(frozen=True, eq=False)
class View:
    """What the page draws of any model: one translation, one step of it (from 0), one layer and head."""

    opened: Lesson
    screen: Screen  # of the tokens that were written, cross-attention
    steps: tuple[str, ...]  # the token that each step writes
    step: int

    @property
    def trace(self) -> Trace:
        """The record of what was written; its row t reads token t and writes the one after it."""
        return self.screen.trace

    @property
    def word(self) -> str:
        """The token that this step writes, for Markdown."""
        return literal(self.steps[self.step])

    @property
    def cross(self) -> Array:
        """The chosen cross-attention, (row, source token): one head's, or the mean of its layer's heads."""
        return cross_of(self, mean=self.is_mean)

    @property
    def n_heads(self) -> int:
        """How many heads each layer has."""
        return self.trace.cross[0].n_heads

    @property
    def is_mean(self) -> bool:
        """Whether the mean of the heads is shown; of a single head there is none."""
        return ROWS.value == "mean" and self.n_heads > 1


@dataclass(frozen=True, eq=False)
class OwnView(View):
    """The same of a model of our own, which can be made to write something else."""

    done: Written
    own: Written  # without the reader's beginning


def cross_of(view: View, *, mean: bool) -> Array:
    """Return the chosen layer's cross-attention (row, source token), of its heads' mean or of the chosen head."""
    weights = view.trace.cross[view.screen.layer].weights  # (head, row, source token)
    found: Array = weights.mean(axis=0) if mean else weights[view.screen.head]
    return found


def told_stopped(view: OwnView) -> None:
    """Say that the translation was stopped, and offer to go on."""
    if view.done.stopped or view.own.stopped:
        most = task(model_named(view.screen.choices.model), view.screen.choices.text).limit
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.warning(view.opened.say("stopped", count=len(view.done.ids), most=most), icon=":material/stop_circle:")
        right.button(
            view.opened.say("go_on"),
            key="translate_go_on",
            width="stretch",
            on_click=guarded(lambda: STOP.set(NOT_STOPPED)),
        )


def view_of(opened: Lesson, screen: Screen) -> OwnView:
    """Return what the link asks for; what it leaves open is the strongest link to a source word."""
    own = writing_in_sight(opened, "")
    done = writing_in_sight(opened, BEGINNING.value) if BEGINNING.value.strip() else own
    view = at_step(opened, replace(screen, trace=done.trace), done.steps)
    return OwnView(opened, view.screen, view.steps, view.step, done, own)


def at_step(opened: Lesson, screen: Screen, steps: tuple[str, ...]) -> View:
    """Return the step, layer and head of the screen's trace that the link asks for, or the most telling ones."""
    choices, trace = screen.choices, screen.trace
    limits = (len(trace.cross), trace.cross[0].n_heads)
    layer, head = (
        value - 1 if 1 <= value <= limit else None
        for value, limit in zip((choices.layer, choices.head), limits, strict=True)
    )
    layer, head, own_step = telling(trace, steps, layer, head)
    asked = next((value for value in (choices.query, AT.value) if 1 <= value <= len(steps)), own_step + 1)
    step = min(asked, len(steps)) - 1
    key = opening(trace, "cross", layer, head, step)[3]
    place = replace(screen, choices=replace(choices, part="cross"), layer=layer, head=head, query=step, key=key)
    return View(opened, place, steps, step)


def go(step: int) -> None:
    """Go to a step (from 1); what another page left chosen in a row gives way."""
    choose(query=0, key=0)
    AT.set(step)


def controls(view: View) -> None:
    """Draw the step in time, and below it which layer and head."""
    opened = view.opened
    in_time(opened, view.steps, view.step + 1, go)
    with st.container(horizontal=True, vertical_alignment="center", key="translate_controls"):
        layer_control(view.screen)
        head_control(view.screen)
        if view.n_heads > 1:
            segments(ROWS, opened.say("rows"), ("one", "mean"), lambda name: opened.say(f"rows_{name}"))
        model_control(view.screen)


def rows_of_step(view: View) -> None:
    """Draw this step's two rows of weights: over what is written so far, and over the source."""
    opened, trace, step = view.opened, view.trace, view.step
    places = {"layer": view.screen.layer + 1, "head": view.screen.head + 1}
    call = trace.decoder_self[view.screen.layer]
    weights, visible = call.weights[view.screen.head, step], mask_of(call)[step]
    st.markdown(opened.say("self_row", read=literal(trace.target_tokens[step]), **places))
    chips(
        opened.say("self_alt"),
        [
            Chip(label, float(weight) if seen else None, place == step)
            for place, (label, weight, seen) in enumerate(zip(trace.target_tokens, weights, visible, strict=True))
        ],
        opened.say("hidden"),
    )
    n_hidden = int((~visible).sum())
    st.caption(opened.say("self_note" if n_hidden else "self_note_last", seen=int(visible.sum()), hidden=n_hidden))
    kind = "cross_row_mean" if view.is_mean else "cross_row"
    st.markdown(opened.say(kind, word=view.word, **places))
    row = view.cross[step]
    best = int(row.argmax())
    chips(
        opened.say("cross_alt"),
        [
            Chip(label, float(weight), place == best)
            for place, (label, weight) in enumerate(zip(trace.tokens, row, strict=True))
        ],
        opened.say("hidden"),
    )
    st.caption(opened.say("cross_note", count=len(trace.tokens), best=literal(trace.tokens[best])))
    layer, head, share = looks_ahead(trace)
    with st.container(key="translate_cross_why"):
        st.markdown(opened.say("cross_why", share=tiny(share), layer=layer + 1, head=head + 1))


def looks_ahead(trace: Trace) -> tuple[int, int, float]:
    """Return the layer and head that give the source's second half most before anything is written, and how much."""
    first = np.stack([call.weights[:, 0] for call in trace.cross])  # (layer, head, source token)
    shares = first[..., first.shape[-1] // 2 :].sum(axis=-1, dtype=np.float64)
    layer, head = np.unravel_index(int(shares.argmax()), shares.shape)
    return int(layer), int(head), float(shares[layer, head])


def forbidden(view: OwnView, token: int) -> str:
    """Say why greedy would not write a token at this step, or nothing."""
    before = view.done.ids[: view.step]
    third = len(before) > 1 and before[-1] == before[-2] == token
    return view.opened.say("third") if third else view.opened.say("never") if token in NEVER_WRITTEN else ""


def next_token(view: OwnView) -> None:
    """Draw the distribution of the next token, and let the reader write another one."""
    model = model_named(view.screen.choices.model)
    chosen = (*view.done.ids, END_ID)[view.step]
    found = asked_distribution(view)
    offered = [
        Candidate(piece(model, token), float(probability), token == chosen, forbidden(view, token))
        for token, probability in zip(found.ids, found.probabilities, strict=True)
    ]
    distribution(view, found, offered)
    _other_tokens(view, found, chosen)


def asked_distribution(view: View) -> Distribution:
    """Let the reader choose a temperature; return what the next token is at it."""
    slider(TEMPERATURE, view.opened.say("temperature"), TEMPERATURES)
    return next_distribution(view.trace.logits[view.step], TEMPERATURE.value)


def distribution(view: View, found: Distribution, offered: Sequence[Candidate]) -> None:
    """Draw the likeliest next tokens, and how undecided the model is."""
    opened = view.opened
    candidates(
        opened.say("next_caption", step=view.step + 1),
        (opened.say("next_token"), opened.say("next_probability")),
        offered,
    )
    places = {
        "entropy": written(found.entropy),
        "rest": written(found.rest, 3),
        "count": found.vocabulary - len(found.ids),
    }
    st.markdown(
        opened.say(
            "next_numbers", choices=f"{2**found.entropy:,.1f}", most=written(float(np.log2(found.vocabulary))), **places
        )
    )


def _other_tokens(view: OwnView, found: Distribution, chosen: int) -> None:
    opened, model = view.opened, model_named(view.screen.choices.model)
    offered = [
        token
        for token in found.ids
        if token != chosen and token not in NEVER_WRITTEN and not is_byte_piece(piece(model, token).removeprefix("-"))
    ]
    if not offered:
        return

    def picked(token: int) -> None:
        force(continued(model, view.done.ids[: view.step], token), view.step + 1)

    show("translate_pick", None)
    st.pills(
        opened.say("pick", word=view.word), offered, key="translate_pick",
        on_change=heard("translate_pick", offered, picked),
        format_func=lambda token: literal(piece(model, token)),
    )  # fmt: skip


def force(text: str, step: int) -> None:
    """Let the translation begin with ``text``, and stay at ``step`` (from 1)."""
    BEGINNING.set(text)
    go(step)


def beginning(view: OwnView) -> None:
    """Let the reader type how the translation begins; show what follows beside the model's own."""
    opened, own, done = view.opened, view.own, view.done
    left, right = st.columns([4, 1], gap="small", vertical_alignment="bottom")
    with left:
        text_line(BEGINNING, opened.say("beginning"))
    with right:
        st.button(
            opened.say("reset"),
            key="translate_reset",
            disabled=not BEGINNING.value,
            on_click=guarded(lambda: force("", 0)),
        )
    st.markdown(opened.say("own", text=_marked(own), log=written(log_probability(own))))
    if done is own:
        st.caption(opened.say("nothing_forced"))
        return
    st.markdown(opened.say("forced", text=_marked(done), log=written(log_probability(done)), count=done.n_forced))
    apart = log_probability(done) - log_probability(own)
    places = {"difference": written(abs(apart)), "times": f"{np.exp(min(abs(apart), 700)):,.1f}"}
    st.caption(
        opened.say("forced_likelier" if apart > 1e-6 else "forced_less" if apart < -1e-6 else "forced_same", **places)
    )


def _marked(done: Written) -> str:
    """Return a translation for Markdown, what was forced in bold."""
    text, start = done.trace.target, done.beginning
    if start and text.startswith(start):
        return f"**{literal(start)}**{literal(text.removeprefix(start))}"
    return literal(text)
