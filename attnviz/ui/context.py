"""What only the page Context moves meaning has: two sentences, the word they share, and its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, equation
from attnviz.components.table import table
from attnviz.concepts.context import (
    Journey,
    Looks,
    Row,
    Shared,
    journey,
    journeys,
    likeness,
    looks,
    n_levels,
    other_pairs,
    row,
    shared_words,
    window,
)
from attnviz.figures import Curve, Mark, bars, curves
from attnviz.figures.dot_grid import dot_grid
from attnviz.trace.records import Trace
from attnviz.trace.run import UNTRAINED_SEED
from attnviz.trace.tokens import EmptyTextError
from attnviz.ui.charts import chart, look
from attnviz.ui.choices import DEFAULT_TEXT, MAX_CHARACTERS, choose
from attnviz.ui.examples import EXAMPLES
from attnviz.ui.inputs import segments, select, slider, switch, text_line
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.markdown import literal
from attnviz.ui.models import trace_of
from attnviz.ui.screen import Screen
from attnviz.ui.settings import Setting, decimal, flag, line, one_of, whole

LEVEL = whole("level", 64, 0, 64)  # 0 = embedding, 1 = plus position, then each layer; beyond the last: the last
MEASURE = one_of("measure", "cosine", "dot")
STRETCH = decimal("stretch", 1.0, 0.01, 100.0)
SHOW = one_of("show", "scores", "weights")
ACROSS = flag("across")
SETTINGS: tuple[Setting[object], ...] = (LEVEL, MEASURE, STRETCH, SHOW, ACROSS)  # type: ignore[assignment]

STRETCHES = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
_N_DOTS = 14  # tokens along each side of the grid of dots
_N_BARS = 10
_N_WORDS = 8  # of the second sentence, by likeness
_N_COLUMNS = 5


@dataclass(frozen=True)
class Preset:
    """Two sentences one click away, and the word to follow through both."""

    first: str
    second: str
    word: str


PRESETS = {
    "spirit": Preset(DEFAULT_TEXT, "The spirit of the dead king appeared at night .", "spirit"),
    "bank": Preset("She sat on the bank of the river .", "He took the money to the bank .", "bank"),
    "light": Preset("The suitcase is light .", "Turn off the light .", "light"),
    "it": Preset(EXAMPLES["tired"], EXAMPLES["wide"], "it"),
}
_PARTNERS = {  # what the sentences above other pages' boxes are compared with
    EXAMPLES["wide"]: Preset(EXAMPLES["wide"], EXAMPLES["tired"], "it"),
    EXAMPLES["snake"]: Preset(EXAMPLES["snake"], "This road is not dangerous at night .", "dangerous"),
    EXAMPLES["creature"]: Preset(EXAMPLES["creature"], "a green dress", "a"),
    EXAMPLES["boy"]: Preset(EXAMPLES["boy"], "a boy sees a girl", "boy"),
} | {preset.first: preset for preset in PRESETS.values()}


@dataclass(frozen=True)
class Pair:
    """Two sentences read by the chosen model and by the untrained one, and the word followed through both."""

    screen: Screen
    second: Trace
    control_second: Trace
    shared: tuple[Shared, ...]
    chosen: Shared

    @property
    def first(self) -> Trace:
        """The typed sentence."""
        return self.screen.trace

    @property
    def word(self) -> str:
        """The chosen word, as Markdown shows it literally."""
        return literal(self.chosen.word)


def second_setting(trace: Trace) -> Setting[str]:
    """Declare the second sentence: left open, it is the partner of a known one, else the same words in reverse."""
    known = _PARTNERS.get(trace.text)
    return line("second", known.second if known else _reversed(trace), MAX_CHARACTERS)


def _reversed(trace: Trace) -> str:
    return " ".join(reversed(trace.words))[:MAX_CHARACTERS]


def word_setting(text: str, second: str, shared: Sequence[Shared]) -> Setting[str]:
    """Declare the word to follow: left open, a preset's own, else the longest that both sentences have."""
    words = [known.word for known in shared]
    presets = (*PRESETS.values(), *_PARTNERS.values())
    own = [preset.word for preset in presets if (preset.first, preset.second) == (text, second)]
    default = next((word for word in own if word in words), max(words, key=len, default=""))
    return line("word", default, MAX_CHARACTERS)


def sentences(opened: Lesson, screen: Screen) -> Pair | None:
    """Ask for the second sentence and the word; None, after a hint, where they have no word in common."""
    with st.container(key="context_pair"):
        second = second_setting(screen.trace)
        left, right = st.columns([4, 1])
        with left:
            text = text_line(second, opened.say("second"), MAX_CHARACTERS)
        _presets(opened, screen.trace, second)
        try:
            traces = [trace_of(name, text, "") for name in (screen.choices.model, "untrained")]
        except EmptyTextError:
            st.info(opened.texts("ui.empty"), icon=":material/edit:")
            return None
        shared = shared_words(screen.trace, traces[0])
        if not shared:
            st.info(opened.say("nothing_shared"), icon=":material/search:")
            return None
        words = [known.word for known in shared]
        with right:
            word = select(word_setting(screen.trace.text, text, shared), opened.say("word"), words, str)
        if screen.trace.words.count(word) > 1 or traces[0].words.count(word) > 1:
            st.caption(opened.say("first_place", word=literal(word)))
    return Pair(screen, traces[0], traces[1], shared, shared[words.index(word)])


def _presets(opened: Lesson, trace: Trace, second: Setting[str]) -> None:
    now = [name for name, preset in PRESETS.items() if (preset.first, preset.second) == (trace.text, second.value)]
    st.session_state["context_preset"] = now[0] if now else None

    def pressed() -> None:
        name = st.session_state["context_preset"]
        if name == "reversed":
            _compare(trace.text, second.name, _reversed(trace))
        elif name in PRESETS:
            _compare(PRESETS[name].first, second.name, PRESETS[name].second)

    with st.container(horizontal=True, vertical_alignment="center", key="context_presets"):
        st.markdown(opened.say("presets"), width="content")
        st.pills(
            opened.say("presets"),
            [*PRESETS, "reversed"],
            key="context_preset",
            format_func=lambda name: opened.say(f"preset_{name}"),
            label_visibility="collapsed",
            on_change=pressed,
        )


def _compare(first: str, name: str, second: str) -> None:
    choose(text=first, query=0, key=0, drawn="")
    st.query_params.pop("word", None)
    st.query_params.update({name: second})


def level_names(opened: Lesson, trace: Trace) -> list[str]:
    """Name every level: the embedding, the embedding plus the position, each layer."""
    layers = [opened.say("level_layer", number=number) for number in range(1, len(trace.encoder_self) + 1)]
    return [opened.say("level_embedding"), opened.say("level_position"), *layers]


def chosen_level(trace: Trace) -> int:
    """Return the level in the URL, at most the last."""
    return min(LEVEL.value, n_levels(trace) - 1)


def travel(opened: Lesson, pair: Pair) -> None:
    """Draw how far the two vectors of the word have come apart at every level, and one level's numbers."""
    names = level_names(opened, pair.first)
    own, control = _journeys(pair)
    others, at = other_pairs(pair.first, pair.second), list(range(len(names)))
    drawn_as = look(opened.choices)
    trained = pair.screen.choices.model != "untrained"
    drawn = [Curve(opened.say("curve_own", word=pair.chosen.word), at, own.cosine, drawn_as.accent)]
    if trained:
        drawn.append(Curve(opened.say("curve_control"), at, control.cosine, drawn_as.series[4], "dash"))
    if np.isfinite(others).all():
        drawn.append(Curve(opened.say("curve_others"), at, others, drawn_as.series[2], "dot"))
    marks = [Mark(level, float(value), f"{value:.2f}") for level, value in enumerate(own.cosine)]
    figure = curves(drawn, drawn_as, x_title="", y_title=opened.say("axis_cosine"), marks=marks, height=430)
    figure.update_xaxes(tickmode="array", tickvals=at, ticktext=names, range=[-0.4, len(at) - 0.6])
    figure.update_yaxes(range=[min(0.0, *(float(np.min(curve.y)) for curve in drawn)) - 0.05, 1.12])
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(figure, "context_travel", opened.say("travel_alt", word=pair.word, last=f"{own.cosine[-1]:.3f}"))
        st.caption(opened.say("travel_control" if trained else "travel_untrained", seed=UNTRAINED_SEED))
    with right:
        level = slider(LEVEL, opened.say("level"), at, lambda number: names[number])
        one, two = own.lengths[level]
        st.latex(
            rf"\begin{{aligned}}\cos(a, b) &= \frac{{a \cdot b}}{{\|a\|\,\|b\|}} \\[4pt] &= "
            rf"\frac{{{own.dot[level]:.2f}}}{{{one:.2f} \times {two:.2f}}} = \mathbf{{{own.cosine[level]:.3f}}} "
            rf"\\[4pt] \|a - b\| &= {own.distance[level]:.2f}\end{{aligned}}"
        )
        st.markdown(opened.say("a_and_b", word=pair.word, level=names[level]))
    columns = [own.cosine, control.cosine, others, own.distance, *own.lengths.T]
    headings = ("cosine", "control", "others", "distance", "length_first", "length_second")
    table(
        "context_levels",
        opened.texts,
        np.stack(columns, axis=1).astype(np.float32),
        caption=opened.say("levels_caption", word=pair.chosen.word),
        corner=opened.say("level"),
        rows=names,
        columns=[opened.say(f"column_{heading}") for heading in headings],
        chosen=(level, None),
    )


def _journeys(pair: Pair) -> tuple[Journey, Journey]:
    return (
        journey(pair.first, pair.second, pair.chosen),
        journey(pair.screen.control, pair.control_second, pair.chosen),
    )


def travel_places(pair: Pair) -> dict[str, str]:
    """Return the numbers that the section's text tells."""
    own, control = _journeys(pair)
    values = {"start": own.cosine[0], "last": own.cosine[-1], "control": control.cosine[-1]}
    return {"word": pair.word} | {name: f"{value:.3f}" for name, value in values.items()}


def predict_furthest(opened: Lesson, pair: Pair) -> None:
    """Ask which of the shared words has come furthest apart; left out where there is nothing to choose between."""
    ways = journeys(pair.first, pair.second, pair.shared)
    ends = {known.word: float(way.cosine[-1]) for known, way in zip(pair.shared, ways, strict=True)}
    order = sorted(ends, key=lambda word: ends[word])
    if len(order) < 2 or ends[order[1]] - ends[order[0]] < 0.0005:
        return
    offered = {order[round(at)] for at in np.linspace(0, len(order) - 1, min(4, len(order)))}
    options = [
        Option(
            word,
            literal(word),
            opened.say(
                "furthest_why",
                word=literal(word),
                own=f"{ends[word]:.3f}",
                most=literal(order[0]),
                least=f"{ends[order[0]]:.3f}",
            ),
        )  # fmt: skip
        for word in ends
        if word in offered
    ]
    opened.predict("furthest", options, order[0])


def measures(opened: Lesson, pair: Pair) -> None:
    """Let the reader rank the second sentence's words by the dot product, as if that were a similarity."""
    level = chosen_level(pair.first)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        measure = segments(MEASURE, opened.say("measure"), ("cosine", "dot"), lambda name: opened.say(f"by_{name}"))
        with st.container(width=360):
            stretch = slider(STRETCH, opened.say("stretch", word=pair.word), STRETCHES, lambda times: f"× {times:g}")
    found = likeness(pair.first, pair.second, pair.chosen, level, stretch)
    values = found.dot if measure == "dot" else found.cosine
    shown = sorted(int(at) for at in np.argsort(-values, kind="stable")[:_N_WORDS])
    drawn_as = look(opened.choices)
    figure = bars(
        [found.words[at] for at in shown],
        {opened.say(f"by_{measure}"): values[shown]},
        drawn_as,
        y_title=opened.say(f"by_{measure}"),
        colours=(drawn_as.wrong if measure == "dot" else drawn_as.accent,),
    )
    figure.update_traces(constraintext="none", texttemplate="%{y:.2s}" if measure == "dot" else "%{y:.2f}")
    chart(figure, "context_measures", opened.say("measures_alt", measure=opened.say(f"by_{measure}")))
    own = pair.chosen.second
    by_cosine, by_dot = found.nearest("cosine"), found.nearest("dot")
    st.markdown(
        opened.say(
            "measures_differ" if by_cosine != by_dot else "measures_agree",
            word=pair.word, level=level_names(opened, pair.first)[level], stretch=f"{stretch:g}",
            own_cosine=f"{found.cosine[own]:.3f}", own_dot=f"{found.dot[own]:.1f}",
            by_cosine=literal(found.words[by_cosine]), cosine=f"{found.cosine[by_cosine]:.3f}",
            by_dot=literal(found.words[by_dot]), dot=f"{found.dot[by_dot]:.1f}",
            dot_cosine=f"{found.cosine[by_dot]:.3f}", ratio=f"{found.lengths[by_dot] / found.lengths[by_cosine]:.2f}",
        )
    )  # fmt: skip
    if len(shown) < len(found.words):
        st.caption(opened.say("only_largest", shown=len(shown), total=len(found.words)))


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
    st.session_state[name] = now[name]
    st.selectbox(
        opened.texts(f"controls.{name}"),
        list(range(1, count + 1)),
        key=name,
        format_func=lambda number: opened.texts(f"controls.{name}_number", number=number),
        width=160,
        # the page shows the encoder alone, whatever another page left in the link
        on_change=lambda: choose(part="encoder_self", **now | {name: st.session_state[name]}),
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
                height=300,
            )
            figure.update_traces(constraintext="none")
            chart(figure, f"context_row_{name}", opened.say("row_alt", word=pair.word, list=_spoken(found)))
            if len(shown) < len(found.labels):
                st.caption(opened.say("only_largest", shown=len(shown), total=len(found.labels)))


def _spoken(found: Row) -> str:
    return ", ".join(f"{found.labels[at]} {found.weights[at]:.2f}" for at in found.strongest(3))


def _quoted(trace: Trace, word: int) -> str:
    """The words around one, which is bold."""
    near = window(len(trace.words), word, 14)
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
    why = opened.say("strongest_why", same=same, total=total, word=pair.word)
    options = [Option(name, opened.say(f"strongest_{name}"), why) for name in ("none", "few", "many", "all")]
    opened.predict("strongest", options, answer, word=pair.word, total=total)


def dots(opened: Lesson, screen: Screen, layer: int, head: int, word: int) -> None:
    """Draw one head's scores or weights on the typed sentence as a grid of dots."""
    trace = screen.trace
    steps = trace.encoder_self[layer].steps(head)
    centre = trace.word_of.index(word)
    near = window(len(trace.tokens), centre, _N_DOTS)
    left, right = st.columns([3, 2], gap="large")
    with right:
        show = segments(SHOW, opened.say("show"), ("scores", "weights"), lambda name: opened.say(f"show_{name}"))
        across = switch(ACROSS, opened.say("across"))
        st.latex(
            r"\text{scores} = Q K^{\mathsf T}"
            if show == "scores"
            else r"\mathrm{softmax}(Q K^{\mathsf T} / \sqrt{d_k})"
        )
        matrix = steps.scores if show == "scores" else steps.weights
        query = matrix[centre]
        best = int(query.argmax())
        st.markdown(
            opened.say(
                f"dots_{show}",
                word=literal(trace.tokens[centre]),
                best=literal(trace.tokens[best]),
                value=f"{query[best]:.3f}",
                below=int((query < 0).sum()),
                total=len(query),
                sum=f"{query.sum(dtype=np.float64):.3f}",
            )
        )
        st.markdown(opened.say("dots_columns" if across else "dots_rows"))
    shown, labels = matrix[near, near], trace.tokens[near]
    with left:
        chart(
            dot_grid(
                shown,
                labels,
                labels,
                look(opened.choices),
                limit=1.0 if show == "weights" else None,
                queries_across=across,
                chosen=centre - near.start,
                query_title=opened.say("axis_query_across" if across else "axis_query"),
                key_title=opened.say("axis_key_down" if across else "axis_key"),
                names=(opened.say("above_0"), opened.say("below_0")),
            ),
            "context_dots",
            opened.say("dots_alt", layer=layer + 1, head=head + 1, what=opened.say(f"show_{show}")),
        )
        if len(labels) < len(trace.tokens):
            inside = "dots_inside" if near.start <= best < near.stop else "dots_outside"
            places = {"shown": len(labels), "total": len(trace.tokens), "word": literal(trace.tokens[centre])}
            st.caption(f"{opened.say('dots_window', **places)} {opened.say(inside, best=literal(trace.tokens[best]))}")


def predict_below(opened: Lesson, screen: Screen, layer: int, head: int, word: int) -> None:
    """Ask what becomes of the scores below 0; left out where the row has none."""
    trace = screen.trace
    steps = trace.encoder_self[layer].steps(head)
    centre = trace.word_of.index(word)
    below = steps.scores[centre] < 0
    zero = int((steps.weights[centre][below] == 0).sum())
    if not below.any():
        return
    answer = "none" if zero == 0 else "all" if zero == int(below.sum()) else "some"
    largest = float(steps.weights[centre][below].max())
    why = opened.say("below_why", zero=zero, below=int(below.sum()), largest=f"{largest:.4f}")
    options = [Option(name, opened.say(f"below_{name}"), why) for name in ("all", "some", "none")]
    opened.predict(
        "below", options, answer, word=literal(trace.tokens[centre]), below=int(below.sum()), total=below.size
    )
