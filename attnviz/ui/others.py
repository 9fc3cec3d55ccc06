"""What a page says of a model of others: what it is, what of it is known, and where most of its weight goes."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from attnviz.components.token_rows import Candidate, candidates
from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices
from attnviz.session.markdown import literal
from attnviz.session.numerals import scientific
from attnviz.session.others import Other, Pair, next_tokens, other
from attnviz.session.screen import Screen
from attnviz.session.seen import SINK, sink_of
from attnviz.trace.models import ModelRow, NoPartError, row_of
from attnviz.ui.progress import working

_NEXT = 8  # tokens that are listed


def read_by_other(choices: Choices, texts: Texts, row: ModelRow) -> tuple[Choices, Pair]:
    """Let a model of others read; a link that names no part shows the first that it has."""
    with working(texts("ui.other_loading", model=row.name), aside=True):
        model = other(row)
    if choices.part not in model.parts:
        if "part" in st.query_params:
            raise NoPartError(row.name, choices.part, has=model.parts)
        choices = replace(choices, part=model.parts[0])
    pair = model.read(choices.text)
    st.caption(" ".join(_about(texts, model, pair)))
    return choices, pair


def _about(texts: Texts, found: Other, pair: Pair) -> list[str]:
    """Say what the model is and what of it is known, a sentence each."""
    model, listed = found.model, found.row.listed
    assert listed is not None  # else it is one of our own
    calls = pair.own.attention(found.parts[0])
    name = found.row.name if listed.origin == found.row.name else f"{found.row.name} ({listed.origin})"
    said = [texts(f"ui.other_{found.kind}", model=literal(name), layers=len(calls), heads=calls[0].n_heads)]
    if model.tier == "weights only":
        said.append(texts("ui.other_weights_only", reason=literal(model.reason)))
    else:
        said.append(texts("ui.other_checked", difference=scientific(model.difference, 0)))
    if model.tier == "partly":
        said.append(texts("ui.other_missing", missing=", ".join(f"`{name}`" for name in sorted(model.missing))))
    if listed.copy:
        said.append(texts("ui.other_copy", copy=literal(listed.copy)))
    return said


def notice_sink(screen: Screen) -> None:
    """Name the token that takes most weight of all heads together: in other models nobody can pass over it."""
    if row_of(screen.choices.model).listed is None:
        return
    texts, labels = screen.texts, screen.trace.key_labels(screen.choices.part)
    found = sink_of(screen.trace, screen.choices.part)
    if found.share < SINK:
        return
    places = {
        "share": round(100 * found.share),
        "token": literal(labels[found.token]),
        "number": found.token + 1,
        "most": found.n_heads_most,
        "heads": found.n_heads,
    }
    where = {0: "ui.sink_first", len(labels) - 1: "ui.sink_last"}.get(found.token, "ui.sink_other")
    st.info(texts(where, **places), icon=":material/water_drop:")


def next_token(screen: Screen) -> None:
    """Show what a decoder of others would write after the sentence, with probabilities."""
    row = row_of(screen.choices.model)
    found = next_tokens(row, screen.trace, _NEXT) if row.listed and other(row).kind == "decoder" else ()
    if found:
        texts = screen.texts
        with st.container(key="other_next"):
            candidates(
                texts("ui.next_caption", model=row.name),
                (texts("ui.next_token"), texts("ui.next_probability")),
                [Candidate(label, probability, place == 0) for place, (label, probability) in enumerate(found)],
            )
