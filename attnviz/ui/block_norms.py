"""The block page, second half: LayerNorm beside BatchNorm, wrong norms, and depth without residual connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, equation
from attnviz.components.table import table
from attnviz.concepts.normalisation import (
    WRONG_NORMS,
    Batch,
    Numbers,
    compare,
    drawn_batch,
    moments,
    row_moments,
    wrong_norm,
)
from attnviz.concepts.residual import TOKENS, WIDTH, Depth, random_depth
from attnviz.figures.bars import bars
from attnviz.figures.curves import Curve, curves
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, segments, slider, switch
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.markdown import literal
from attnviz.ui.matrices import array, matrix
from attnviz.ui.settings import Setting, flag, one_of, whole

SENTENCES, FEATURES = 4, 4
_DRAWN = ((0.0,) * FEATURES,) * (2 * SENTENCES)  # stands for what the seed draws


def _mates() -> Setting[tuple[int, ...]]:
    """Which of sentences 2, 3, ... are in the batch: "2.4", or "none"."""

    def read(text: str) -> tuple[int, ...] | None:
        names = [] if text == "none" else text.split(".")
        known = tuple(mate for mate in range(1, SENTENCES) if str(mate + 1) in names)
        return known if len(known) == len(names) else None

    return Setting("mates", (1,), read, lambda mates: ".".join(str(mate + 1) for mate in mates) or "none")


MATES = _mates()
BATCH = matrix("batch", _DRAWN, bound=99.0)
BATCH_SEED = whole("batch_seed", 1, 0, 9999)
WRONG = one_of("wrong_norm", *WRONG_NORMS)
DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
DEPTH = whole("depth", 24, 1, 48)
DEPTH_SEED = whole("depth_seed", 1, 0, 9999)
DEPTH_NORM = flag("depth_norm", True)
SETTINGS = (MATES, BATCH, BATCH_SEED, WRONG, DEPTH, DEPTH_SEED, DEPTH_NORM)


def sentences() -> Numbers:
    """Return the batch that is set, (sentence, token, feature): drawn with the seed, or edited."""
    if BATCH.value == _DRAWN:
        return drawn_batch(BATCH_SEED.value, SENTENCES, 2, FEATURES)
    return array(BATCH).reshape(SENTENCES, -1, FEATURES)


def _names(opened: Lesson) -> list[list[str]]:
    return [opened.say(f"sentence_{index + 1}").split() for index in range(SENTENCES)]


def batch(opened: Lesson) -> Batch:
    """Draw the batch, both norms of it, and what became of the first sentence; return what was computed."""
    _batch_controls(opened)
    found = compare(sentences(), MATES.value)
    present = (0, *MATES.value)
    rows = [token for index in present for token in _names(opened)[index]]
    columns = [opened.say("feature", number=number) for number in range(1, FEATURES + 1)]

    def drawn(name: str, values: Numbers, title: str, edit: Literal["", "number"] = "") -> Matrix:
        digits = 1 if edit else 2
        return Matrix(name, values, title=title, rows=rows, columns=columns, scale="signed", digits=digits, edit=edit)

    equation(
        "block_batch",
        opened.texts,
        [
            drawn("x", found.x, opened.say("batch_x"), "number"),
            "→",
            drawn("layer", found.layer, "LayerNorm(X)"),
            drawn("batch", found.batch, "BatchNorm(X)"),
        ],
        label=opened.say("batch_label"),
        on_edit=lambda _, row, column, value: _edit(present, row, column, value),
    )
    _both(opened, found)
    return found


def _batch_controls(opened: Lesson) -> None:
    names = [" ".join(words) for words in _names(opened)]
    with st.container(horizontal=True, vertical_alignment="bottom", key="block_mates"):
        st.session_state["mates"] = list(MATES.value)
        st.pills(
            opened.say("mates", first=names[0]),
            range(1, SENTENCES),
            selection_mode="multi",
            key="mates",
            format_func=names.__getitem__,
            on_change=lambda: MATES.set(tuple(sorted(st.session_state["mates"]))),
        )
        with st.container(width=150):
            number(BATCH_SEED, opened.say("seed"), 0, 9999)
        if BATCH.value != _DRAWN:
            st.button(opened.say("batch_again"), on_click=lambda: BATCH.set(_DRAWN), icon=":material/undo:")


def _edit(present: Sequence[int], row: int, column: int, value: float) -> None:
    numbers = sentences().copy()
    n_tokens = numbers.shape[1]
    numbers[present[row // n_tokens], row % n_tokens, column] = value
    BATCH.set(tuple(tuple(float(cell) for cell in line) for line in numbers.reshape(-1, FEATURES)))


def _both(opened: Lesson, found: Batch) -> None:
    """Draw the first sentence's numbers in the whole batch and in this one, under both norms."""
    first = _names(opened)[0]
    labels = [f"{word} {index + 1}" for word in first for index in range(FEATURES)]
    limit = 1.25 * max(float(np.abs(values).max()) for values in (found.layer, found.batch, found.batch_whole))
    over = {"layer": found.x[0], "batch": found.x[:, 0]}
    for column, name in zip(st.columns(2, gap="large"), ("layer", "batch"), strict=True):
        now, whole = getattr(found, name)[: found.n_tokens], getattr(found, f"{name}_whole")
        change = getattr(found, f"{name}_change")
        with column:
            shown = f"{change:.2f}" if change else "0"
            st.metric(opened.say(f"change_{name}"), shown)
            series = {opened.say("with_all"): whole.ravel(), opened.say("with_these"): now.ravel()}
            figure = bars(
                labels, series, look(opened.choices), y_title="", limits=(-limit, limit), digits=1, height=300
            )
            figure.update_traces(textposition="none")  # sixteen numbers do not fit a phone; hover has them
            chart(
                figure, f"block_norm_{name}", opened.say("change_alt", which=opened.say(f"norm_{name}"), change=shown)
            )
            measured = moments(over[name])
            st.markdown(
                opened.say(
                    f"over_{name}",
                    word=literal(first[0]),
                    count=len(over[name]),
                    mean=f"{measured.mean:.3f}",
                    variance=f"{measured.variance:.3f}",
                )
            )
            over_root = rf"{{\sqrt{{{measured.variance:.3f}+10^{{-5}}}}}}"
            st.latex(rf"\frac{{{found.x[0, 0]:.1f}-{_signed(measured.mean)}}}{over_root}={now[0, 0]:.2f}")


def _signed(value: float) -> str:
    return f"({value:.3f})" if value < 0 else f"{value:.3f}"


def mate(opened: Lesson, found: Batch) -> None:
    """Ask whose numbers move when one more sentence leaves the batch, or comes back."""
    present = MATES.value
    leaves = present[-1] if present else 1
    after = compare(sentences(), [index for index in present if index != leaves] if present else [leaves])
    moved = {
        name: float(np.abs(getattr(after, name)[: found.n_tokens] - getattr(found, name)[: found.n_tokens]).max())
        for name in ("layer", "batch")
    }
    names = ("layer", "batch", "both", "neither")
    answer = names[
        [(True, False), (False, True), (True, True), (False, False)].index((moved["layer"] > 0, moved["batch"] > 0))
    ]
    why = opened.say("mate_why", layer=f"{moved['layer']:.2f}", batch=f"{moved['batch']:.2f}")
    words = _names(opened)
    opened.predict(
        "mate_leaves" if present else "mate_comes",
        [Option(name, opened.say(f"mate_{name}"), why) for name in names],
        answer,
        mate=" ".join(words[leaves]),
        first=" ".join(words[0]),
    )


def wrong(opened: Lesson, found: Batch) -> None:
    """Let the reader normalise in a wrong way; each row's mean and variance tell."""
    segments(WRONG, opened.say("wrong_which"), WRONG_NORMS, lambda name: opened.say(f"wrong_{name}"))
    way = next(name for name in WRONG_NORMS if name == WRONG.value)
    values = wrong_norm(found.x, way)
    rows = [token for index in (0, *MATES.value) for token in _names(opened)[index]]
    columns = [opened.say("feature", number=number) for number in range(1, FEATURES + 1)]
    left, right = st.columns(2, gap="large")
    with left:
        equation(
            "block_wrong",
            opened.texts,
            [
                Matrix("right", found.layer, title=opened.say("right_way"), rows=rows, columns=columns, scale="signed"),
                "≠",
                Matrix("wrong", values, title=opened.say("wrong_way"), rows=rows, columns=columns, scale="signed"),
            ],
            label=opened.say("wrong_label"),
        )
    measured = row_moments(values)
    with right:
        table(
            "block_wrong_moments",
            opened.texts,
            measured.astype(np.float32),
            caption=opened.say("wrong_caption"),
            corner=opened.say("token"),
            rows=rows,
            columns=[opened.say("mean"), opened.say("variance")],
        )
        variances = measured[:, 1]
        st.markdown(
            opened.say(
                f"wrong_{way}_shows",
                count=FEATURES,
                least=f"{variances.min():.3f}",
                most=f"{variances.max():.3f}",
                mean=f"{np.abs(measured[:, 0]).max():.3f}",
                tokens=len(rows),
            )
        )


@st.cache_data(show_spinner=False, max_entries=128)
def _depth(n_layers: int, seed: int, residual: bool, norm: bool) -> Depth:
    return random_depth(n_layers, seed, residual=residual, norm=norm)


def depth(opened: Lesson) -> None:
    """Draw signal and gradient by depth, with residual connections and without."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="block_depth"):
        with st.container(width=420):
            n_layers = slider(DEPTH, opened.say("depth"), DEPTHS)
        with st.container(width=150):
            seed = number(DEPTH_SEED, opened.say("seed"), 0, 9999)
        norm = switch(DEPTH_NORM, opened.say("depth_norm"))
    runs = {"with": _depth(n_layers, seed, True, norm), "without": _depth(n_layers, seed, False, norm)}
    drawn = look(opened.choices)
    colours = {"with": drawn.accent, "without": drawn.wrong}
    places = np.arange(2 * n_layers + 1)
    for column, what in zip(st.columns(2, gap="large"), ("apart", "gradient"), strict=True):
        with column:
            st.markdown(f"### {opened.say(f'depth_{what}')}")
            figure = curves(
                [Curve(opened.say(name), places, getattr(run, what), colours[name]) for name, run in runs.items()],
                drawn,
                x_title=opened.say("depth_axis"),
                y_title=opened.say(f"depth_{what}_axis"),
                y_log=True,
                height=330,
            )
            figure.update_yaxes(exponentformat="power")
            chart(figure, f"block_{what}", opened.say(f"depth_{what}_alt", layers=n_layers))
    st.markdown(_ends(opened, runs))
    st.caption(opened.say("depth_caption", layers=n_layers, seed=seed))
    st.markdown(
        opened.say(
            "depth_finding",
            layers=n_layers,
            kept=f"{runs['with'].apart[-1]:.2g}",
            lost=f"{runs['without'].apart[-1]:.1g}",
            times=f"{runs['with'].gradient[0] / runs['without'].gradient[0]:,.3g}",
        )
    )


def _ends(opened: Lesson, runs: dict[str, Depth]) -> str:
    """Return a Markdown table of both ends of the curves: one column a stack."""
    measured = {
        "apart": [run.apart[-1] for run in runs.values()],
        "cosine": [run.cosine[-1] for run in runs.values()],
        "gradient_out": [run.gradient[-1] for run in runs.values()],
        "gradient_in": [run.gradient[0] for run in runs.values()],
    }
    head = [opened.say("depth_measured"), *(opened.say(name) for name in runs)]
    lines = [head, ["---"] + ["---:"] * len(runs)]
    lines += [
        [opened.say(f"depth_column_{name}"), *(f"{value:.3g}" for value in row)] for name, row in measured.items()
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def depth_places() -> dict[str, int]:
    """Return what the section's text names."""
    return {"tokens": TOKENS, "width": WIDTH}
