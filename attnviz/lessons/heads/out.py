"""Take heads out, on All heads: the same heads by their numbers, BLEU without them, and which head costs most."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.components.table import table
from attnviz.concepts.ablation import Head
from attnviz.concepts.worth import own_pairs
from attnviz.lessons.heads.scalpel import (
    BLEU,
    bleu_text,
    can_lose_heads,
    heads_of,
    is_scored,
    own_translations,
    take_out,
    taken_out,
)
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.choices import choose
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.numerals import written
from attnviz.session.screen import Screen
from attnviz.trace.importance import load_importance
from attnviz.trace.models import row_of


def heads_out(screen: Screen) -> None:
    """Draw the whole tab."""
    texts, row = screen.texts, row_of(screen.choices.model)
    if not can_lose_heads(row):
        st.info(texts("heads.cut_cannot", model=literal(row.name)), icon=":material/info:")
        return
    st.markdown(texts("heads.out_text"))
    out = _choice(screen)
    if is_scored(row):
        _sentences(screen, out)
    _ranking(screen)


def _choice(screen: Screen) -> tuple[Head, ...]:
    texts = screen.texts
    known, out = heads_of(screen), taken_out(screen)
    columns = st.columns(len(screen.parts), gap="large")
    for column, part in zip(columns, screen.parts, strict=True):
        with column:
            st.markdown(f"**{texts(f'controls.{part}')}**")
            for number in dict.fromkeys(place.layer for place in known if place.part == part):
                _layer(screen, [place for place in known if place[:2] == (part, number)], out)
    return out


def _layer(screen: Screen, places: list[Head], out: tuple[Head, ...]) -> None:
    """Offer the heads of one layer; those that are taken out are lit."""
    part, number, _ = places[0]
    key = f"heads_out_{part}_{number}"
    offered = [place.head for place in places]
    show(key, [place.head for place in places if place in out])

    def changed(heads: list[int]) -> None:
        rest = [place for place in out if place[:2] != (part, number)]
        take_out([*rest, *(Head(part, number, head) for head in heads)])

    st.pills(
        screen.texts("controls.layer_number", number=number + 1),
        offered,
        selection_mode="multi",
        key=key,
        format_func=lambda head: str(head + 1),
        on_change=heard(key, offered, changed),
    )


def _sentences(screen: Screen, out: tuple[Head, ...]) -> None:
    """Show what becomes of our own sentences, once that is asked for."""
    texts, model = screen.texts, screen.choices.model
    if not BLEU.value:
        st.button(texts("heads.view_cut_bleu"), key="heads_out_bleu", on_click=guarded(lambda: BLEU.set(True)))
        return
    st.markdown(bleu_text(screen, out))
    with st.expander(texts("heads.out_sentences")):
        rows = []
        translated = (own_translations(model, ()), own_translations(model, out))
        for (source, _), left, right in zip(own_pairs(), *translated, strict=True):
            changed = literal(right) if left == right else f"**{literal(right)}**"
            rows.append((literal(source), literal(left), changed))
        head = [texts("heads.out_source"), texts("heads.out_with"), texts("heads.out_without")]
        st.markdown(markdown_table(head, rows))


def _ranking(screen: Screen) -> None:
    texts, row = screen.texts, row_of(screen.choices.model)
    found = load_importance(row.folder) if row.trained and row.measured else None
    if found is None:
        st.caption(texts("heads.rank_absent"))
        return
    costs = [found.cost(one) for one in found.heads]
    places = {
        "pairs": found.pairs, "bleu": written(found.bleu, 1), "count": len(costs),
        "median": written(float(np.median(np.abs(costs))), 2), "better": sum(cost < 0 for cost in costs),
        "largest": written(max(0.0, -min(costs)), 2),
    }  # fmt: skip
    said = ["rank_text"] + ["rank_better"] * (min(costs) < 0)
    st.markdown(" ".join(texts(f"heads.{name}", **places) for name in said))
    table(
        "heads_rank",
        texts,
        np.array([[one.bleu, -cost] for one, cost in zip(found.heads, costs, strict=True)], dtype=np.float32),
        caption=texts("heads.rank_caption"),
        corner=texts("heads.column_head"),
        rows=[
            texts("heads.rank_head", part=texts(f"controls.{one.part}"), layer=one.layer + 1, head=one.head + 1)
            for one in found.heads
        ],
        columns=[texts("heads.rank_bleu"), texts("heads.rank_change")],
        digits=2,
        on_row=lambda index: choose(
            part=found.heads[index].part, layer=found.heads[index].layer + 1, head=found.heads[index].head + 1,
            query=0, key=0,
        ),
    )  # fmt: skip
    st.markdown(texts("heads.rank_note"))
