"""What the sections of Does attention explain share: the prediction in question, and what was computed of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attnviz.concepts.explanation import Asked, Explained, asked, explained
from attnviz.concepts.weight_tests import SCOPES, Changed, Scope, shuffled, uniform
from attnviz.model.transformer import END_ID, START_ID
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.models import control_of, model_named, writing_of
from attnviz.session.screen import Screen
from attnviz.session.settings import Setting, one_of, whole
from attnviz.trace.opening import opening, writes_content
from attnviz.trace.pieces import joined
from attnviz.trace.records import Array
from attnviz.trace.tokens import MAX_TOKENS, label_of, tokenize
from attnviz.ui.controls import head_control, layer_control, model_control
from attnviz.ui.in_time import in_time
from attnviz.ui.lesson import Lesson

AT = whole("at", 0, 0, MAX_TOKENS + 1, of_sentence=True)  # the predicted token, from 1; 0: a telling one
SCOPE = one_of("scope", "layer", "head", "all")
SEED = whole("seed", 7, 0, 9999)
SETTINGS: tuple[Setting[int] | Setting[str], ...] = (AT, SCOPE, SEED)
N_DRAWS = 100


@dataclass(frozen=True, eq=False)
class View:
    """One prediction of one translation: what the model had read, and the token that it then wrote."""

    opened: Lesson
    screen: Screen  # cross-attention; its query is the predicting row
    ids: tuple[int, ...]  # the whole translation, without start and end

    @property
    def row(self) -> int:
        """The row that predicts, from 0."""
        return self.screen.query

    @property
    def token(self) -> int:
        """The id of the token that this row wrote."""
        return (*self.ids, END_ID)[self.row]

    @property
    def steps(self) -> tuple[str, ...]:
        """The token that each row wrote."""
        tokenizer = model_named(self.screen.choices.model).tokenizer
        return tuple(label_of(tokenizer, token) for token in (*self.ids, END_ID))

    @property
    def word(self) -> str:
        """The predicted token, for Markdown."""
        return literal(self.steps[self.row])

    @property
    def labels(self) -> tuple[str, ...]:
        """The source tokens."""
        return self.screen.trace.tokens

    @property
    def place(self) -> dict[str, int]:
        """Layer and head as the page says them."""
        return {"layer": self.screen.layer + 1, "head": self.screen.head + 1}

    def label(self, token: int) -> str:
        """Name a token, for Markdown."""
        return literal(label_of(model_named(self.screen.choices.model).tokenizer, token))


def view_of(opened: Lesson, screen: Screen) -> View:
    """Return what the link asks for; what it leaves open is the strongest link between spelled-out words."""
    choices = replace(screen.choices, part="cross")
    ids = writing_of(choices.model, choices.text).whole()
    trace = screen.trace
    weights = trace.weights("cross")[:, :, : len(ids) + 1]  # (layer, head, row, source token)
    limits = weights.shape[:2]
    layer, head = (
        value - 1 if 1 <= value <= limit else None
        for value, limit in zip((choices.layer, choices.head), limits, strict=True)
    )
    layer = limits[0] - 1 if layer is None else layer  # the last layer is the one that the output reads
    telling = _telling_row(screen, weights[layer].mean(axis=0))
    row = AT.value - 1 if 1 <= AT.value <= weights.shape[2] else telling
    place = opening(trace, "cross", layer, head, row)
    shown = replace(screen, choices=choices, layer=place[0], head=place[1], query=place[2], key=place[3])
    return View(opened, shown, ids)


def _telling_row(screen: Screen, weights: Array) -> int:
    """Return the row that writes a longer word and looks most at one, by the mean of the layer's heads (row, token).

    A content word if there is one.
    """
    read = np.array([len(label) > 3 and label.isalpha() for label in screen.trace.tokens], dtype=float)
    written = np.array([len(label) > 3 and label.isalpha() for label in screen.trace.next_tokens[: len(weights)]])
    content = writes_content(screen.trace)[: len(weights)]
    return int(((weights * read).max(axis=1) + 4 * written + 2 * content).argmax())


def _question(model_name: str, text: str, ids: tuple[int, ...], row: int, *, control: bool = False) -> Asked:
    model = control_of(model_name) if control else model_named(model_name)
    source = tokenize(model.tokenizer, text).ids
    return asked(model.transformer, source, (START_ID, *ids[:row]), (*ids, END_ID)[row])


@kept
def _explained(model_name: str, text: str, ids: tuple[int, ...], row: int, layer: int, head: int) -> Explained:
    return explained(_question(model_name, text, ids, row), layer, head)


def explained_in(view: View) -> Explained:
    """Ask all methods about the prediction, once for all who look at it."""
    choices = view.screen.choices
    return _explained(choices.model, choices.text, view.ids, view.row, view.screen.layer, view.screen.head)


@kept
def _changed(
    model_name: str, text: str, ids: tuple[int, ...], row: int, layer: int, head: int, scope: Scope, seed: int | None,
    control: bool,
) -> Changed:  # fmt: skip
    question = _question(model_name, text, ids, row, control=control)
    if seed is None:
        return uniform(question, scope, layer, head)
    return shuffled(question, scope, layer, head, N_DRAWS, seed)


def shuffled_in(view: View, *, control: bool = False) -> Changed:
    """Shuffle the weights in the chosen scope; ``control``: in the model's untrained twin."""
    return _with_changes(view, SEED.value, control=control)


def uniform_in(view: View) -> Changed:
    """Give all source tokens the same weight in the chosen scope."""
    return _with_changes(view, None, control=False)


def _with_changes(view: View, seed: int | None, *, control: bool) -> Changed:
    choices, screen = view.screen.choices, view.screen
    scope: Scope = next(name for name in SCOPES if name == SCOPE.value)
    return _changed(
        choices.model, choices.text, view.ids, view.row, screen.layer, screen.head, scope, seed, control
    )  # fmt: skip


def go(row: int) -> None:
    """Ask about another token (from 1)."""
    choose(query=0, key=0)
    AT.set(row)


def controls(view: View) -> None:
    """Draw which token is asked about, and which layer and head."""
    opened = view.opened
    in_time(opened, view.steps, view.row + 1, go)
    with st.container(horizontal=True, vertical_alignment="center", key="explain_controls"):
        layer_control(view.screen)
        head_control(view.screen)
        model_control(view.screen)
    st.markdown(opened.say("translation", text=_marked(view)))


def _marked(view: View) -> str:
    words = (*view.screen.trace.target_word_of[1:], None)  # of the word that each row writes
    shown = [f"**[{literal(step)}]**" if row == view.row else literal(step) for row, step in enumerate(view.steps)]
    return joined(shown, [words[row] if row < len(words) else None for row in range(len(shown))])
