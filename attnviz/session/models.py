"""Models and traces, kept once for all users: both are read-only."""

from __future__ import annotations

from functools import cache
from threading import RLock

from attnviz.concepts.decoding import writing
from attnviz.model.checkpoint import ModelError
from attnviz.session.kept import SHELF, kept
from attnviz.session.work import Work
from attnviz.trace.models import NoPartError, find, require, row_of
from attnviz.trace.records import PARTS, Trace
from attnviz.trace.recurrent import RecurrentModel, RecurrentTrace
from attnviz.trace.run import Model, load_control, load_model, trace, translate, use_one_thread
from attnviz.trace.tokens import spelled

use_one_thread()  # thirty users share the cores; one small model gains nothing from more

# Models are not in Streamlit's own cache: any browser may have that cleared, and all would load again.
_loading = RLock()  # thirty users who come at once load a model once


@cache
def _loaded(name: str) -> Model | RecurrentModel:
    return load_model(name)


@cache
def _control(name: str) -> Model:
    return load_control(name)


def forget_models() -> None:
    """Load every model anew when it is next asked for, and trace with it: tests that give another model use it."""
    _loaded.cache_clear()
    _control.cache_clear()
    SHELF.forget(lambda _: True)


def model_named(name: str) -> Model:
    """Load a Transformer once for the whole server; ``NoPartError`` for a recurrent translator."""
    with _loading:
        found = _loaded(name)
    if isinstance(found, RecurrentModel):
        raise NoPartError(name, *PARTS)
    return found


def whole_model(name: str) -> Model:
    """Load a Transformer whose encoder and decoder are taken apart; ``NoPartError`` for a model that lacks one."""
    require(name, *PARTS)
    return model_named(name)


def recurrent_named(name: str) -> RecurrentModel:
    """Load a recurrent translator once for the whole server; ``TypeError`` for another model."""
    with _loading:
        found = _loaded(name)
    if not isinstance(found, RecurrentModel):
        raise TypeError(f"{name} is not a recurrent translator")
    return found


def control_of(name: str) -> Model:
    """Make a model's untrained twin once for the whole server; the untrained model is its own."""
    row = find(name)
    if row and row.twin:
        return model_named(row.twin)
    with _loading:
        return _control(name)


@kept
def writing_of(model_name: str, text: str, beginning: str = "") -> Work[tuple[int, ...]]:
    """Return the writing of a translation, for all who wait for it: the tokens so far, maybe not yet all."""
    return Work(writing(model_named(model_name), text, beginning))


@kept
def trace_of(model_name: str, text: str, target: str | None = None) -> Trace:
    """Trace a sentence once for all who look at it; ``target`` None: the model's own translation."""
    model = model_named(model_name)
    if target is None and row_of(model_name).kind == "encoder_decoder":
        target = spelled(model.tokenizer, writing_of(model_name, text).whole())
    return trace(model, text, target)


@kept
def recurrent_trace_of(name: str, text: str, target: str | None = None) -> RecurrentTrace:
    """Trace a sentence in a recurrent translator once for all; ``target`` None: its own translation."""
    return trace(recurrent_named(name), text, target)


@kept
def translation_of(name: str, text: str) -> str | None:
    """Translate a sentence by any model, the recurrent ones too; None when its files are missing or broken."""
    try:
        model = recurrent_named(name) if row_of(name).kind == "recurrent" else model_named(name)
    except ModelError:
        return None
    return translate(model, text)


@kept
def control_trace_of(model_name: str, text: str, target: str) -> Trace:
    """Trace a sentence and its translation in a model's untrained twin, once for all who look at it."""
    return trace(control_of(model_name), text, target)
