"""The Position page: two orders of the same words, the encoding, and both in the trained model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, equation
from attnviz.concepts.position import (
    WAYS,
    TwoOrders,
    encoding,
    entry,
    match,
    model_in_two_orders,
    random_layer_in_two_orders,
    similarity,
    tensor2tensor_layout,
)
from attnviz.figures import Curve, Mark, bars, curves, signed_heatmap
from attnviz.trace.tokens import visible
from attnviz.trace.words import split_words
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, select, slider, switch, text_line
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.markdown import literal
from attnviz.ui.models import model_named
from attnviz.ui.settings import flag, line, whole

LONGEST = 120  # characters of one order
MOST_WORDS = 24
LAYER_SIZE = 4  # d_model of the random layer: few enough numbers to compare
SIZES = (4, 8, 16, 32, 64, 128, 192, 256, 512)  # d_model of the encoding's picture
N_POSITIONS, N_OFFSETS = 50, 100
NEAR, FAR = 3, 6  # offsets to compare; one full turn of the fastest wave is 2 pi
SHOWN = 6  # of the model's numbers
WIDE = 16  # numbers in a row of the chosen vector
EQUAL = 1e-9  # float64: what is below is rounding
ROUNDING = 1e-4  # of a vector's length, in float32 through all layers

FIRST = line("first", "home go I", LONGEST)
SECOND = line("second", "I go home", LONGEST)
FOLLOW = line("follow", "I", LONGEST)
SEED = whole("seed", 1, 0, 9999)
SIZE = whole("d_model", 64, SIZES[0], SIZES[-1])
POSITION = whole("position", 10, 0, N_POSITIONS - 1)
DIMENSION = whole("dimension", 8, 0, SIZES[-1] - 1)
STAGE = whole("stage", 2, 0, 64)
FORGET = flag("forget")
SETTINGS = (FIRST, SECOND, FOLLOW, SEED, SIZE, POSITION, DIMENSION, STAGE, FORGET)


@dataclass(frozen=True)
class Pair:
    """Two orders of the same words, and the word that is followed."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    place: int  # of the followed word in the first order

    @property
    def word(self) -> str:
        """The followed word."""
        return self.first[self.place]


def order_controls(opened: Lesson) -> Pair:
    """Let the reader type both orders and choose a word; what is no second order becomes the reverse."""
    boxes = st.columns([3, 3, 2, 2])
    with boxes[0]:
        first = _words(text_line(FIRST, opened.say("first"), LONGEST))
    with boxes[1]:
        second = _words(text_line(SECOND, opened.say("second"), LONGEST))
    if not first:
        st.info(opened.say("hint_empty"), icon=":material/edit:")
        first = _words(FIRST.default)
    if len(first) > MOST_WORDS:
        st.info(opened.say("hint_many", count=MOST_WORDS), icon=":material/content_cut:")
        first = first[:MOST_WORDS]
    if match(first, second) is None:
        missing, extra = (_listed(opened, found) for found in (_beyond(first, second), _beyond(second, first)))
        st.info(opened.say("hint_words", missing=missing, extra=extra), icon=":material/edit:")
        second = first[::-1]
    with boxes[2]:
        word = select(FOLLOW, opened.say("follow"), list(dict.fromkeys(first)), visible)
    with boxes[3]:
        number(SEED, opened.say("seed"), 0, 9999)
    return Pair(first, second, first.index(word))


def random_layer_outputs(opened: Lesson, pair: Pair) -> None:
    """Show the followed word's output in both orders, number by number, in three ways."""
    found = random_layer_in_two_orders(pair.first, pair.second, LAYER_SIZE, SEED.value)
    for way, column in zip(WAYS, st.columns(3), strict=True):
        both = found[way]
        largest = float(both.largest[pair.place])
        with column, st.container(border=True, height="stretch"):
            st.subheader(opened.say(f"way_{way}"), anchor=False)
            st.metric(opened.say("largest"), small(largest))
            _compared(opened, f"way_{way}", both.first[pair.place], both.second[pair.place], opened.say(f"way_{way}"))
            same = "same" if largest < EQUAL else "other"
            st.markdown(opened.say(f"verdict_{same}", word=_shown(pair.word)))
    causal = found["causal"].largest < EQUAL
    kept = [word for word, keeps in zip(pair.first, causal, strict=True) if keeps]
    _predict_causal(opened, pair, kept)


def picture(opened: Lesson) -> tuple[int, int, int]:
    """Show the encoding as a picture beside its formula; return d_model, position and dimension."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        size = slider(SIZE, opened.say("size"), SIZES)
        position = slider(POSITION, opened.say("position"), range(N_POSITIONS))
        dimension = slider(DIMENSION, opened.say("dimension"), range(size))
        made = entry(position, dimension, size)
        st.latex(
            r"\begin{aligned}PE_{(pos,\,2i)}&=\sin\!\left(pos\,/\,10000^{2i/d_{\text{model}}}\right)\\"
            r"PE_{(pos,\,2i+1)}&=\cos\!\left(pos\,/\,10000^{2i/d_{\text{model}}}\right)\end{aligned}"
        )
        wave = r"\cos" if dimension % 2 else r"\sin"
        st.latex(
            rf"\begin{{aligned}}PE_{{({position},\,{dimension})}}"
            rf"&={wave}\!\left({position}\,/\,10000^{{{2 * made.pair}/{size}}}\right)\\"
            rf"&={wave}({made.angle:.4f})={made.value:.4f}\end{{aligned}}"
        )
        st.markdown(opened.say("made", dimension=dimension, wavelength=f"{made.wavelength:,.1f}"))
    with right:
        chart(
            signed_heatmap(
                encoding(N_POSITIONS, size),
                look(opened.choices),
                row_title=opened.say("axis_position"),
                column_title=opened.say("axis_dimension"),
                limit=1,
                row=position,
                column=dimension,
                height=470,
            ),
            "encoding",
            opened.say("picture_alt", size=size, count=N_POSITIONS),
        )
    return size, position, dimension


def vector(opened: Lesson, size: int, position: int) -> None:
    """Show the chosen position's vector as numbers, in rows of sixteen."""
    values = encoding(position + 1, size)[position]
    rows = values.reshape(-1, min(size, WIDE))
    with st.expander(opened.say("vector", position=position, count=size), expanded=size <= 64):
        names = [f"{start} +" for start in range(0, size, WIDE)] if size > WIDE else []
        shown = Matrix(
            "vector", rows, "PE", "", names, [str(at) for at in range(rows.shape[1])], scale="signed", limit=1
        )
        equation("vector", opened.texts, [shown], label=opened.say("vector", position=position, count=size))


def waves(opened: Lesson, size: int, position: int, dimension: int) -> None:
    """Show a few dimensions as waves over the positions, the chosen one in front."""
    st.subheader(opened.say("waves_title"), anchor=False)
    st.markdown(opened.say("waves_text"))
    table, at, drawn = encoding(N_POSITIONS, size), np.arange(N_POSITIONS), look(opened.choices)
    others = [other for other in dict.fromkeys((0, size // 4, size // 2, size - 2)) if other != dimension]
    lines = [
        Curve(opened.say("wave", dimension=other), at, table[:, other], drawn.series[index + 1], "dot")
        for index, other in enumerate(others)
    ]
    chosen = Curve(opened.say("wave", dimension=dimension), at, table[:, dimension], drawn.accent)
    mark = Mark(position, float(table[position, dimension]), f"{table[position, dimension]:.2f}".replace("-", "−"))
    figure = curves(
        [*lines, chosen],
        drawn,
        x_title=opened.say("axis_position"),
        y_title=opened.say("axis_value"),
        marks=[mark],
    )
    chart(figure, "waves", opened.say("waves_alt", dimension=dimension))


def similar(opened: Lesson, size: int, position: int) -> None:
    """Show how like each other two positions are by their distance, from two starts."""
    st.subheader(opened.say("similar_title"), anchor=False)
    st.markdown(opened.say("similar_text"))
    offsets = np.arange(N_OFFSETS + 1)
    cosine = {start: similarity(start, N_OFFSETS + 1, size) for start in (0, position)}
    drawn = look(opened.choices)
    lines = [Curve(opened.say("from", position=0), offsets, cosine[0], drawn.series[1])]
    if position:
        lines.append(Curve(opened.say("from", position=position), offsets, cosine[position], drawn.accent, "dash"))
    figure = curves(lines, drawn, x_title=opened.say("axis_offset"), y_title=opened.say("axis_cosine"))
    chart(figure, "similar", opened.say("similar_alt", size=size))


def predict_distance(opened: Lesson, size: int, position: int) -> None:
    """Ask which of two offsets is more like the chosen position: in few dimensions it may be the farther one."""
    cosine = similarity(position, FAR + 1, size)
    near, far = float(cosine[NEAR]), float(cosine[FAR])
    numbers = {"near": f"{near:.3f}", "far": f"{far:.3f}", "size": size, "a": NEAR, "b": FAR}
    answer = "near" if near > far else "far"
    options = [
        Option(name, opened.say(f"distance_{name}", **numbers), opened.say(f"distance_because_{answer}", **numbers))
        for name in ("near", "far")
    ]
    opened.predict("distance", options, answer, position=position, size=size, a=position + NEAR, b=position + FAR)


def measured(opened: Lesson, size: int, position: int) -> None:
    """Say what was measured on the encoding: all lengths, and one dot product from two starts."""
    table = encoding(N_POSITIONS + NEAR, size).astype(np.float64)
    lengths = np.linalg.norm(table[:N_POSITIONS], axis=1)
    st.latex(rf"\lVert PE_{{pos}}\rVert=\sqrt{{d_{{\text{{model}}}}/2}}={(size / 2) ** 0.5:.4f}")
    st.markdown(
        opened.say(
            "measured",
            low=f"{lengths.min():.4f}",
            high=f"{lengths.max():.4f}",
            count=len(lengths),
            a=NEAR,
            position=position,
            there=position + NEAR,
            dot_0=f"{table[0] @ table[NEAR]:.4f}",
            dot=f"{table[position] @ table[position + NEAR]:.4f}",
        )
    )


def layouts(opened: Lesson) -> None:
    """Show the paper's layout beside the one that a well-known picture has."""
    sides = (
        ("paper", encoding(3, 4), ("sin", "cos", "sin", "cos")),
        ("tensor2tensor", tensor2tensor_layout(3, 4), ("sin", "sin", "cos", "cos")),
    )
    rows = [opened.say("row_position", position=position) for position in range(3)]
    for column, (name, values, kinds) in zip(st.columns(2), sides, strict=True):
        with column:
            title = opened.say(f"layout_{name}")
            shown = Matrix(name, values, "PE", title, rows, kinds, scale="signed", limit=1, digits=4)
            equation(f"layout_{name}", opened.texts, [shown], label=title)


def trained(opened: Lesson, pair: Pair) -> TwoOrders | None:
    """Follow the word through the trained encoder in both orders; None when the words are too many for it."""
    both = _through(opened, pair, positions=True)
    if both is None:
        st.info(opened.say("hint_long"), icon=":material/content_cut:")
        return None
    stages = _stages(opened, both)
    left, right = st.columns(2, gap="large")
    with left:
        drawn = look(opened.choices)
        figure = bars(
            stages,
            {opened.say("with_positions"): both.share[:, pair.place]},
            drawn,
            y_title=opened.say("apart"),
            limits=_limits(both, pair),
            colours=(drawn.accent,),
        )
        chart(figure, "trained", opened.say("trained_alt", word=pair.word))
    with right:
        stage = slider(STAGE, opened.say("stage"), range(len(stages)), lambda index: stages[index])
        largest = float(both.largest[stage, pair.place])
        st.metric(opened.say("largest_at", stage=stages[stage]), small(largest))
        first, second = (order[stage, pair.place, :SHOWN] for order in (both.first, both.second))
        _compared(opened, "stage", first, second, stages[stage])
        st.caption(opened.say("first_numbers", count=SHOWN, size=both.first.shape[-1]))
        same = "same" if largest < EQUAL else "other"
        st.markdown(opened.say(f"trained_{same}", word=_shown(pair.word), stage=stages[stage]))
    return both


def forgotten(opened: Lesson, pair: Pair, both: TwoOrders) -> None:
    """Let the reader set all positions to 0 and see both orders become one."""
    if not switch(FORGET, opened.say("forget")):
        return
    bare = _through(opened, pair, positions=False)
    assert bare is not None  # as long as with positions
    stages = _stages(opened, both)
    left, right = st.columns(2, gap="large")
    with left:
        drawn = look(opened.choices)
        figure = bars(
            stages,
            {opened.say("without_positions"): bare.share[:, pair.place]},
            drawn,
            y_title=opened.say("apart"),
            limits=_limits(both, pair),
            colours=(drawn.wrong,),
        )
        chart(figure, "forgotten", opened.say("forgotten_alt", word=pair.word))
    with right:
        st.metric(opened.say("largest_after_last"), small(float(bare.largest[-1, pair.place])))
        first, second = (order[-1, pair.place, :SHOWN] for order in (bare.first, bare.second))
        _compared(opened, "forgotten_numbers", first, second, stages[-1])
        same = "same" if bare.share[:, pair.place].max() < ROUNDING else "other"
        st.markdown(opened.say(f"forgotten_{same}", word=_shown(pair.word)))


def small(value: float) -> str:
    """Write a difference so that rounding can be told from a real one: 0.532, or 2.2 × 10⁻¹⁶."""
    if value == 0 or value >= 0.001:
        return f"{value:.3f}" if value else "0"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _predict_causal(opened: Lesson, pair: Pair, kept: Sequence[str]) -> None:
    answer = "none" if not kept else "all" if len(kept) == len(pair.first) else "some"
    why = opened.say(f"causal_because_{answer}", kept=_listed(opened, kept), count=len(kept), total=len(pair.first))
    options = [Option(name, opened.say(f"causal_{name}"), why) for name in ("none", "some", "all")]
    places = {"first": _shown(" ".join(pair.first)), "second": _shown(" ".join(pair.second))}
    opened.predict("causal", options, answer, **places)


def _compared(opened: Lesson, key: str, first: np.ndarray, second: np.ndarray, label: str) -> None:
    """Show one word's vector in the first order, in the second, and their difference."""
    rows = [opened.say(name) for name in ("row_first", "row_second", "row_difference")]
    shown = Matrix(key, np.stack((first, second, second - first)), rows=rows, scale="signed")
    equation(f"{key}_numbers", opened.texts, [shown], label=label)


def _limits(both: TwoOrders, pair: Pair) -> tuple[float, float]:
    """Return one scale for the picture with positions and for that without, so that they can be compared."""
    return 0.0, max(0.1, 1.15 * float(both.share[:, pair.place].max()))


@st.cache_data(show_spinner=False, max_entries=256)
def _run(model: str, first: tuple[str, ...], second: tuple[str, ...], positions: bool) -> TwoOrders:
    return model_in_two_orders(model_named(model), first, second, positions=positions)


def _through(opened: Lesson, pair: Pair, *, positions: bool) -> TwoOrders | None:
    try:
        return _run(opened.choices.model, pair.first, pair.second, positions)
    except ValueError:  # more tokens than the model reads
        return None


def _stages(opened: Lesson, both: TwoOrders) -> list[str]:
    layers = [opened.say("stage_layer", number=layer + 1) for layer in range(len(both.first) - 2)]
    return [opened.say("stage_embedding"), opened.say("stage_sum"), *layers]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word, _ in split_words(text))


def _beyond(words: Sequence[str], others: Sequence[str]) -> list[str]:
    return list((Counter(words) - Counter(others)).elements())


def _listed(opened: Lesson, words: Sequence[str]) -> str:
    return ", ".join(f"**{_shown(word)}**" for word in words) or opened.say("nothing")


def _shown(text: str) -> str:
    return literal(" ".join(visible(word) for word in text.split(" ")))
