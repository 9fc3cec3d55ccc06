"""Two models on one sentence, on All heads: the chosen head beside the other model's most alike, one link in both."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.charts import head_heatmap
from attnviz.session.choices import Choices
from attnviz.session.markdown import literal
from attnviz.session.models import control_trace_of, trace_of
from attnviz.session.naming import named
from attnviz.session.numerals import written
from attnviz.session.others import Pair, other
from attnviz.session.screen import Screen
from attnviz.session.seen import seen_of
from attnviz.session.settings import Setting
from attnviz.trace.links import Match, alike, search
from attnviz.trace.models import choosable, row_of
from attnviz.trace.records import PARTS, Part
from attnviz.trace.seen import Seen
from attnviz.trace.tokens import visible_line
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import select
from attnviz.ui.progress import working

_MOST = 5  # heads that are listed
_NOTE = 60  # characters of the sentence under a map of half the page's width
BESIDE: Setting[str] = Setting("beside", "", lambda name: name if name == "" or name in choosable() else None)


def beside(screen: Screen) -> None:
    """Draw the whole tab."""
    texts, mine = screen.texts, screen.choices.model
    st.markdown(texts("heads.beside_text"))
    names = ["", *(name for name in choosable() if name != mine)]

    def called(name: str) -> str:
        return named(texts, name, "menu") if name else texts("heads.beside_none")

    name = select(BESIDE, texts("heads.beside_model"), names, called)
    if name not in names[1:]:
        return
    with working(texts("ui.other_loading", model=name), aside=True):
        pair = _read(name, screen.choices)
    own = seen_of(screen.trace, screen.choices.part, by_word=True, special=False)
    part = _part(pair, own)
    if part is None:
        st.info(texts("heads.beside_words"), icon=":material/info:")
        return
    found, control = (seen_of(one, part, by_word=True, special=False) for one in pair)
    chosen = own.weights[screen.layer, screen.head]
    matches, chance = alike(chosen, found.weights), alike(chosen, control.weights)[0]
    best = matches[0]
    st.markdown(
        texts(
            "heads.beside_best", layer=best.layer + 1, head=best.head + 1, similarity=written(best.similarity),
            model=named(texts, name, "view"), chance=written(chance.similarity),
        )
    )  # fmt: skip
    left, right = st.columns(2, gap="large")
    with left:
        _map(screen, mine, own, Match(screen.layer, screen.head, 1.0))
        _ranked(screen, own, own, seen_of(screen.control, screen.choices.part, by_word=True, special=False))
    with right:
        _map(screen, name, found, best)
        _ranked(screen, own, found, control)


def _read(model: str, choices: Choices) -> Pair:
    row = row_of(model)
    if row.listed:
        return other(row).read(choices.text)
    own = trace_of(model, choices.text)
    return Pair(own, control_trace_of(model, choices.text, own.target))


def _part(pair: Pair, own: Seen) -> Part | None:
    """Return the part whose rows and columns are the same words: the same one first; None where there is none."""
    for part in dict.fromkeys((own.part, *PARTS)):
        if pair.own.attention(part):
            found = seen_of(pair.own, part, by_word=True, special=False)
            if (found.row_labels, found.column_labels) == (own.row_labels, own.column_labels):
                return part
    return None


def _map(screen: Screen, model: str, shown: Seen, place: Match) -> None:
    texts = screen.texts
    places = {"layer": place.layer + 1, "head": place.head + 1}
    st.markdown(f"**{literal(named(texts, model, 'menu'))}** · {texts('heads.head_of_layer', **places)}")
    figure = head_heatmap(
        np.where(shown.masks[place.layer], shown.weights[place.layer, place.head], np.float32("nan")),
        shown.row_labels,
        shown.column_labels,
        look(screen.choices),
        limit=1.0,
        row_title=texts("heads.axis_query"),
        column_title=texts("heads.axis_key"),
        notes=(_short(visible_line(screen.trace.text)),),
    )
    chart(
        figure,
        f"beside_{model}",
        texts("heads.zoom_alt", **places),
        file=f"attnviz-{model}-{places['layer']}-{places['head']}",
    )


def _ranked(screen: Screen, own: Seen, shown: Seen, control: Seen) -> None:
    """List the heads that link the chosen words most; ``own`` says which words these are."""
    texts, row, column = screen.texts, own.row_of(screen.query), own.column_of(screen.key)
    link = f"{literal(own.row_labels[row])} → {literal(own.column_labels[column])}"
    lines = [
        f"| {link} | {texts('heads.view_col_trained')} | {texts('heads.view_col_untrained')} |",
        "|---|---|---|",
    ]
    for found in search(shown.weights, control.weights, row, column)[:_MOST]:
        head = texts("heads.head_of_layer", layer=found.layer + 1, head=found.head + 1)
        lines.append(f"| {head} | {written(found.weight)} | {written(found.untrained)} |")
    st.markdown("\n".join(lines))


def _short(text: str) -> str:
    return text if len(text) <= _NOTE else f"{text[: _NOTE - 1]}…"
