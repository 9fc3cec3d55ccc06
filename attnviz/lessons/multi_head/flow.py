"""Many heads, first section: one word's way through all heads, step by step."""

from __future__ import annotations

import streamlit as st

from attnviz.components.many_heads import Block, Item, Picture, Strip, many_heads
from attnviz.components.table import table
from attnviz.lessons.multi_head.shared import STAGE, STAGES, choose_here, computed, labels, places, sizes, weights_block
from attnviz.session.markdown import literal
from attnviz.session.screen import Screen
from attnviz.trace.records import Array
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson

FORMULAS = {
    "split": r"q = x\,W^Q + b^Q = [\,q_1\;|\;q_2\;|\;\dots\;|\;q_{%(heads)d}\,]",
    "attend": r"a_i = \mathrm{softmax}\!\left(\frac{q_i K_i^\top}{\sqrt{%(d_k)d}}\right)",
    "mix": r"o_i = a_i V_i",
    "concat": r"c = \mathrm{Concat}(o_1, \dots, o_{%(heads)d})",
    "output": r"\mathrm{MultiHead} = c\,W^O + b^O",
}
FORMULAS_OF_ONE = {
    "split": r"q = x\,W^Q + b^Q",
    "attend": r"a = \mathrm{softmax}\!\left(\frac{q K^\top}{\sqrt{%(d_k)d}}\right)",
    "mix": r"o = a V",
    "concat": r"c = o",
    "output": r"\mathrm{MultiHead} = o\,W^O + b^O",
}


def flow(opened: Lesson, shown: Screen) -> None:
    """Draw one word's way through all heads, up to the chosen stage."""
    if shown.choices.part == "cross":
        st.caption(opened.texts("heads.cross_note"))
    stage = segments(STAGE, opened.say("stages"), STAGES, lambda name: opened.say(f"stage_{name}"))
    word, keys = labels(shown)
    said = places(shown) | _strongest(shown)
    several = shown.attention.n_heads > 1
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        st.markdown(opened.say(f"stage_{stage}_text" if several else f"stage_{stage}_one", **said))
    with right:
        st.latex((FORMULAS if several else FORMULAS_OF_ONE)[stage] % sizes(shown))
    many_heads(
        "multi_head_flow",
        opened.texts,
        _lines(opened, shown, stage),
        label=opened.say("flow_label", word=word),
        query=word,
        head=shown.head,
        on_head=lambda head: choose_here(shown, head=head),
    )
    with st.expander(opened.say("numbers", word=literal(word))):
        _numbers(opened, shown, stage, keys)


def _strongest(shown: Screen) -> dict[str, object]:
    row = computed(shown).weights[shown.head, shown.query]
    _, keys = labels(shown)
    best = int(row.argmax())
    return {"best": literal(keys[best]), "weight": f"{row[best]:.2f}"}


def _lines(opened: Lesson, shown: Screen, stage: str) -> list[list[Item]]:
    call, row, reached = shown.attention, shown.query, STAGES.index(stage)
    found = computed(shown)
    word, _ = labels(shown)
    lit = {name: name == stage for name in STAGES}
    n_heads = call.n_heads
    one = "_one" if n_heads == 1 else ""
    blocks: list[Item] = [
        Block("pieces", call.query[:, row], "q_i", opened.say(f"item_pieces{one}"), lit=lit["split"]),
        weights_block(opened, shown, lit=lit["attend"]),
        Block("outputs", found.head_output[:, row], "o_i", opened.say("item_outputs"), lit=lit["mix"]),
    ]
    lines: list[list[Item]] = [blocks[: reached + 1]]
    if stage == "split":
        whole_query = Strip("query", call.query[:, row].reshape(-1), "q", opened.say(f"item_query{one}"), n_heads)
        lines = [[Strip("x", call.inputs[row], "x", opened.say("item_x", word=word))], [whole_query], *lines]
    if reached >= STAGES.index("concat"):
        lines.append([Strip("concat", found.concat[row], "c", opened.say("item_concat"), n_heads, lit=True)])
    if stage == "output":
        W_O = call.W_O.reshape(-1, call.W_O.shape[-1])
        matrix = Picture("W_O", W_O, "W^O", opened.say("item_W_O"), "left", range(n_heads), lit=True)
        output = Strip("output", found.output[row], "", opened.say("item_output", word=word), lit=True)
        lines.append(["×", matrix, "+ b =", output])
    return lines


def _numbers(opened: Lesson, shown: Screen, stage: str, keys: tuple[str, ...]) -> None:
    """Show the numbers of a stage as a table, one row a head; of the output, the output alone."""
    call, row, n_heads = computed(shown), shown.query, shown.attention.n_heads
    values: dict[str, Array] = {"split": shown.attention.query, "attend": call.weights}
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
