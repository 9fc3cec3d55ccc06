"""Models and traces, kept once for all users: both are read-only."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from attnviz.concepts.decoding import writing
from attnviz.model.checkpoint import ModelError
from attnviz.session.work import Work
from attnviz.trace.records import Trace
from attnviz.trace.recurrent import RecurrentModel, RecurrentTrace
from attnviz.trace.run import Model, RecurrentName, load_control, load_model, trace, translate, use_one_thread
from attnviz.trace.tokens import spelled

use_one_thread()  # thirty users share the cores; one small model gains nothing from more


@st.cache_resource(show_spinner=False)
def model_named(name: str) -> Model:
    """Load a model once for the whole server."""
    return load_model(name)


@st.cache_resource(show_spinner=False)
def recurrent_named(name: RecurrentName) -> RecurrentModel:
    """Load a recurrent translator once for the whole server."""
    return load_model(name)


@st.cache_resource(show_spinner=False)
def control_of(name: str) -> Model:
    """Make a model's untrained twin once for the whole server; the untrained model is its own."""
    return model_named("untrained") if name in ("translator", "untrained") else load_control(name)


@st.cache_resource(show_spinner=False, max_entries=64)
def writing_of(model_name: str, text: str, beginning: str = "") -> Work[tuple[int, ...]]:
    """Return the writing of a translation, for all who wait for it: the tokens so far, maybe not yet all."""
    return Work(writing(model_named(model_name), text, beginning))


@st.cache_resource(show_spinner=False, max_entries=64)
def trace_of(model_name: str, text: str, target: str | None = None) -> Trace:
    """Trace a sentence once for all who look at it; ``target`` None: the model's own translation."""
    model = model_named(model_name)
    own = target is None
    return trace(model, text, spelled(model.tokenizer, writing_of(model_name, text).whole()) if own else target)


@st.cache_resource(show_spinner=False, max_entries=64)
def recurrent_trace_of(name: RecurrentName, text: str, target: str | None = None) -> RecurrentTrace:
    """Trace a sentence in a recurrent translator once for all; ``target`` None: its own translation."""
    return trace(recurrent_named(name), text, target)


@st.cache_resource(show_spinner=False, max_entries=256)
def translation_of(name: str, text: str) -> str | None:
    """Translate a sentence by any model, the recurrent ones too; None when its files are missing or broken."""
    try:
        model = recurrent_named(name) if name in get_args(RecurrentName) else model_named(name)  # type: ignore[arg-type]
    except ModelError:
        return None
    return translate(model, text)


@st.cache_resource(show_spinner=False, max_entries=64)
def control_trace_of(model_name: str, text: str, target: str) -> Trace:
    """Trace a sentence and its translation in a model's untrained twin, once for all who look at it."""
    return trace(control_of(model_name), text, target)
