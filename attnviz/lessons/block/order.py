"""Post-norm and pre-norm side by side on The block."""

from __future__ import annotations

import streamlit as st

from attnviz.lessons.block.diagram import diagram
from attnviz.lessons.block.shared import Block


def diagrams(shown: Block) -> None:
    """Draw post-norm and pre-norm side by side, and say which one the model on the screen is."""
    texts, norm_first = shown.screen.texts, shown.screen.trace.norm_first
    columns = st.columns(2, gap="large")
    for column, pre in zip(columns, (False, True), strict=True):
        with column, st.container(border=True):
            name = "pre" if pre else "post"
            st.markdown(f"### {shown.opened.say(f'order_{name}')}")
            if pre == norm_first:
                st.badge(shown.opened.say("order_own"), color="violet")
            else:
                st.badge(shown.opened.say(f"order_{name}_who"), color="grey")
            st.latex(
                r"x+\mathrm{Sublayer}(\mathrm{LayerNorm}(x))" if pre else r"\mathrm{LayerNorm}(x+\mathrm{Sublayer}(x))"
            )
            st.html(diagram(texts, pre=pre))
    st.markdown(texts.lesson("block_order"))
