"""LayerNorm beside BatchNorm on The block: a small batch whose sentences come and go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import streamlit as st

from attnviz.charts import bars
from attnviz.components.equation import Matrix, equation
from attnviz.concepts.normalisation import WRONG_NORMS, Batch, Numbers, compare, drawn_batch, moments
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.markdown import literal
from attnviz.session.matrices import array, matrix
from attnviz.session.numerals import bracketed, written
from attnviz.session.settings import Setting, one_of, whole
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number
from attnviz.ui.lesson import Lesson, Option

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
SETTINGS = (MATES, BATCH, BATCH_SEED, WRONG)


def sentences() -> Numbers:
    """Return the batch that is set, (sentence, token, feature): drawn with the seed, or edited."""
    if BATCH.value == _DRAWN:
        return drawn_batch(BATCH_SEED.value, SENTENCES, 2, FEATURES)
    return array(BATCH).reshape(SENTENCES, -1, FEATURES)


def names_of(opened: Lesson) -> list[list[str]]:
    """Return the words of each sentence of the batch."""
    return [_sentence(opened, index).split() for index in range(SENTENCES)]


def _sentence(opened: Lesson, index: int) -> str:
    return opened.say(f"sentence_{index + 1}")


def batch(opened: Lesson) -> Batch:
    """Draw the batch and both norms of it; return what was computed."""
    _batch_controls(opened)
    found = compare(sentences(), MATES.value)
    present = (0, *MATES.value)
    rows = [token for index in present for token in names_of(opened)[index]]
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
    return found


def _batch_controls(opened: Lesson) -> None:
    names = [" ".join(words) for words in names_of(opened)]
    with st.container(horizontal=True, vertical_alignment="bottom", key="block_mates"):
        show("mates", list(MATES.value))
        st.pills(
            opened.say("mates", first=names[0]),
            range(1, SENTENCES),
            selection_mode="multi",
            key="mates",
            format_func=names.__getitem__,
            on_change=heard("mates", range(1, SENTENCES), lambda mates: MATES.set(tuple(sorted(mates)))),
        )
        with st.container(width=150):
            number(BATCH_SEED, opened.say("seed"), 0, 9999)
        if BATCH.value != _DRAWN:
            st.button(opened.say("batch_again"), on_click=guarded(lambda: BATCH.set(_DRAWN)), icon=":material/undo:")


def _edit(present: Sequence[int], row: int, column: int, value: float) -> None:
    numbers = sentences().copy()
    n_tokens = numbers.shape[1]
    numbers[present[row // n_tokens], row % n_tokens, column] = value
    BATCH.set(tuple(tuple(float(cell) for cell in line) for line in numbers.reshape(-1, FEATURES)))


def both(opened: Lesson, found: Batch) -> None:
    """Draw the first sentence's numbers in the whole batch and in this one, under both norms."""
    first = names_of(opened)[0]
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
                labels, series, look(opened.choices), y_title="", limits=(-limit, limit), digits=1, height=300,
                numbers="none",  # sixteen do not fit a phone
            )  # fmt: skip
            chart(
                figure, f"block_norm_{name}", opened.say("change_alt", which=opened.say(f"norm_{name}"), change=shown)
            )
            measured = moments(over[name])
            st.markdown(
                opened.say(
                    f"over_{name}",
                    word=literal(first[0]),
                    count=len(over[name]),
                    mean=written(measured.mean, 3),
                    variance=f"{measured.variance:.3f}",
                )
            )
            over_root = rf"{{\sqrt{{{measured.variance:.3f}+10^{{-5}}}}}}"
            st.latex(rf"\frac{{{found.x[0, 0]:.1f}-{bracketed(measured.mean, 3)}}}{over_root}={now[0, 0]:.2f}")


def mate(opened: Lesson, found: Batch, hides: Callable[[], None]) -> None:
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
    opened.predict(
        "mate_leaves" if present else "mate_comes",
        [Option(name, opened.say(f"mate_{name}"), why) for name in names],
        answer,
        hides,
        mate=_sentence(opened, leaves),
        first=_sentence(opened, 0),
    )
