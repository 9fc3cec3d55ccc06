"""What the sections of the Warm-up page share: its settings, and the schedule that they ask for."""

from __future__ import annotations

import streamlit as st

from attnviz.concepts.schedule import Schedule, schedule
from attnviz.session.numerals import scientific
from attnviz.session.settings import Setting, flag, one_of, whole
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Lesson

WIDTHS = (64, 128, 192, 256, 512, 768, 1024, 2048, 4096)
WARMUPS = (100, 200, 500, 1000, 2000, 4000, 8000, 16000)
D_MODEL = Setting("d_model", 512, {str(width): width for width in WIDTHS}.get)
WARMUP = Setting("warmup", 4000, {str(steps): steps for steps in WARMUPS}.get)
AXES = one_of("axes", "linear", "log")
WITHOUT = flag("without", default=True)
SEED = whole("seed", 1, 0, 9999)

SHOWN = 6  # warm-ups that the picture is long


def sliders(opened: Lesson) -> Schedule:
    """Draw the two sliders; return the schedule that they ask for."""
    left, right = st.columns(2)
    with left:
        d_model = slider(D_MODEL, opened.say("d_model"), WIDTHS)
    with right:
        warmup = slider(WARMUP, opened.say("warmup"), WARMUPS, lambda steps: f"{steps:,}")
    return schedule(d_model, warmup, SHOWN * warmup)


def places(found: Schedule) -> dict[str, object]:
    """Return what the texts of this page name."""
    return {"d_model": found.d_model, "warmup": f"{found.warmup:,}", "peak": scientific(found.peak, 3)}
