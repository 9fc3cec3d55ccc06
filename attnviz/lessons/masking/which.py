"""Which mask: causal, padding, both or drawn by hand, on a sentence with padding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, equation
from attnviz.concepts.masking import (
    PaddedCall,
    named_mask,
    padded_calls,
)
from attnviz.lessons.masking.shared import (
    MASK,
    PADDING,
    View,
)
from attnviz.session.callbacks import guarded
from attnviz.session.choices import choose
from attnviz.session.drawn import drawn_mask
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.models import model_named
from attnviz.session.numerals import tiny
from attnviz.trace.records import Mask, Part
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Option


@kept
def _padded(model: str, text: str, target: str, part: Part) -> tuple[PaddedCall, ...]:
    return padded_calls(model_named(model), text, target, part, PADDING)


def which_mask(view: View) -> None:
    """Let the reader choose a mask, or draw one, for the chosen head on the padded sentence."""
    opened, window, trace = view.opened, view.window, view.trace
    segments(MASK, opened.say("mask_label"), ["both", "causal", "padding", "none"], lambda n: opened.say(f"mask_{n}"))
    base = named_mask(MASK.value, window.n_tokens, PADDING)
    mask = drawn_mask(base, view.screen.choices.drawn)
    call = _padded(trace.model_name, trace.text, trace.target, view.part)[view.screen.layer]
    head = call.head(view.screen.head, mask)
    rows, roles = window.labels(head.labels), {"row_role": "query", "column_role": "key"}
    allowed = Matrix(
        "mask",
        window.shown(mask, padding=PADDING).astype(np.float32),
        title=opened.say("mask_title"),
        rows=rows,
        columns=rows,
        edit="switch",
        **roles,  # type: ignore[arg-type]
    )
    weights = Matrix(
        "weights",
        window.shown(head.weights, padding=PADDING, add=True),
        title=opened.say("weights"),
        rows=rows,
        columns=window.labels(head.labels, view.more()),
        scale="weights",
        masked=window.shown(~mask, padding=PADDING, add=True),
        sums="rows",
        **roles,  # type: ignore[arg-type]
    )
    st.caption(opened.say("which_hint"))
    items: list[Matrix | str] = [allowed, "→", weights]
    equation("which_mask", opened.texts, items, label=opened.say("which_title"), on_edit=_switching(view))
    _what_is_hidden(view, base, mask, head.labels, head.empty_rows)
    _padding_adds(view)


def _switching(view: View) -> Callable[[str, int, int, float], None]:
    window = view.window
    tokens = [*range(window.start, window.stop), *range(window.n_tokens, window.n_tokens + PADDING)]

    def switched(_: str, row: int, column: int, __: float) -> None:
        cell = f"{tokens[row] + 1}-{tokens[column] + 1}"
        cells = [known for known in view.screen.choices.drawn.split("_") if known]
        cells = [known for known in cells if known != cell] if cell in cells else [*cells, cell]
        choose(drawn="_".join(cells[:400]))

    return switched


def _what_is_hidden(view: View, base: Mask, mask: Mask, labels: tuple[str, ...], empty: tuple[int, ...]) -> None:
    opened = view.opened
    st.markdown(opened.say("hides", hidden=int((~mask).sum()), total=mask.size))
    if changed := int((mask != base).sum()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(opened.say("drawn", count=changed), width="content")
            st.button(opened.say("undo"), key="masking_undo", on_click=guarded(lambda: choose(drawn="")))
    if empty:
        names = ", ".join(f"**{literal(labels[row])}**" for row in empty[:5])
        st.warning(
            opened.say("empty", rows=names, count=len(empty), size=len(mask), share=tiny(1 / len(mask))),
            icon=":material/block:",
        )


def _padding_adds(view: View) -> None:
    count, opened = view.window.n_tokens, view.opened
    causal, both = (named_mask(name, count, PADDING)[:count] for name in ("causal", "both"))
    padding = named_mask("padding", count, PADDING)[:count]
    adds, alone = int((causal != both).sum()), int((~padding).sum())
    places: dict[str, object] = {"padding": PADDING, "count": count, "adds": adds, "alone": alone}
    names = list(dict.fromkeys([str(adds), str(PADDING), str(alone)]))
    offered = [Option(name, name, opened.say(f"adds_{int(name) == adds}_why", **places)) for name in names]
    opened.predict("adds", offered, str(adds), **places)
