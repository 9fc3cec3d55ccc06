"""Position: the sinusoidal encoding as a picture, as waves and by distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from attnviz.charts import curves, signed_heatmap
from attnviz.components.equation import Matrix, equation
from attnviz.concepts.position import (
    encoding,
    entry,
    similarity,
    tensor2tensor_layout,
)
from attnviz.figures.curves import Curve, Mark
from attnviz.session.numerals import written
from attnviz.session.settings import Setting, whole
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Lesson, Option

SIZES = (4, 8, 16, 32, 64, 128, 192, 256, 512)  # d_model of the encoding's picture
N_POSITIONS, N_OFFSETS = 50, 100
NEAR, FAR = 3, 6  # offsets to compare; one full turn of the fastest wave is 2 pi
WIDE = 16  # numbers in a row of the chosen vector
SIZE = whole("d_model", 64, SIZES[0], SIZES[-1])
POSITION = whole("position", 10, 0, N_POSITIONS - 1)
DIMENSION = whole("dimension", 8, 0, SIZES[-1] - 1)
SETTINGS: tuple[Setting[Any], ...] = (SIZE, POSITION, DIMENSION)


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
    value, before = (float(table[at, dimension]) for at in (position, max(position - 1, 0)))
    mark = Mark(position, value, written(value), "top left" if value > before else "top right")  # off its wave
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


def predict_distance(opened: Lesson, size: int, position: int, hides: Callable[[], None]) -> None:
    """Ask which of two offsets is more like the chosen position: in few dimensions it may be the farther one."""
    cosine = similarity(position, FAR + 1, size)
    near, far = float(cosine[NEAR]), float(cosine[FAR])
    numbers = {"near": written(near, 3), "far": written(far, 3), "size": size, "a": NEAR, "b": FAR}
    answer = "near" if near > far else "far"
    options = [
        Option(name, opened.say(f"distance_{name}", **numbers), opened.say(f"distance_because_{answer}", **numbers))
        for name in ("near", "far")
    ]
    opened.predict("distance", options, answer, hides, position=position, size=size)


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
            dot_0=written(float(table[0] @ table[NEAR]), 4),
            dot=written(float(table[position] @ table[position + NEAR]), 4),
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
