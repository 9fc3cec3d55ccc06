"""The wrong ways to normalise on The block."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, equation
from attnviz.components.table import table
from attnviz.concepts.normalisation import WRONG_NORMS, Batch, row_moments, wrong_norm
from attnviz.lessons.block.norms import FEATURES, MATES, WRONG, names_of
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson


def wrong(opened: Lesson, found: Batch) -> None:
    """Let the reader normalise in a wrong way; each row's mean and variance tell."""
    segments(WRONG, opened.say("wrong_which"), WRONG_NORMS, lambda name: opened.say(f"wrong_{name}"))
    way = next(name for name in WRONG_NORMS if name == WRONG.value)
    values = wrong_norm(found.x, way)
    rows = [token for index in (0, *MATES.value) for token in names_of(opened)[index]]
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
