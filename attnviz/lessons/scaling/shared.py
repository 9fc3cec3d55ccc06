"""What the sections of the Why scale page share: its settings, the slider of sizes, names of what is drawn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st

from attnviz.concepts.scaling import D_KS, N_DRAWS, Measured, Rows, measure
from attnviz.session.kept import kept
from attnviz.session.numerals import known
from attnviz.session.settings import Setting, one_of, whole
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Lesson

D_K = Setting("d_k", 64, {str(d_k): d_k for d_k in D_KS}.get)
SEED = whole("seed", 7, 0, 9999)
DRAW = whole("draw", 1, 1, N_DRAWS)
DIVIDE = one_of("divide", "whole", "none")
# each size has its name on a logarithmic axis, with room for the first and the last
SIZE_TICKS = {d_k: str(d_k) for d_k in D_KS}
SIZE_RANGE = (-0.03 * math.log10(D_KS[-1]), 1.04 * math.log10(D_KS[-1]))


@kept
def measured(seed: int) -> tuple[Measured, ...]:
    """Measure all sizes once for all who look at this seed."""
    return measure(seed)


def measured_at(seed: int, d_k: int) -> Measured:
    """Return what was measured at one size."""
    return measured(seed)[D_KS.index(d_k)]


def slider_of_sizes(opened: Lesson) -> tuple[tuple[Measured, ...], Measured]:
    """Draw the slider, which stays in sight; return what was measured for all sizes, and for the chosen one."""
    with st.container(key="scaling_size"):
        d_k = slider(D_K, opened.say("d_k"), D_KS)
    return measured(SEED.value), measured_at(SEED.value, d_k)


def row_places(scaled: Rows, plain: Rows, row: int) -> dict[str, object]:
    """Return the numbers of one row, divided and not, and their means over all rows."""
    places: dict[str, object] = {}
    for name in ("largest", "entropy", "gradient"):
        for way, rows in (("scaled", scaled), ("plain", plain)):
            values: Any = getattr(rows, name)
            mean = values[np.isfinite(values)].mean() if np.isfinite(values).any() else math.nan
            places[f"{name}_{way}"] = known(values[row], 3)
            places[f"{name}_{way}_mean"] = known(mean, 3)
    return places
