"""What only the Many heads page has: one word's way through all heads, and what W^O makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from attnviz.components.many_heads import Block, Item, Picture, Strip, many_heads
from attnviz.components.table import table
from attnviz.concepts.heads import (
    WRONG_JOINS,
    Joined,
    Likeness,
    ValueMatrix,
    joined,
    rows,
    value_matrix,
    with_one_row,
    wrongly_joined,
)
from attnviz.concepts.parameters import PRESETS
from attnviz.figures.bars import bars
from attnviz.figures.curves import Curve, curves
from attnviz.figures.look import Look
from attnviz.trace.records import Array, Projections
from attnviz.trace.steps import row_labels
from attnviz.ui.charts import chart, look
from attnviz.ui.controls import head_control, layer_control, model_control, part_control
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.markdown import literal
from attnviz.ui.screen import Screen, choose
from attnviz.ui.settings import one_of, whole
from attnviz.ui.sized import sized

STAGES = ("split", "attend", "mix", "concat", "output")
STAGE = one_of("stage", "output", *STAGES[:-1])
NUMBER = whole("number", 0, 0, 4096)  # of the output, from 1; 0: the largest
JOIN = one_of("join", *WRONG_JOINS)
FORMULAS = {
    "split": r"q = x\,W^Q + b^Q = [\,q_1\;|\;q_2\;|\;\dots\;|\;q_{%(heads)d}\,]",
    "attend": r"a_i = \mathrm{softmax}\!\left(\frac{q_i K_i^\top}{\sqrt{%(d_k)d}}\right)",
    "mix": r"o_i = a_i V_i",
    "concat": r"c = \mathrm{Concat}(o_1, \dots, o_{%(heads)d})",
    "output": r"\mathrm{MultiHead} = c\,W^O + b^O",
    "sum": r"\begin{aligned} c\,W^O &= \begin{bmatrix} o_1 & \cdots & o_{%(heads)d} \end{bmatrix}"
    r"\begin{bmatrix} W^O_1 \\ \vdots \\ W^O_{%(heads)d} \end{bmatrix}"
    r"\\ &= o_1 W^O_1 + \dots + o_{%(heads)d} W^O_{%(heads)d} \end{aligned}",
}


def sizes(shown: Screen) -> dict[str, int]:
    """Return the sizes of this model's attention, as places of the texts."""
    n_heads, _, d_k = shown.attention.query.shape
    return {"d_model": shown.attention.W_O.shape[-1], "heads": n_heads, "d_k": d_k}


def labels(shown: Screen) -> tuple[str, tuple[str, ...]]:
    """Return the chosen word and the words that it looks at."""
    queries, _ = row_labels(shown.trace, shown.choices.part)
    return queries[shown.query], shown.trace.key_labels(shown.choices.part)


def places(shown: Screen) -> dict[str, object]:
    """Return what the texts of this page name: sizes, the chosen word, layer and head."""
    word, _ = labels(shown)
    return {**sizes(shown), "word": literal(word), "head": shown.head + 1, "layer": shown.layer + 1}


def selectors(opened: Lesson, shown: Screen) -> None:
    """Draw the row that says which word, in which layer and head of which model."""
    with st.container(horizontal=True, vertical_alignment="center", key="multi_head_controls"):
        part_control(shown)
        model_control(shown)
        with st.container(horizontal=True, width="content", key="multi_head_place"):
            _word_control(opened, shown)
            layer_control(shown)
            head_control(shown)


def _word_control(opened: Lesson, shown: Screen) -> None:
    queries, _ = row_labels(shown.trace, shown.choices.part)
    st.session_state["query"] = shown.query
    st.selectbox(
        opened.say("word_label"),
        range(len(queries)),
        key="query",
        format_func=lambda row: f"{row + 1}. {queries[row]}",
        label_visibility="collapsed",
        width=220,
        on_change=lambda: _choose(shown, query=st.session_state["query"]),
    )


def _choose(shown: Screen, **change: int) -> None:
    # what the link left open stays as it is seen
    now = {"layer": shown.layer, "head": shown.head, "query": shown.query, "key": shown.key}
    choose(**{name: value + 1 for name, value in (now | change).items()})


def flow(opened: Lesson, shown: Screen) -> None:
    """Draw one word's way through all heads, up to the chosen stage."""
    if shown.choices.part == "cross":
        st.caption(opened.texts("heads.cross_note"))
    stage = segments(STAGE, opened.say("stages"), STAGES, lambda name: opened.say(f"stage_{name}"))
    word, keys = labels(shown)
    said = places(shown) | _strongest(shown)
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        st.markdown(opened.say(f"stage_{stage}_text", **said))
    with right:
        st.latex(FORMULAS[stage] % sizes(shown))
    many_heads(
        "multi_head_flow",
        opened.texts,
        _lines(opened, shown, stage),
        label=opened.say("flow_label", word=word),
        query=word,
        head=shown.head,
        on_head=lambda head: _choose(shown, head=head),
    )
    with st.expander(opened.say("numbers", word=literal(word))):
        _numbers(opened, shown, stage, keys)


def _strongest(shown: Screen) -> dict[str, object]:
    row = shown.attention.weights[shown.head, shown.query]
    _, keys = labels(shown)
    best = int(row.argmax())
    return {"best": literal(keys[best]), "weight": f"{row[best]:.2f}"}


def _lines(opened: Lesson, shown: Screen, stage: str) -> list[list[Item]]:
    call, row, reached = shown.attention, shown.query, STAGES.index(stage)
    word, keys = labels(shown)
    lit = {name: name == stage for name in STAGES}
    n_heads = call.n_heads
    blocks: list[Item] = [
        Block("pieces", call.query[:, row], "q_i", opened.say("item_pieces"), lit=lit["split"]),
        _weights(opened, shown, lit=lit["attend"]),
        Block("outputs", call.head_output[:, row], "o_i", opened.say("item_outputs"), lit=lit["mix"]),
    ]
    lines: list[list[Item]] = [blocks[: reached + 1]]
    if stage == "split":
        whole_query = Strip("query", call.query[:, row].reshape(-1), "q", opened.say("item_query"), n_heads)
        lines = [[Strip("x", call.inputs[row], "x", opened.say("item_x", word=word))], [whole_query], *lines]
    if reached >= STAGES.index("concat"):
        lines.append([Strip("concat", call.concat[row], "c", opened.say("item_concat"), n_heads, lit=True)])
    if stage == "output":
        W_O = call.W_O.reshape(-1, call.W_O.shape[-1])
        matrix = Picture("W_O", W_O, "W^O", opened.say("item_W_O"), "left", range(n_heads), lit=True)
        output = Strip("output", call.output[row], "", opened.say("item_output", word=word), lit=True)
        lines.append(["×", matrix, "+ b =", output])
    return lines


def _weights(opened: Lesson, shown: Screen, *, lit: bool, only: int | None = None) -> Block:
    call, row = shown.attention, shown.query
    _, keys = labels(shown)
    found = rows(call, row).weights
    chosen = found if only is None else found[only : only + 1]
    name, first = ("weights", 0) if only is None else ("one_row", only)
    title = opened.say("item_weights" if only is None else "item_one_row")
    return Block(name, chosen, "a_i", title, keys, ~call.mask[row], first, lit)


def _numbers(opened: Lesson, shown: Screen, stage: str, keys: tuple[str, ...]) -> None:
    """Show the numbers of a stage as a table, one row a head; of the output, the output alone."""
    call, row, n_heads = shown.attention, shown.query, shown.attention.n_heads
    values: dict[str, Array] = {"split": call.query, "attend": call.weights, "mix": call.head_output}
    output = stage == "output"
    found = call.output[row][None] if output else values.get(stage, call.head_output)[:, row]
    names = keys if stage == "attend" else [str(number + 1) for number in range(found.shape[1])]
    word, _ = labels(shown)
    table(
        "multi_head_numbers",
        opened.texts,
        found,
        caption=opened.say(f"numbers_{stage}", word=word),
        corner=opened.say("corner"),
        rows=[word] if output else [opened.texts("controls.head_number", number=head + 1) for head in range(n_heads)],
        columns=names,
        roles=("", "key" if stage == "attend" else ""),
        chosen=(None if output else shown.head, None),
    )


def sum_of_heads(opened: Lesson, shown: Screen) -> None:
    """Draw the same output as a sum: each head's length, and one number with all that it is made of."""
    found = joined(shown.attention, shown.query)
    st.latex(FORMULAS["sum"] % sizes(shown))
    ask_which_matters(opened, shown, found)
    with st.container(key="multi_head_pair_sum"):
        left, right = st.columns(2, gap="large")
    with left:
        st.subheader(opened.say("norms_title"), anchor=False)
        st.markdown(
            opened.say(
                "norms_text", lengths=f"{found.norms.sum():.2f}", together=f"{found.together:.2f}", **sizes(shown)
            )
        )
        _head_bars(shown, found.norms, opened.say("norm_axis"), "norms", opened.say("norms_alt"))
    with right:
        st.subheader(opened.say("one_number_title"), anchor=False)
        largest = int(np.abs(found.output).argmax())
        number = sized(NUMBER, opened.say("number_label"), largest + 1, 1, len(found.output)) - 1
        parts = [*found.contribution[:, number], found.bias[number]]
        st.markdown(
            opened.say(
                "one_number_text",
                number=number + 1,
                summed=_signed(found.summed[number]),
                product=_signed(found.output[number]),
            )
        )
        totals = [found.summed[number], found.output[number]]
        names = [opened.say(name) for name in ("bar_bias", "bar_sum", "bar_product")]
        _head_bars(shown, [*parts, *totals], opened.say("number_axis"), "one_number", opened.say("number_alt"), names)
    st.markdown(opened.say("difference", value=_tiny(found.largest_difference), **sizes(shown)))


def _head_bars(shown: Screen, values: Any, axis: str, key: str, alt: str, others: list[str] | None = None) -> None:
    seen = look(shown.choices)
    names = [str(head + 1) for head in range(shown.attention.n_heads)] + (others or [])
    digits = 1 if np.abs(values).max() >= 10 else 2  # wide numbers would meet on a phone
    figure = bars(names, {axis: values}, seen, y_title=axis, x_title=shown.texts("controls.head"), digits=digits)
    colours = [seen.series[head % len(seen.series)] for head in range(shown.attention.n_heads)]
    figure.update_xaxes(zeroline=False)
    figure.update_traces(marker_color=colours + [seen.accent] * len(others or []), constraintext="none", textangle=0)
    chart(figure, f"multi_head_{key}", alt)


def ask_which_matters(opened: Lesson, shown: Screen, found: Joined) -> None:
    """Ask which head the output misses most: the longest contribution, not the sharpest weights."""
    largest = rows(shown.attention, shown.query).weights.max(axis=1)
    order = [int(found.norms.argmax()), int(largest.argmax()), int(found.norms.argmin()), *np.argsort(-found.norms)]
    offered = list(dict.fromkeys(int(head) for head in order))[:3]
    answer = max(offered, key=lambda head: float(found.norms[head]))
    options = [
        Option(
            str(head),
            opened.say("remove_option", head=head + 1, weight=f"{largest[head]:.2f}"),
            opened.say(
                "remove_right" if head == answer else "remove_wrong",
                head=head + 1,
                best=answer + 1,
                norm=f"{found.norms[head]:.2f}",
                most=f"{found.norms[answer]:.2f}",
            ),
        )
        for head in sorted(offered)
    ]
    opened.predict("remove", options, str(answer), **places(shown))


def wrong_join(opened: Lesson, shown: Screen) -> None:
    """Let the reader join the heads in a wrong way, beside the right one."""
    name = segments(JOIN, opened.say("joins"), WRONG_JOINS, lambda way: opened.say(f"join_{way}"))
    found = wrongly_joined(shown.attention, shown.query, name)  # type: ignore[arg-type]
    st.markdown(opened.say(f"join_{name}_text", **places(shown)))
    word, _ = labels(shown)
    limit = float(np.abs([found.right, found.other]).max())
    strips: list[list[Item]] = [
        [Strip("right", found.right, "", opened.say("join_right", word=word), limit=limit, lit=True)],
        [Strip("wrong", found.other, "", opened.say(f"join_{name}"), limit=limit, lit=True)],
    ]
    many_heads("multi_head_wrong", opened.texts, strips, label=opened.say("join_label"), query=word, head=shown.head)
    st.markdown(opened.say("join_measured", **_measured(found)))


def _measured(found: Likeness) -> dict[str, str]:
    return {"cosine": f"{found.cosine:.2f}", "error": f"{100 * found.error:.0f}"}


def one_row(opened: Lesson, shown: Screen) -> None:
    """Set the rows of all heads against the single row that one head has."""
    found = rows(shown.attention, shown.query)
    one = with_one_row(shown.attention, shown.head)
    changed = Likeness(shown.attention.output[shown.query], one.output[shown.query])
    st.markdown(opened.say("one_row_text", different=found.n_different, **_measured(changed), **places(shown)))
    n_heads = shown.attention.n_heads
    word, _ = labels(shown)
    limit = float(np.abs([shown.attention.concat[shown.query], one.concat[shown.query]]).max())
    concats: list[Item] = [
        Strip(name, call.concat[shown.query], "c", opened.say(f"item_{name}"), n_heads, limit, lit=True)
        for name, call in (("own_rows", shown.attention), ("same_row", one))
    ]
    many_heads(
        "multi_head_one_row",
        opened.texts,
        [
            [_weights(opened, shown, lit=True)],
            [_weights(opened, shown, lit=True, only=shown.head)],
            *([it] for it in concats),
        ],
        label=opened.say("one_row_label", word=word),
        query=word,
        head=shown.head,
        on_head=lambda head: _choose(shown, head=head),
    )


def value_of_head(opened: Lesson, shown: Screen) -> None:
    """Draw the chosen head's value-down, value-up and their product, with its singular values."""
    choices, head, said = shown.choices, shown.head, places(shown)
    found = _value_matrix(choices.model, choices.part, shown.layer, head, shown.attention.projections)
    d_model, d_k = found.down.shape
    many_heads(
        "multi_head_value",
        opened.texts,
        [
            [
                Picture("down", found.down, "W^V", opened.say("item_down"), "top", [head], lit=True),
                "×",
                Picture("up", found.up, "W^O", opened.say("item_up"), "left", [head], lit=True),
                "=",
                Picture("product", found.product, "", opened.say("item_value_matrix"), lit=True),
            ]
        ],
        label=opened.say("value_label", head=head + 1),
        query="",
        head=head,
    )
    st.markdown(
        opened.say(
            "value_counts",
            one=f"{d_model * d_k:,}",
            both=f"{2 * d_model * d_k:,}",
            square=f"{d_model * d_model:,}",
            **said,
        )
    )
    gpt3 = PRESETS["gpt3"].sizes
    st.markdown(
        opened.say(
            "value_gpt3",
            square=f"{gpt3.d_model**2:,}",
            both=f"{2 * gpt3.one_matrix:,}",
            d_model=f"{gpt3.d_model:,}",
            d_k=gpt3.d_k,
        )
    )
    with st.container(key="multi_head_pair_rank"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(opened.texts.lesson("multi_head_value"))
        ask_rank(opened, shown, found)
    with right:
        _rank(opened, shown, found)


def _rank(opened: Lesson, shown: Screen, found: ValueMatrix) -> None:
    """Draw the singular values: as many as the head is wide, then zeros."""
    n_values = len(found.singular_values)
    st.subheader(opened.say("rank_title"), anchor=False)
    st.markdown(
        opened.say(
            "rank_text",
            rank=found.rank,
            zeros=n_values - found.rank,
            first=f"{found.singular_values[0]:.2f}",
            last=f"{found.singular_values[found.rank - 1]:.2f}",
            zero=_tiny(found.largest_zero),
        )
    )
    seen = look(shown.choices)
    colour = seen.series[shown.head % len(seen.series)]
    titles = (opened.say("rank_curve"), opened.say("rank_x"), opened.say("rank_y"))
    figure = _rank_curve(tuple(found.singular_values.tolist()), colour, titles, seen)
    chart(figure, "multi_head_rank", opened.say("rank_alt", rank=found.rank))


@st.cache_resource(show_spinner=False, max_entries=64)
def _rank_curve(values: tuple[float, ...], colour: str, titles: tuple[str, str, str], seen: Look) -> Figure:
    line = Curve(titles[0], list(range(1, len(values) + 1)), values, colour, points=True)
    return curves([line], seen, x_title=titles[1], y_title=titles[2], height=300)


def _signed(value: float) -> str:
    return f"{value:.5f}".replace("-", "−")


def _tiny(value: float) -> str:
    """Write a very small number as a power of ten, for Markdown."""
    digits, power = f"{value:.0e}".split("e")
    return f"${digits} \\cdot 10^{{{int(power)}}}$" if value else "0"


def ask_rank(opened: Lesson, shown: Screen, found: ValueMatrix) -> None:
    """Ask how many singular values of the product are not 0."""
    size = sizes(shown)
    offered = sorted({size["heads"], size["d_k"], size["d_model"], found.rank})
    reasons = {size["heads"]: "rank_heads", size["d_model"]: "rank_full", size["d_k"]: "rank_d_k"}
    said = {**size, "rank": found.rank}
    options = [Option(str(n), f"{n}", opened.say(reasons.get(n, "rank_d_k"), **said)) for n in offered]
    opened.predict("rank", options, str(found.rank), **places(shown))


@st.cache_resource(show_spinner=False, max_entries=64)
def _value_matrix(model: str, part: str, layer: int, head: int, _projections: Projections) -> ValueMatrix:
    return value_matrix(_projections, head)
