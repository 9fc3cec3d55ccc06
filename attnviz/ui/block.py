"""The block page, first half: one word through one sub-layer, pre-norm and post-norm, what each sub-layer added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attnviz.components.table import table
from attnviz.concepts.normalisation import Moments, WrittenOut, moments, written_out
from attnviz.concepts.residual import Addition, Stack, SubLayer, additions, sub_layers
from attnviz.concepts.vectors import cosine
from attnviz.figures.bars import bars
from attnviz.figures.profiles import Profile, profiles
from attnviz.trace.records import Trace
from attnviz.ui.block_diagram import diagram
from attnviz.ui.charts import chart, look
from attnviz.ui.choices import choose
from attnviz.ui.controls import layer_control, model_control, part_control
from attnviz.ui.inputs import segments, select
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.markdown import literal
from attnviz.ui.screen import Screen
from attnviz.ui.settings import one_of, whole

SUBLAYER = one_of("sublayer", "attention", "feed_forward")
OTHER = whole("other", 0, 0, 512)  # the token of the other stack, from 1; 0: its first word
VECTORS = ("x", "normalised", "output", "total")
STACKS: tuple[Stack, ...] = ("encoder", "decoder")


@dataclass(frozen=True, eq=False)
class Block:
    """What this half of the page draws: one sub-layer, one word, one of its numbers."""

    opened: Lesson
    screen: Screen
    stack: Stack
    sub_layer: SubLayer
    after: str  # name of its stream in the trace
    word: str  # Markdown

    @property
    def written(self) -> WrittenOut:
        """The LayerNorm that this sub-layer reads, for the chosen word."""
        return written_out(self.sub_layer.x[self.screen.query], self.sub_layer.norm)

    @property
    def number(self) -> int:
        """The chosen number inside the vector, from 0: what the link says, else the largest of x."""
        x = self.sub_layer.x[self.screen.query]
        chosen = self.screen.choices.dim - 1
        return chosen if 0 <= chosen < len(x) else int(np.abs(x).argmax())


@st.cache_resource(show_spinner=False, max_entries=64)
def _stream(model: str, text: str, stack: Stack, _trace: Trace) -> tuple[SubLayer, ...]:
    return sub_layers(_trace, stack)


def stream(screen: Screen, stack: Stack) -> tuple[SubLayer, ...]:
    """Return one stack's sub-layers on the typed sentence."""
    return _stream(screen.choices.model, screen.choices.text, stack, screen.trace)


def block(opened: Lesson, screen: Screen) -> Block:
    """Return what the link asks for."""
    part = screen.choices.part
    stack: Stack = "encoder" if part == "encoder_self" else "decoder"
    name = "feed_forward" if SUBLAYER.value == "feed_forward" else "cross" if part == "cross" else "self"
    found = next(one for one in stream(screen, stack) if (one.layer, one.name) == (screen.layer, name))
    word = literal(place(screen, stack, screen.query))
    return Block(opened, screen, stack, found, f"{stack}.{screen.layer}.{name}", word)


def place(screen: Screen, stack: Stack, token: int) -> str:
    """Name one position of a stack; the decoder's by the token that it reads and the one that it writes."""
    if stack == "encoder":
        return screen.trace.tokens[token]
    read, written = screen.trace.target_tokens[token], screen.trace.next_tokens[token]
    return screen.texts("block.reads_writes", read=read, written=written)


def places(shown: Block) -> dict[str, object]:
    """Return what the section's text names."""
    return {
        "word": shown.word,
        "sublayer": shown.opened.say(f"in_{shown.sub_layer.name}"),
        "layer": shown.screen.layer + 1,
        "count": shown.sub_layer.x.shape[1],
    }


def selectors(shown: Block) -> None:
    """Draw the row that says which word passes which sub-layer of which model."""
    screen, texts = shown.screen, shown.screen.texts
    with st.container(horizontal=True, vertical_alignment="center", key="block_controls"):
        part_control(screen)
        model_control(screen)
        segments(SUBLAYER, texts("block.sublayer"), ("attention", "feed_forward"), lambda name: texts(f"block.{name}"))
        layer_control(screen)
        _word_control(shown)


def _word_control(shown: Block) -> None:
    screen, texts = shown.screen, shown.screen.texts
    st.session_state["query"] = screen.query + 1
    st.selectbox(
        texts("block.which_word"),
        range(1, len(shown.sub_layer.x) + 1),
        key="query",
        format_func=lambda number: f"{number} · {place(screen, shown.stack, number - 1)}",
        label_visibility="collapsed",
        width=260,
        on_change=lambda: choose(layer=screen.layer + 1, query=st.session_state["query"]),
    )


def vectors(shown: Block) -> None:
    """Draw the four vectors, their moments, and one number written out."""
    opened, sub_layer, token = shown.opened, shown.sub_layer, shown.screen.query
    found = {name: getattr(sub_layer, name)[token] for name in VECTORS}
    measured = {name: moments(vector) for name, vector in found.items()}
    left, right = st.columns((5, 4), gap="large")
    with left:
        limit = max(float(np.abs(found[name]).max()) for name in ("x", "output", "total"))
        own = float(np.abs(found["normalised"]).max())
        drawn = [
            Profile(_panel(opened, name, moment), found[name], moment.mean, moment.variance**0.5, panel_limit)
            for name, moment in measured.items()
            for panel_limit in [own if name == "normalised" else limit]
        ]
        figure = profiles(drawn, look(opened.choices), x_title=opened.say("number_axis"), chosen=shown.number)
        chart(figure, "block_vectors", opened.say("vectors_alt"))
        st.caption(opened.say("vectors_caption"))
    with right:
        st.latex(r"\mathrm{sum}=x+\mathrm{Sublayer}\big(\mathrm{LayerNorm}(x)\big)")
        written = shown.written
        rows = {**measured, "standard": written.between}
        order = ("x", "standard", "normalised", "output", "total")
        table(
            "block_moments",
            opened.texts,
            np.array([[rows[name].mean, rows[name].variance, rows[name].length] for name in order]),
            caption=opened.say("moments_caption", word=place(shown.screen, shown.stack, token)),
            corner=opened.say("vector"),
            rows=[opened.say(f"row_{name}") for name in order],
            columns=[opened.say(name) for name in ("mean", "variance", "length")],
        )
        _one_number(shown, written)


def _panel(opened: Lesson, name: str, moment: Moments) -> str:
    return opened.say(
        "panel", which=opened.say(f"row_{name}"), mean=f"{moment.mean:.3f}", variance=f"{moment.variance:.3f}"
    )


def _one_number(shown: Block, written: WrittenOut) -> None:
    opened, number = shown.opened, shown.number
    st.session_state["dim"] = number + 1
    st.number_input(
        opened.say("which_number", count=len(written.x)),
        1,
        len(written.x),
        key="dim",
        on_change=lambda: choose(
            layer=shown.screen.layer + 1, query=shown.screen.query + 1, dim=st.session_state["dim"]
        ),
    )
    output = float(shown.sub_layer.output[shown.screen.query][number])
    x, gain, bias = (float(array[number]) for array in (written.x, written.norm.gain, written.norm.bias))
    mean, variance = written.before.mean, written.before.variance
    st.latex(
        r"\begin{aligned}"
        r"s_i&=\frac{x_i-\mathrm{mean}}{\sqrt{\mathrm{variance}+\varepsilon}}\\[4pt]"
        rf"&=\frac{{{x:.4f}-{_signed(mean)}}}{{\sqrt{{{variance:.4f}+{written.norm.eps:.5f}}}}}"
        rf"\\&={written.standard[number]:.4f}\\[6pt]"
        r"\mathrm{LN}_i&=s_i\cdot g_i+b_i\\"
        rf"&={written.standard[number]:.4f}\cdot{gain:.4f}+{_signed(bias)}\\"
        rf"&=\mathbf{{{written.result[number]:.3f}}}\\[6pt]"
        rf"\mathrm{{sum}}_i&={x:.4f}+{_signed(output)}=\mathbf{{{x + output:.3f}}}"
        r"\end{aligned}"
    )
    st.caption(opened.say("number_caption"))


def _signed(value: float) -> str:
    return f"({value:.4f})" if value < 0 else f"{value:.4f}"


def all_numbers(shown: Block) -> None:
    """Offer every number of the four vectors, with gain and bias, as a table."""
    opened, sub_layer, token = shown.opened, shown.sub_layer, shown.screen.query
    columns = [getattr(sub_layer, name)[token] for name in VECTORS] + [sub_layer.norm.gain, sub_layer.norm.bias]
    with st.expander(opened.say("all_numbers", count=len(columns[0]))):
        table(
            "block_numbers",
            opened.texts,
            np.stack(columns, axis=1),
            caption=opened.say("all_numbers", count=len(columns[0])),
            corner=opened.say("number"),
            rows=[str(number) for number in range(1, len(columns[0]) + 1)],
            columns=[opened.say(f"row_{name}") for name in VECTORS] + [opened.say("gain"), opened.say("bias")],
            digits=4,
            chosen=(shown.number, None),
        )


def next_vector(shown: Block) -> None:
    """Ask which of the vectors the next sub-layer gets; the answer is the one that equals what it got."""
    token = shown.screen.query
    received = shown.screen.trace.residual[shown.after][token]
    far = {name: float(np.abs(getattr(shown.sub_layer, name)[token] - received).max()) for name in VECTORS[1:]}
    nearest = min(far, key=far.__getitem__)
    before, after = (getattr(shown.sub_layer, name)[token] for name in ("x", nearest))
    options = [
        Option(
            name,
            shown.opened.say(f"next_{name}"),
            shown.opened.say(
                "next_is" if name == nearest else "next_is_not",
                far=f"{far[name]:.4f}",
                kept=f"{cosine(before, after):.2f}",
            ),
        )
        for name in far
    ]
    shown.opened.predict("next", options, nearest, word=shown.word)


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
    number = shown.number
    passed = stream(shown.screen, stack)
    terms = [float(passed[0].x[token, number]), *(float(one.output[token, number]) for one in passed)]
    st.markdown(opened.say("added_number", number=number + 1))
    st.markdown(f"$\\scriptsize {''.join(f'{term:+.3f}' for term in terms)}={sum(terms):.3f}$".replace(" +", " ", 1))
    first, last = measured[0], measured[-1]
    st.caption(opened.say("added_growth", first=f"{first.before:.1f}", last=f"{last.after:.1f}", count=len(measured)))


def most_added(shown: Block) -> None:
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
    opened.predict("most", options, longest.name, word=shown.word, layer=shown.screen.layer + 1)
