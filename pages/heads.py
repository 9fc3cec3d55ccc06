"""All heads: every head of every layer at once, one of them large, and the search for a link."""

import streamlit as st

from attnviz.components.heads import heads
from attnviz.components.lines import lines
from attnviz.lessons.heads.beside import BESIDE, beside
from attnviz.lessons.heads.out import heads_out
from attnviz.lessons.heads.scalpel import BLEU, CUT, OUT, scalpel, scalpel_moved
from attnviz.lessons.heads.views import (
    SETTINGS,
    head_table,
    notice_layers,
    numbers_table,
    seen_by,
    switches,
    zoom,
)
from attnviz.ui.faults import told
from attnviz.ui.others import notice_sink
from attnviz.ui.screen import guard, screen

guard()
if shown := screen(*SETTINGS, OUT, CUT, BLEU, BESIDE):
    texts = shown.texts
    switched = switches(shown)
    seen, control = seen_by(shown, switched)
    notice_layers(shown, seen)
    notice_sink(shown)
    if seen.part == "cross":
        st.caption(texts("heads.cross_note"))
    heads(
        shown, seen, control, per_head=switched.per_head, transposed=switched.transposed,
        cut=scalpel(shown), on_cut=scalpel_moved,
    )  # fmt: skip
    names = (
        "heads.tab_table",
        "heads.tab_numbers",
        "heads.tab_lines",
        "heads.tab_zoom",
        "heads.tab_out",
        "heads.tab_beside",
    )
    head_tab, numbers_tab, lines_tab, zoom_tab, out_tab, beside_tab = st.tabs(
        [texts(name) for name in names],
        key="below",
        on_change="rerun",
        # a link with heads taken out shows them, one with a second model that
        default=texts("heads.tab_beside") if BESIDE.value else texts("heads.tab_out") if OUT.value else None,
    )
    with head_tab:
        if head_tab.open:
            head_table(shown, seen, control)
    with numbers_tab:
        if numbers_tab.open:
            numbers_table(shown, seen, transposed=switched.transposed)
    with lines_tab:
        if lines_tab.open:
            lines(shown, heads=(shown.head,), key="head_lines", shown=seen)
    with zoom_tab:
        if zoom_tab.open:
            zoom(shown, seen, switched)
    with out_tab:
        if out_tab.open:
            with told():
                heads_out(shown)
    with beside_tab:
        if beside_tab.open:
            with told():
                beside(shown)
