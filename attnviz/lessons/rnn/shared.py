"""What the sections of Attention before Transformers share: traces, the step in time, a dot product written out."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from attnviz.concepts.recurrence import Terms
from attnviz.session.choices import current
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.models import recurrent_trace_of
from attnviz.session.numerals import adding_up, written
from attnviz.session.settings import Setting, one_of, whole
from attnviz.trace.opening import writes_content
from attnviz.trace.recurrent import RecurrentTrace
from attnviz.trace.tokens import MAX_TOKENS
from attnviz.ui.faults import told
from attnviz.ui.in_time import in_time
from attnviz.ui.lesson import Lesson
from attnviz.ui.screen import notice_cut, notice_refused

AT = whole("at", 0, 0, MAX_TOKENS + 1, of_sentence=True)  # the step, from 1; 0: the most telling one
TOKEN = whole(
    "token", 0, 0, MAX_TOKENS + 1, of_sentence=True
)  # the source token whose score is written out, from 1; 0: the heaviest
NUMBER = whole("number", 1, 1, 4096)  # which number of the attention value is written out
COMBINED = whole("combined", 1, 1, 4096)  # which number of the combined state is written out
TARGET = one_of("target", "common", "own")  # whose translation all models read in the comparison
SETTINGS: tuple[Setting[int] | Setting[str], ...] = (AT, TOKEN, NUMBER, COMBINED, TARGET)


@dataclass(frozen=True, eq=False)
class View:
    """One sentence in both recurrent translators, and one step of the one with attention."""

    opened: Lesson
    trace: RecurrentTrace  # with attention
    plain: RecurrentTrace  # without
    row: int  # the step, from 0: this row writes its next token
    token: int  # the source token that is looked at, from 0

    @property
    def word(self) -> str:
        """The token that this step writes, for Markdown."""
        return literal(self.trace.next_tokens[self.row])

    @property
    def read(self) -> str:
        """The token that the decoder read last, for Markdown."""
        return literal(self.trace.target_tokens[self.row])

    @property
    def name(self) -> str:
        """The source token, for Markdown."""
        return literal(self.trace.tokens[self.token])

    @property
    def sizes(self) -> dict[str, str]:
        """How many numbers this model's vectors have, as places of the texts."""
        W_c = self.trace.W_c
        return {
            "width": f"{self.trace.encoder_states.shape[1]:,}",
            "joined": f"{W_c.shape[0]:,}",
            "combined": f"{W_c.shape[1]:,}",
            "vocabulary": f"{self.trace.logits.shape[1]:,}",
        }


def view_of(opened: Lesson) -> View | None:
    """Return what the link asks for, or None after showing why there is nothing to draw."""
    choices, refused = current()
    notice_refused(opened.texts, *refused)
    found: tuple[RecurrentTrace, RecurrentTrace] | None = None
    with told():
        found = recurrent_trace_of("recurrent_attention", choices.text), recurrent_trace_of("recurrent", choices.text)
    if found is None:
        return None
    trace, plain = found
    notice_cut(choices, opened.texts, trace)
    weights = trace.weights
    assert weights is not None
    n_rows = len(trace.target_tokens)
    content = writes_content(trace)
    telling = max(
        range(n_rows),
        key=lambda row: (trace.next_tokens[row].isalpha() and row > 0, content[row], weights[row].max()),
    )
    row = AT.value - 1 if 1 <= AT.value <= n_rows else telling
    token = TOKEN.value - 1 if 1 <= TOKEN.value <= len(trace.tokens) else int(weights[row].argmax())
    return View(opened, trace, plain, row, token)


def go(row: int) -> None:
    """Go to a step (from 1); the heaviest token of that step is looked at."""
    AT.set(row)
    TOKEN.set(0)


def controls(view: View) -> None:
    """Draw the step in time."""
    in_time(view.opened, view.trace.next_tokens, view.row + 1, go)


def ledger(view: View, found: Terms, left: str, right: str, label: str, bias: float | None = None) -> None:
    """Write a dot product out: the sum first, then its largest terms, then what all the others add up to."""
    opened = view.opened
    parts, total = adding_up(
        [*found.products, *[found.rest] * bool(found.n_rest), *[bias or 0.0] * (bias is not None)], 4
    )
    rows = [
        (f"**{label}**", "", "", f"**{total}**"),
        *(
            (str(place + 1), written(float(a), 4), written(float(b), 4), product)
            for place, a, b, product in zip(found.places, found.left, found.right, parts, strict=False)
        ),
    ]
    if found.n_rest:
        rows.append((opened.say("rest", count=found.n_rest), "", "", parts[len(found.products)]))
    if bias is not None:
        rows.append((opened.say("bias"), "", "", parts[-1]))
    st.markdown(markdown_table([opened.say("place"), left, right, opened.say("product")], rows, "rrrr"))
