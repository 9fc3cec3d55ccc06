"""One word through one sub-layer on The block: its four vectors, one number written out, what comes next."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.charts import profiles
from attnviz.components.table import table
from attnviz.concepts.normalisation import Moments, WrittenOut, moments
from attnviz.concepts.vectors import cosine
from attnviz.figures.profiles import Profile
from attnviz.lessons.block.shared import Block, place
from attnviz.session import numerals
from attnviz.session.callbacks import heard, show
from attnviz.session.choices import choose
from attnviz.session.numerals import bracketed
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Option


def vectors(shown: Block) -> None:
    """Draw the four vectors, their moments, and one number written out."""
    opened, sub_layer, token = shown.opened, shown.sub_layer, shown.screen.query
    found = {name: getattr(sub_layer, name)[token] for name in shown.vectors}
    measured = {name: moments(vector) for name, vector in found.items()}
    left, right = st.columns((5, 4), gap="large")
    with left:
        limit = max(float(np.abs(found[name]).max()) for name in ("x", "output", "total"))
        own = float(np.abs(found["normalised"]).max())
        drawn = [
            Profile(_panel(shown, name, moment), found[name], moment.mean, moment.variance**0.5, panel_limit)
            for name, moment in measured.items()
            for panel_limit in [own if name == "normalised" else limit]
        ]
        figure = profiles(drawn, look(opened.choices), x_title=opened.say("number_axis"), chosen=shown.number)
        chart(figure, "block_vectors", opened.say(f"vectors_alt{shown.form}"))
        st.caption(opened.say(f"vectors_caption{shown.form}"))
    with right:
        st.latex(
            r"\mathrm{LayerNorm}\big(x+\mathrm{Sublayer}(x)\big)"
            if shown.is_post
            else r"\mathrm{sum}=x+\mathrm{Sublayer}\big(\mathrm{LayerNorm}(x)\big)"
        )
        written = shown.written
        rows = {**measured, "standard": written.between}
        at = shown.vectors.index("normalised")
        order = (*shown.vectors[:at], "standard", *shown.vectors[at:])
        table(
            "block_moments",
            opened.texts,
            np.array([[rows[name].mean, rows[name].variance, rows[name].length] for name in order]),
            caption=opened.say("moments_caption", word=place(shown.screen, shown.stack, token)),
            corner=opened.say("vector"),
            rows=[shown.row(name) for name in order],
            columns=[opened.say(name) for name in ("mean", "variance", "length")],
        )
        _one_number(shown, written)


def _panel(shown: Block, name: str, moment: Moments) -> str:
    return shown.opened.say(
        "panel",
        which=shown.row(name),
        mean=numerals.written(moment.mean, 3),
        variance=f"{moment.variance:.3f}",
    )


def _one_number(shown: Block, written: WrittenOut) -> None:
    opened, number = shown.opened, shown.number
    show("dim", number + 1)
    st.number_input(
        opened.say("which_number", count=len(written.x)),
        1,
        len(written.x),
        key="dim",
        on_change=heard(
            "dim",
            range(1, len(written.x) + 1),
            lambda dim: choose(layer=shown.screen.layer + 1, query=shown.screen.query + 1, dim=dim),
        ),
    )
    x, output = (float(array[shown.screen.query][number]) for array in (shown.sub_layer.x, shown.sub_layer.output))
    total = rf"\mathrm{{sum}}_i&={x:.4f}+{bracketed(output, 4)}=\mathbf{{{x + output:.3f}}}"
    lines = [total, _norm_lines(written, number, r"\mathrm{sum}" if shown.is_post else "x")]
    in_order = lines if shown.is_post else lines[::-1]
    st.latex(r"\begin{aligned}" + r"\\[6pt]".join(in_order) + r"\end{aligned}")
    st.caption(opened.say(f"number_caption{shown.form}"))


def _norm_lines(written: WrittenOut, number: int, symbol: str) -> str:
    read, gain, bias = (float(array[number]) for array in (written.x, written.norm.gain, written.norm.bias))
    mean, variance = written.before.mean, written.before.variance
    return (
        rf"s_i&=\frac{{{symbol}_i-\mathrm{{mean}}}}{{\sqrt{{\mathrm{{variance}}+\varepsilon}}}}\\[4pt]"
        rf"&=\frac{{{read:.4f}-{bracketed(mean, 4)}}}{{\sqrt{{{variance:.4f}+{written.norm.eps:.5f}}}}}"
        rf"\\&={written.standard[number]:.4f}\\[6pt]"
        r"\mathrm{LN}_i&=s_i\cdot g_i+b_i\\"
        rf"&={written.standard[number]:.4f}\cdot{gain:.4f}+{bracketed(bias, 4)}\\"
        rf"&=\mathbf{{{written.result[number]:.3f}}}"
    )


def all_numbers(shown: Block) -> None:
    """Offer every number of the four vectors, with gain and bias, as a table."""
    opened, sub_layer, token = shown.opened, shown.sub_layer, shown.screen.query
    columns = [getattr(sub_layer, name)[token] for name in shown.vectors] + [sub_layer.norm.gain, sub_layer.norm.bias]
    with st.expander(opened.say("all_numbers", count=len(columns[0]))):
        table(
            "block_numbers",
            opened.texts,
            np.stack(columns, axis=1),
            caption=opened.say("all_numbers", count=len(columns[0])),
            corner=opened.say("number"),
            rows=[str(number) for number in range(1, len(columns[0]) + 1)],
            columns=[shown.row(name) for name in shown.vectors] + [opened.say("gain"), opened.say("bias")],
            digits=4,
            chosen=(shown.number, None),
        )


def next_vector(shown: Block) -> None:
    """Ask which of the vectors the next sub-layer gets; the answer is the one that equals what it got."""
    token = shown.screen.query
    received = shown.screen.trace.residual[shown.after][token]
    far = {name: float(np.abs(getattr(shown.sub_layer, name)[token] - received).max()) for name in shown.vectors[1:]}
    nearest = min(far, key=far.__getitem__)
    before, after = (getattr(shown.sub_layer, name)[token] for name in ("x", nearest))
    options = [
        Option(
            name,
            shown.opened.say(f"next_{name}" if name == "output" else f"next_{name}{shown.form}"),
            shown.opened.say(
                "next_is" if name == nearest else "next_is_not",
                far=numerals.tiny(far[name]),
                kept=numerals.written(float(cosine(before, after))),
            ),
        )
        for name in far
    ]
    shown.opened.predict("next", options, nearest, word=shown.word)
