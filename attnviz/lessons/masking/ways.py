"""The ways to apply a mask: on a head of the model side by side, and on one row of any scores."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import streamlit as st

from attnviz.charts import head_heatmap
from attnviz.components.equation import Matrix, Softmax, equation
from attnviz.concepts.masking import breaking_gap, named_mask, rows_that_lost, ways_in_head, ways_of_row
from attnviz.concepts.wrong_ways import MASKINGS, Masked, Masking
from attnviz.lessons.masking.shared import (
    EXAMPLES_OF_A_ROW,
    PRECISION,
    SCORES,
    SIDE_BY_SIDE,
    WAYS,
    WHOLE,
    View,
    options,
)
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.matrices import array, editing
from attnviz.session.numerals import power_of_ten, tiny, written
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson, Option

_in_head, _of_row = kept(ways_in_head), kept(ways_of_row)


def ways(view: View) -> None:
    """Show the chosen ways to apply the causal mask to the chosen head, side by side."""
    opened = view.opened
    found = _in_head(view.attention, view.screen.head, named_mask("causal", view.window.n_tokens))
    chosen = _way_pills(opened)

    def side_by_side() -> None:
        small = view.window.stop - view.window.start <= SIDE_BY_SIDE and len(chosen) <= 3
        boxes = st.columns(len(chosen), gap="medium") if small else [st.container() for _ in chosen]
        for box, name in zip(boxes, chosen, strict=True):
            with box:
                _way(view, name, found)
        st.caption(opened.say("columns_note"))
        if view.window.rest:
            with st.expander(opened.say("whole_title"), key="masking_whole", on_change="rerun") as fold:
                if fold.open:
                    _whole(view, found)

    if view.window.n_tokens > 1:
        _which_row_is_right(view, found["zero_after"], side_by_side)
    else:
        side_by_side()


def _way_pills(opened: Lesson) -> list[Masking]:
    show("ways", list(WAYS.value))

    def changed(names: list[str]) -> None:
        WAYS.set(tuple(name for name in MASKINGS if name in names) or WAYS.default)

    st.pills(
        opened.say("ways_label"),
        MASKINGS,
        selection_mode="multi",
        key="ways",
        format_func=lambda name: opened.say(f"way_{name}"),
        label_visibility="collapsed",
        on_change=heard("ways", MASKINGS, changed),
    )
    return [name for name in MASKINGS if name in WAYS.value]


def _way(view: View, name: Masking, found: dict[Masking, Masked]) -> None:
    opened, window, way = view.opened, view.window, found[name]
    hidden, forbidden = window.shown(~way.mask), window.shown(~way.mask, add=True)
    before, after = name in ("zero_before", "minus_100"), name in ("zero_after", "renormalised")
    rows, roles = window.labels(view.labels), {"row_role": "query", "column_role": "key"}
    scores = Matrix(
        f"{name}_scores",
        window.shown(way.scores),
        title=opened.say("scores"),
        rows=rows,
        columns=rows,
        scale="signed",
        limit=float(np.abs(found["zero_after"].scores).max()),
        digits=1,
        masked=hidden if name == "minus_inf" else None,
        forced=hidden if before else None,
        **roles,  # type: ignore[arg-type]
    )
    weights = Matrix(
        name,
        window.shown(way.weights, add=True),
        title=opened.say("weights"),
        rows=rows,
        columns=window.labels(view.labels, view.more()),
        scale="weights",
        masked=forbidden if name == "minus_inf" else None,
        forced=forbidden if after else None,
        sums="rows",
        how=Softmax(f"{name}_scores") if not after and not window.rest else None,
        **roles,  # type: ignore[arg-type]
    )
    st.markdown(f"### {opened.say(f'way_{name}')}\n\n{opened.say(f'formula_{name}')}")
    then = {"zero_after": " 0 →", "renormalised": " 0 → ÷ Σ →"}.get(name, "")
    with st.container(key=f"masking_way_{name}"):
        items: list[Matrix | str] = [scores, opened.say("sign_softmax") + then, weights]
        equation(f"way_{name}", opened.texts, items, label=opened.say(f"way_{name}"))
    st.markdown(verdict(opened, name, way, found["minus_inf"]))


def verdict(opened: Lesson, name: Masking, way: Masked, right: Masked) -> str:
    """Say what the numbers of one way come to, over the whole sentence."""
    if np.isnan(way.weights).any():
        return opened.say("verdict_nan", rows=int(np.isnan(way.weights).any(axis=1).sum()), total=len(way.mask))
    if (lost := float((1 - way.row_sums).max())) > 5e-3:
        return opened.say(
            "verdict_sums",
            least=f"{1 - lost:.2f}",
            lost=int(rows_that_lost(way).sum()),
            rows=int((way.row_sums < 0.995).sum()),
            total=len(way.mask),
        )
    if (most := float(way.hidden.max())) > 0:
        return opened.say("verdict_leak" if most > 5e-3 else "verdict_little", most=tiny(most))
    if name == "minus_inf":
        return opened.say("verdict_right")
    return opened.say("verdict_same", difference=tiny(float(np.abs(way.weights - right.weights).max())))


def _whole(view: View, found: dict[Masking, Masked]) -> None:
    opened = view.opened
    segments(WHOLE, opened.say("ways_label"), MASKINGS, lambda name: opened.say(f"way_{name}"))
    way = found[WHOLE.value]  # type: ignore[index]
    hidden = np.where(way.mask, way.weights, np.nan) if WHOLE.value == "minus_inf" else way.weights
    figure = head_heatmap(
        hidden.astype(np.float32),
        view.labels,
        view.labels,
        look(opened.choices),
        row_title=opened.texts("heads.axis_query"),
        column_title=opened.texts("heads.axis_key"),
    )
    chart(figure, "whole_picture", opened.say("whole_alt", way=opened.say(f"way_{WHOLE.value}")))


def _which_row_is_right(view: View, late: Masked, hides: Callable[[], None]) -> None:
    right = ~rows_that_lost(late)
    names = {(True, False): "first", (False, True): "last"}
    ends = (bool(right[0]), bool(right[-1]))
    answer = names.get(ends, "several") if right.sum() == 1 else "several" if right.any() else "none"
    places = {
        "first": literal(view.labels[0]),
        "last": literal(view.labels[-1]),
        "first_sum": f"{late.row_sums[0]:.2f}",
        "last_sum": f"{late.row_sums[-1]:.2f}",
        "lost": int((~right).sum()),
        "count": int((late.row_sums >= 0.995).sum()),  # what shows as 1.00
        "total": len(right),
    }
    offered = options(view.opened, "sums", ("first", "last", "several", "none"), places)
    view.opened.predict("sums", offered, answer, hides)


def one_row(opened: Lesson) -> None:
    """Let the reader set two scores, the second hidden, and show what each way gives in either precision."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        segments(PRECISION, opened.say("precision"), ["float32", "float64"], str)
        with st.container(horizontal=True, key="masking_rows"):
            for example in EXAMPLES_OF_A_ROW:
                name = ", ".join(written(score, 0) for score in example)
                st.button(name, key=f"masking_row_{name}", on_click=guarded(SCORES.set), args=((example,),))
        columns = [opened.say("word_seen"), opened.say("word_hidden")]
        scores = Matrix("scores", array(SCORES), title=opened.say("scores"), columns=columns, edit="number", bound=2000)
        equation("one_row", opened.texts, [scores], label=opened.say("scores"), on_edit=editing(scores=SCORES))
        seen, hidden = SCORES.value[0]
        found = _of_row((seen, hidden), (False, True), PRECISION.value)  # type: ignore[arg-type]
        st.markdown(_what_broke(opened, found, seen, hidden))
    with right:
        result = Matrix(
            "row_weights",
            np.concatenate([found[name].weights for name in MASKINGS]),
            title=opened.say("weights"),
            rows=[opened.say(f"way_{name}") for name in MASKINGS],
            columns=columns,
            scale="weights",
            digits=3,
            sums="rows",
        )
        equation("one_row_ways", opened.texts, [result], label=opened.say("one_row_label"))


def where_it_breaks(opened: Lesson) -> None:
    """Ask from which difference of two scores on dividing fails in the other precision."""
    gaps = {name: breaking_gap(name) for name in ("float32", "float64")}
    asked = "float64" if PRECISION.value == "float32" else "float32"
    names = sorted({str(gaps["float32"]), str(gaps["float64"]), "10", "2000"}, key=int)
    places: dict[str, object] = {"asked": asked, **gaps}
    offered = [
        Option(name, opened.say("gap_option", gap=name), opened.say(_gap_reason(int(name), gaps[asked]), **places))
        for name in names
    ]
    opened.predict("gap", offered, str(gaps[asked]), asked=asked)


def _gap_reason(gap: int, breaking: int) -> str:
    return "gap_right_why" if gap == breaking else "gap_low_why" if gap < breaking else "gap_high_why"


def _what_broke(opened: Lesson, found: dict[Masking, Masked], seen: float, hidden: float) -> str:
    precision = PRECISION.value
    smallest = float(np.finfo(precision).smallest_subnormal)
    gap = hidden - seen
    power = math.floor(-gap / math.log(10))
    places = {
        "precision": precision,
        "gap": f"{gap:g}",
        "exponential": power_of_ten(power),
        "smallest": power_of_ten(math.floor(math.log10(smallest))),
        "difference": tiny(float(np.abs(found["renormalised"].weights - found["minus_inf"].weights).max())),
        "leak": tiny(float(found["minus_100"].hidden[0])),
    }
    said = ["row_nan" if np.isnan(found["renormalised"].weights).any() else "row_same"]
    if found["minus_100"].hidden[0] > 5e-3:
        said.append("row_leak")
    return " ".join(opened.say(name, **places) for name in said)
