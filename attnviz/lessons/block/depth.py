"""Depth with residual connections and without, on The block."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.charts import curves
from attnviz.concepts.residual import TOKENS, WIDTH, Depth, random_depth
from attnviz.figures.curves import Curve
from attnviz.session.kept import kept
from attnviz.session.numerals import briefly, scientific, tiny, written
from attnviz.session.settings import flag, whole
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import number, slider, switch
from attnviz.ui.lesson import Lesson

ROUNDING = 1e-14  # of float64, summed over a vector: what is below is no difference
VANISHED = 0.01  # of the gradient at the end: what is left at the input is called vanished below that
DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
DEPTH = whole("depth", 24, 1, 48)
DEPTH_SEED = whole("depth_seed", 1, 0, 9999)
DEPTH_NORM = flag("depth_norm")  # off: there the gradient does vanish without residual connections
SETTINGS = (DEPTH, DEPTH_SEED, DEPTH_NORM)


@kept
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
            chart(figure, f"block_{what}", opened.say(f"depth_{what}_alt", layers=n_layers))
    st.markdown(_ends(opened, runs))
    st.caption(opened.say("depth_caption", layers=n_layers, seed=seed))
    measured = {
        "layers": n_layers,
        "kept": briefly(float(runs["with"].apart[-1])),
        "lost": scientific(float(runs["without"].apart[-1])),
        "times": tiny(float(runs["with"].gradient[0] / runs["without"].gradient[0])),
    }
    st.latex(r"\frac{\partial\,(x+F(x))}{\partial x}=I+\frac{\partial F}{\partial x}")
    st.markdown(opened.say("depth_why", count=2 * n_layers))
    others = {name: _depth(n_layers, seed, name == "with", not norm) for name in runs}
    st.markdown(" ".join(opened.say(name, **told) for name, told in gradients(runs, others, norm)))
    said = ["depth_finding"] + ["depth_collapsed"] * bool(runs["without"].apart[-1] < ROUNDING)
    st.markdown(" ".join(opened.say(name, **measured) for name in said))


def gradients(runs: dict[str, Depth], others: dict[str, Depth], norm: bool) -> list[tuple[str, dict[str, str]]]:
    """Return what is true of the gradients on their way back, string by string with its numbers.

    ``runs``: with residual connections and without; ``others``: the same with LayerNorm switched the other way.
    """

    def told(run: Depth) -> dict[str, str]:
        end, start = float(run.gradient[-1]), float(run.gradient[0])
        return {
            "end": tiny(end),
            "start": tiny(start),
            "factor": written((start / end) ** (1 / (len(run.gradient) - 1))),
        }

    plain = runs["without"]
    vanishes = plain.gradient[0] < VANISHED * plain.gradient[-1]
    start, lost = (tiny(float(others[name].gradient[0])) for name in ("with", "without"))
    return [
        ("depth_vanishes" if vanishes else "depth_stays", told(plain)),
        ("depth_kept", told(runs["with"])),
        ("depth_switch_off" if norm else "depth_switch_on", {"start": start, "lost": lost}),
    ]


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
    lines += [[opened.say(f"depth_column_{name}"), *map(briefly, row)] for name, row in measured.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def depth_places() -> dict[str, int]:
    """Return what the section's text names."""
    return {"tokens": TOKENS, "width": WIDTH}
