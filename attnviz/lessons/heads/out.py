"""Take heads out, on All heads: which ones, what the translation becomes, and which head costs most."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import streamlit as st

from attnviz.components.table import table
from attnviz.concepts.ablation import Head, all_heads, without_heads
from attnviz.concepts.worth import Worth, own_pairs, worth
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.choices import choose
from attnviz.session.kept import kept
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.models import model_named, translation_of, whole_model
from attnviz.session.numerals import signed, written
from attnviz.session.screen import Screen
from attnviz.session.settings import Setting
from attnviz.trace.importance import load_importance
from attnviz.trace.models import row_of
from attnviz.trace.records import PARTS

_LETTERS = {"encoder_self": "e", "decoder_self": "d", "cross": "c"}
_PARTS = {letter: part for part, letter in _LETTERS.items()}
_PLACE = re.compile(r"([edc])(\d{1,2})-(\d{1,2})")


def _read(text: str) -> tuple[Head, ...] | None:
    found = [_PLACE.fullmatch(place) for place in text.split("_")] if len(text) < 2000 else [None]
    if not all(found):
        return None
    places = {Head(PARTS[PARTS.index(_PARTS[m[1]])], int(m[2]) - 1, int(m[3]) - 1) for m in found if m}
    return tuple(sorted(places)) if all(place.layer >= 0 <= place.head for place in places) else None


def _write(heads: tuple[Head, ...]) -> str:
    return "_".join(f"{_LETTERS[place.part]}{place.layer + 1}-{place.head + 1}" for place in heads)


OUT: Setting[tuple[Head, ...]] = Setting("out", (), lambda text: _read(text) if text else (), _write)


def taken_out(screen: Screen) -> tuple[Head, ...]:
    """Return the heads of the link that the chosen model has."""
    known = set(all_heads(model_named(screen.choices.model)))
    return tuple(place for place in OUT.value if place in known)


@kept
def _worth(model_name: str, text: str, own: str, heads: tuple[Head, ...]) -> Worth:
    return worth(without_heads(model_named(model_name), heads), text, own)


def heads_out(screen: Screen) -> None:
    """Draw the whole tab."""
    texts, choices = screen.texts, screen.choices
    if row_of(choices.model).listed:
        st.info(texts("heads.out_ours", model=choices.model), icon=":material/info:")
        return
    whole_model(choices.model)
    st.markdown(texts("heads.out_text"))
    out = _choice(screen)
    own = translation_of(choices.model, choices.text) or ""
    whole, without = (_worth(choices.model, choices.text, own, heads) for heads in ((), out))
    count = len(out)
    st.markdown(texts("heads.out_own", text=literal(whole.translation or "–")))
    if out:
        kind = "heads.out_same" if without.translation == whole.translation else "heads.out_other"
        st.markdown(texts(kind, text=literal(without.translation or "–"), count=count))
        change = without.log_probability - whole.log_probability
        st.markdown(
            texts(
                "heads.out_less" if change < 0 else "heads.out_more", before=written(whole.log_probability),
                after=written(without.log_probability), times=f"{np.exp(min(abs(change), 700)):,.1f}",
            )
        )  # fmt: skip
    row = row_of(choices.model)
    if row.translates and (row.reads, row.writes) == ("en", "de"):  # the language of own_pairs
        change = without.bleu - whole.bleu
        places = {"pairs": len(own_pairs()), "before": written(whole.bleu, 1), "after": written(without.bleu, 1)}
        key = "heads.out_bleu" if out else "heads.out_bleu_whole"
        st.markdown(texts(key, change=signed(change, 1), **places))
        with st.expander(texts("heads.out_sentences")):
            rows = []
            for (source, _), left, right in zip(own_pairs(), whole.translations, without.translations, strict=True):
                changed = literal(right) if left == right else f"**{literal(right)}**"
                rows.append((literal(source), literal(left), changed))
            head = [texts("heads.out_source"), texts("heads.out_with"), texts("heads.out_without")]
            st.markdown(markdown_table(head, rows))
    _ranking(screen, out)


def _choice(screen: Screen) -> tuple[Head, ...]:
    texts = screen.texts
    known, out = all_heads(model_named(screen.choices.model)), taken_out(screen)
    with st.container(horizontal=True, vertical_alignment="center", key="heads_out_buttons"):
        here = Head(screen.choices.part, screen.layer, screen.head)
        st.button(
            texts("heads.out_put_back" if here in out else "heads.out_this", layer=here.layer + 1, head=here.head + 1),
            key="heads_out_this",
            on_click=guarded(lambda: OUT.set(_toggled(out, [here]))),
        )
        layer = [place for place in known if place[:2] == here[:2]]
        st.button(
            texts("heads.out_layer_back" if set(layer) <= set(out) else "heads.out_layer", layer=here.layer + 1),
            key="heads_out_layer",
            on_click=guarded(lambda: OUT.set(_toggled(out, layer))),
        )
        st.button(
            texts("heads.out_none"), key="heads_out_none", disabled=not out, on_click=guarded(lambda: OUT.set(()))
        )
    columns = st.columns(len(PARTS), gap="large")
    for column, part in zip(columns, PARTS, strict=True):
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
        OUT.set(tuple(sorted([*rest, *(Head(part, number, head) for head in heads)])))

    st.pills(
        screen.texts("controls.layer_number", number=number + 1),
        offered,
        selection_mode="multi",
        key=key,
        format_func=lambda head: str(head + 1),
        on_change=heard(key, offered, changed),
    )


def _toggled(out: tuple[Head, ...], places: Sequence[Head]) -> tuple[Head, ...]:
    """Take ``places`` out, or put them back when all of them are out."""
    if set(places) <= set(out):
        return tuple(place for place in out if place not in places)
    return tuple(sorted({*out, *places}))


def _ranking(screen: Screen, out: tuple[Head, ...]) -> None:
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
