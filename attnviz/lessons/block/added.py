"""What each sub-layer of both stacks added to one word, on The block."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from attnviz.charts import bars
from attnviz.components.table import table
from attnviz.concepts.residual import Addition, Stack, additions
from attnviz.lessons.block.shared import OTHER, Block, place, stream
from attnviz.session.markdown import literal
from attnviz.session.numerals import adding_up
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import select
from attnviz.ui.lesson import Option

STACKS: tuple[Stack, ...] = ("encoder", "decoder")


def added(shown: Block) -> None:
    """Draw what each sub-layer of both stacks added to one word."""
    for column, stack in zip(st.columns(2, gap="large"), STACKS, strict=True):
        with column:
            token = _token_of(shown, stack)
            measured = additions(stream(shown.screen, stack), token)
            _additions(shown, stack, token, measured)


def _token_of(shown: Block, stack: Stack) -> int:
    """Return the token whose additions are shown: the page's own word, or one picked for the other stack."""
    screen, opened = shown.screen, shown.opened
    word = literal(place(screen, stack, screen.query)) if stack == shown.stack else ""
    if word:
        st.markdown(f"### {opened.say(f'added_{stack}', word=word)}")
        return screen.query
    count = len(stream(screen, stack)[0].x)
    token = (OTHER.value if 0 < OTHER.value <= count else min(2, count)) - 1
    st.markdown(f"### {opened.say(f'added_{stack}', word=literal(place(screen, stack, token)))}")
    return token


def other_word(shown: Block) -> None:
    """Let the reader choose the word of the stack that the selectors above do not speak of."""
    stack: Stack = "decoder" if shown.stack == "encoder" else "encoder"
    count = len(stream(shown.screen, stack)[0].x)
    with st.container(width=420):
        select(
            OTHER,
            shown.opened.say(f"other_{stack}"),
            range(count + 1),
            lambda number: (
                f"{number} · {place(shown.screen, stack, number - 1)}" if number else shown.opened.say("other_default")
            ),
        )


def _additions(shown: Block, stack: Stack, token: int, measured: Sequence[Addition]) -> None:
    opened, texts = shown.opened, shown.opened.texts
    names = list(dict.fromkeys(addition.name for addition in measured))
    layers = sorted({addition.layer for addition in measured})
    labels = [texts("controls.layer_number", number=layer + 1) for layer in layers]
    drawn = look(opened.choices)
    colours = [{"self": drawn.series[0], "cross": drawn.series[2], "feed_forward": drawn.series[1]}[n] for n in names]
    for what, limits in (("ratio", None), ("cosine", (-1.0, 1.0))):
        series = {
            opened.say(f"name_{name}"): np.array([getattr(one, what) for one in measured if one.name == name])
            for name in names
        }
        figure = bars(
            labels, series, drawn, y_title=opened.say(f"added_{what}"), limits=limits, colours=colours, height=300
        )
        chart(figure, f"block_{what}_{stack}", opened.say(f"added_{what}_alt", word=place(shown.screen, stack, token)))
    columns = ("before", "added", "after", "ratio", "cosine")
    table(
        f"block_added_{stack}",
        texts,
        np.array([[getattr(one, name) for name in columns] for one in measured]),
        caption=opened.say("added_caption", word=place(shown.screen, stack, token)),
        corner=opened.say("sublayer"),
        rows=[f"{one.layer + 1} · {opened.say(f'name_{one.name}')}" for one in measured],
        columns=[opened.say(f"column_{name}") for name in columns],
        digits=2,
    )
    if shown.is_post:
        return  # between two additions the vector was normalised: it is no sum of them
    number = shown.number
    passed = stream(shown.screen, stack)
    terms = [float(passed[0].x[token, number]), *(float(one.output[token, number]) for one in passed)]
    st.markdown(opened.say("added_number", number=number + 1))
    parts, total = adding_up(terms, 3)
    signed = "".join(part if part.startswith("−") else f"+{part}" for part in parts).removeprefix("+")
    st.markdown(f"$\\scriptsize {signed}={total}$".replace("−", "-"))
    first, last = measured[0], measured[-1]
    st.caption(opened.say("added_growth", first=f"{first.before:.1f}", last=f"{last.after:.1f}", count=len(measured)))


def most_added(shown: Block, hides: Callable[[], None]) -> None:
    """Ask which sub-layer of the chosen layer added the longest vector."""
    opened = shown.opened
    measured = [
        one
        for one in additions(stream(shown.screen, shown.stack), shown.screen.query)
        if one.layer == shown.screen.layer
    ]
    longest = max(measured, key=lambda one: one.added)
    options = [
        Option(
            one.name,
            opened.say(f"name_{one.name}"),
            opened.say(
                "most_is" if one is longest else "most_is_not",
                added=f"{one.added:.2f}",
                longest=f"{longest.added:.2f}",
                which=opened.say(f"name_{longest.name}"),
                before=f"{one.before:.2f}",
            ),
        )
        for one in measured
    ]
    opened.predict("most", options, longest.name, hides, word=shown.word, layer=shown.screen.layer + 1)
