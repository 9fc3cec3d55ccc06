"""Where a page, or a part of it, can't go on: one sentence that says why, and a way on.

Expected are an empty sentence, a model whose files are missing or damaged, and a part that the chosen model does not
have. Anything else is a fault: the reader gets an id, the log the same id and the traceback.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from attnviz.api import INSTALL
from attnviz.model.checkpoint import ModelError
from attnviz.session.callbacks import faults_before, guarded, logged_fault
from attnviz.session.catalog import Texts
from attnviz.session.choices import DEFAULT_TEXT, Choices, choose, current, model_for
from attnviz.session.naming import named
from attnviz.session.others import OtherModelError
from attnviz.session.pages import ROOT, here, page_without_model
from attnviz.session.settings import new_sentence
from attnviz.trace.models import MODELS, NoPartError
from attnviz.trace.tokens import EmptyTextError

_log = logging.getLogger(__name__)
_TOLD = "told on this page"
ICONS = {"info": ":material/edit:", "warning": ":material/alt_route:", "error": ":material/error:"}


def new_page() -> None:
    """Begin a run of a page: nothing was told on it yet but what went wrong in a callback before it."""
    st.session_state[_TOLD] = set()
    for fault in faults_before():
        _fault(fault)


@contextmanager
def told() -> Iterator[None]:
    """Run a page or a part of one, and tell why it can't go on; the same is told once a page."""
    try:
        yield
    except EmptyTextError:
        _empty()
    except OtherModelError as error:
        _other_model_error(error)
    except ModelError as error:
        _model_error(error)
    except NoPartError as error:
        _no_part(error)
    except Exception:
        _fault(logged_fault())


def _empty() -> None:
    _, texts = _reader()
    _tell("info", texts("ui.empty"), texts("ui.empty_way"), lambda: new_sentence(DEFAULT_TEXT))


def _model_error(error: ModelError) -> None:
    choices, texts = _reader()
    first = MODELS[0].name
    _log.warning("%s", error)
    remedy = texts("ui.remedy", command=error.command) if error.command else ""
    sentence = texts("ui.model_error", file=error.file, remedy=remedy).strip()
    if here().follows and choices.model != first:
        _tell("error", sentence, texts("ui.other_model", model=named(texts, first, "menu")), _other_model(first))
    else:
        _tell("error", sentence)


def _other_model_error(error: OtherModelError) -> None:
    _, texts = _reader()
    first = MODELS[0].name
    way = texts("ui.other_model", model=named(texts, first, "menu"))
    said = texts(
        f"ui.other_{error.why}",
        model=error.model,
        reason=error.reason,
        needs=error.needs,
        limit=error.limit,
        command=INSTALL,
    )
    _tell("error", said, way, _other_model(first))


def _no_part(error: NoPartError) -> None:
    choices, texts = _reader()
    has = ", ".join(texts(f"ui.part_{part}") for part in error.has)
    places = {"model": named(texts, error.model, "subject"), "has": has}
    if here().needs:
        model = model_for(choices.text)
        way = texts("ui.other_model", model=named(texts, model, "menu"))
        _tell("warning", texts("ui.no_whole", **places), way, _other_model(model))
    else:
        missing = ", ".join(texts(f"ui.part_{part}") for part in error.parts)
        first = error.has[0]
        way = texts("ui.own_part", part=texts(f"ui.part_{first}"))
        _tell("warning", texts("ui.no_part", missing=missing, **places), way, _other_part(first))


def _other_model(model: str) -> Callable[[], None]:
    return lambda: choose(model=model, part="encoder_self", layer=0, head=0, query=0, key=0, drawn="")


def _other_part(part: str) -> Callable[[], None]:
    return lambda: choose(part=part, layer=0, head=0, query=0, key=0, drawn="")


def _fault(fault: str) -> None:
    _, texts = _reader()
    st.error(texts("ui.fault", fault=fault), icon=ICONS["error"])


def _reader() -> tuple[Choices, Texts]:
    choices, _ = current()
    return choices, Texts(choices.lang)


def _tell(
    kind: Literal["info", "warning", "error"], sentence: str, way: str = "", press: Callable[[], None] | None = None
) -> None:
    """Say ``sentence``, and beside it offer a button, or else the way to a page that needs no model."""
    said: set[str] = st.session_state.setdefault(_TOLD, set())
    if sentence in said:
        return
    said.add(sentence)
    number = len(said)
    with st.container(key=f"told_{number}"):
        left, right = st.columns([4, 1], vertical_alignment="center")
    {"info": left.info, "warning": left.warning, "error": left.error}[kind](sentence, icon=ICONS[kind])
    if press:
        right.button(way, key=f"told_way_{number}", width="stretch", on_click=guarded(press))
    else:
        choices, texts = _reader()
        page = page_without_model(here())
        right.page_link(
            ROOT / page.file,
            label=texts("ui.page_after", title=texts(page.title)),
            query_params=choices.query_params_at(page),
        )
