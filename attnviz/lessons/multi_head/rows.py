"""Many heads: the rows of weights of all heads beside the single row that one head has."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.components.many_heads import Item, Strip, many_heads
from attnviz.concepts.heads import Likeness, Rows, with_one_row
from attnviz.lessons.multi_head.shared import Computed, choose_here, computed, labels, measured, places, weights_block
from attnviz.session.kept import kept
from attnviz.session.place import Place, place_of
from attnviz.session.screen import Screen
from attnviz.trace.records import Attention
from attnviz.ui.lesson import Lesson


@kept
def _with_one_row(place: Place, _call: Attention) -> Computed:
    one = with_one_row(_call, place.head)
    return Computed(one.weights, one.head_output, one.concat, one.output)


def one_row(opened: Lesson, shown: Screen) -> None:
    """Set the rows of all heads against the single row that one head has."""
    own, one = computed(shown), _with_one_row(place_of(shown), shown.attention)
    found = Rows(own.weights[:, shown.query])
    changed = Likeness(own.output[shown.query], one.output[shown.query])
    st.markdown(opened.say("one_row_text", different=found.n_different, **measured(changed), **places(shown)))
    n_heads = shown.attention.n_heads
    word, _ = labels(shown)
    limit = float(np.abs([own.concat[shown.query], one.concat[shown.query]]).max())
    concats: list[Item] = [
        Strip(name, call.concat[shown.query], "c", opened.say(f"item_{name}"), n_heads, limit, lit=True)
        for name, call in (("own_rows", own), ("same_row", one))
    ]
    many_heads(
        "multi_head_one_row",
        opened.texts,
        [
            [weights_block(opened, shown, lit=True)],
            [weights_block(opened, shown, lit=True, only=shown.head)],
            *([it] for it in concats),
        ],
        label=opened.say("one_row_label", word=word),
        query=word,
        head=shown.head,
        on_head=lambda head: choose_here(shown, head=head),
    )
