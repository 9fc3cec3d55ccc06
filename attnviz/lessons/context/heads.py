"""Context moves meaning: where the heads look from the word, in both sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from attnviz.charts import bars
from attnviz.components.equation import Matrix, equation
from attnviz.components.table import table
from attnviz.concepts.context import (
    Looks,
    Row,
    looks,
    most_given,
    row,
    window,
)
from attnviz.lessons.context.pair import Pair
from attnviz.session.callbacks import heard, show
from attnviz.session.choices import choose
from attnviz.session.markdown import literal
from attnviz.session.screen import Screen
from attnviz.trace.records import Trace
from attnviz.trace.run import UNTRAINED_SEED
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Lesson, Option

_N_BARS = 8
_N_COLUMNS = 5


def chosen_head(screen: Screen, looked: Looks | None) -> tuple[int, int]:
    """Return the layer and head in the URL; what it leaves open is the head that moved most."""
    ranked = looked.ranked if looked else ((screen.layer, screen.head),)
    calls = screen.trace.encoder_self
    layer = screen.choices.layer - 1 if 1 <= screen.choices.layer <= len(calls) else ranked[0][0]
    layer = min(layer, len(calls) - 1)
    first = next((head for at, head in ranked if at == layer), 0)
    return layer, screen.choices.head - 1 if 1 <= screen.choices.head <= calls[layer].n_heads else first


def head_controls(opened: Lesson, screen: Screen, layer: int, head: int) -> None:
    """Let the reader choose one head of the encoder."""
    calls = screen.trace.encoder_self
    now = {"layer": layer + 1, "head": head + 1}
    with st.container(horizontal=True, key="context_head"):
        _head_control(opened, "layer", now, len(calls))
        _head_control(opened, "head", now, calls[layer].n_heads)


def _head_control(opened: Lesson, name: str, now: dict[str, int], count: int) -> None:
    show(name, now[name])
    st.selectbox(
        opened.texts(f"controls.{name}"),
        range(1, count + 1),
        key=name,
        format_func=lambda number: opened.texts(f"controls.{name}_number", number=number),
        width=160,
        # the page shows the encoder alone, whatever another page left in the link
        on_change=heard(name, range(1, count + 1), lambda number: choose(part="encoder_self", **now | {name: number})),
    )


def both_rows(opened: Lesson, pair: Pair, layer: int, head: int) -> None:
    """Draw where one head looks from the word, in both sentences side by side."""
    drawn_as = look(opened.choices)
    columns = st.columns(2, gap="large")
    places = (("first", pair.first, pair.chosen.first), ("second", pair.second, pair.chosen.second))
    for column, (name, trace, word), colour in zip(columns, places, drawn_as.series[1:3], strict=True):
        found = row(trace, layer, head, word)
        shown = found.strongest(_N_BARS)
        with column:
            st.markdown(opened.say(f"row_{name}", text=_quoted(trace, word)))
            figure = bars(
                [found.labels[at] for at in shown],
                {opened.say(f"sentence_{name}"): found.weights[list(shown)]},
                drawn_as,
                y_title=opened.say("axis_weight"),
                limits=(0, 1.1),
                colours=(colour,),
                numbers="all",
                height=300,
            )
            chart(figure, f"context_row_{name}", opened.say("row_alt", word=pair.word, list=_spoken(found)))
            if len(shown) < len(found.labels):
                st.caption(opened.say("only_largest", shown=len(shown), total=len(found.labels)))


def _spoken(found: Row) -> str:
    return ", ".join(f"{found.labels[at]} {found.weights[at]:.2f}" for at in found.strongest(3))


def _quoted(trace: Trace, word: int) -> str:
    """The words around one, which is bold."""
    near = window(len(trace.words), word, 10)
    words = [f"**{literal(text)}**" if at == word else literal(text) for at, text in enumerate(trace.words)][near]
    return " ".join(["…"] * (near.start > 0) + words + ["…"] * (near.stop < len(trace.words)))


def side_by_side(opened: Lesson, pair: Pair, looked: Looks, layer: int) -> None:
    """Draw all heads of one layer: second sentence minus first sentence."""
    few = looked.gathered(looked.largest(layer, _N_COLUMNS))
    heads = [opened.texts("controls.head_number", number=number) for number in range(1, few.first.shape[1] + 1)]
    columns = [*few.names, opened.say("other_words")]
    titles = {name: opened.say(f"sentence_{name}") for name in ("first", "second")}
    named: dict[str, Any] = {"rows": heads, "columns": columns, "column_role": "key"}
    matrices = (
        Matrix("second", few.second[layer], title=titles["second"], scale="weights", **named),
        "−",
        Matrix("first", few.first[layer], title=titles["first"], scale="weights", **named),
        "=",
        Matrix("change", few.change[layer], title=opened.say("change"), scale="signed", limit=1.0, **named),
    )
    equation("context_heads", opened.texts, matrices, label=opened.say("heads_label", layer=layer + 1, word=pair.word))


def ranking(opened: Lesson, looked: Looks, layer: int, head: int) -> None:
    """List the heads that moved most, first the one that moved furthest; a press chooses it."""
    ranked = looked.ranked[:10]

    def pressed(index: int) -> None:
        choose(part="encoder_self", layer=ranked[index][0] + 1, head=ranked[index][1] + 1)

    columns = [*looked.names, opened.say("other_words")]
    names, values = [], []
    for at in ranked:
        most = int(np.abs(looked.change[at]).argmax())
        names.append(opened.say("ranked_head", layer=at[0] + 1, head=at[1] + 1, word=columns[most]))
        values.append([looked.moved[at], looked.first[at][most], looked.second[at][most], looked.change[at][most]])
    table(
        "context_ranked",
        opened.texts,
        np.array(values, dtype=np.float32),
        caption=opened.say("ranked_caption"),
        corner=opened.say("ranked_corner"),
        rows=names,
        columns=[opened.say(f"ranked_{name}") for name in ("moved", "first", "second", "change")],
        chosen=(ranked.index((layer, head)) if (layer, head) in ranked else None, None),
        on_row=pressed,
    )


def heads_places(pair: Pair, looked: Looks, layer: int) -> dict[str, object]:
    """Return the numbers that the section's text tells."""
    top = looked.ranked[0]
    return {
        "word": pair.word,
        "layer": layer + 1,
        "top_layer": top[0] + 1,
        "top_head": top[1] + 1,
        "moved": f"{looked.moved[top]:.2f}",
        "mean": f"{looked.moved.mean():.2f}",
        "control": f"{looks(pair.screen.control, pair.control_second, pair.chosen).moved.mean():.2f}",
        "seed": UNTRAINED_SEED,
    }


def predict_strongest(opened: Lesson, pair: Pair, looked: Looks) -> None:
    """Ask how many heads look most at the same word in both sentences."""
    same, total = int(looked.same_strongest.sum()), looked.same_strongest.size
    answer = "none" if same == 0 else "all" if same == total else "few" if 2 * same < total else "many"
    why = opened.say("strongest_why", same=same, total=total)
    options = [Option(name, opened.say(f"strongest_{name}"), why) for name in ("none", "few", "many", "all")]
    opened.predict("strongest", options, answer, word=pair.word, total=total)


def flip(opened: Lesson, pair: Pair) -> None:
    """Say whether "it" looks at another of two nouns in the second sentence, where both sentences have all three."""
    found = [most_given(trace, "it", ("animal", "street")) for trace in (pair.first, pair.second)]
    if any(one is None for one in found):
        return
    (first, *firsts), (second, *seconds) = (one for one in found if one is not None)
    places = {
        "first": first, "first_weight": f"{firsts[0]:.2f}", "first_other": f"{firsts[1]:.2f}",
        "second": second, "second_weight": f"{seconds[0]:.2f}", "second_other": f"{seconds[1]:.2f}",
    }  # fmt: skip
    st.markdown(opened.say("flip_not" if first == second else "flips", **places))
