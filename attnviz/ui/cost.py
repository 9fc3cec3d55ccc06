"""What only the page What it costs has: sizes to choose, Table 1 in numbers, and the measurement."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import streamlit as st

from attnviz.components.table import table
from attnviz.concepts.complexity import (
    FORMULAS,
    KINDS,
    MEASURED_AT,
    PRESETS,
    PROJECTIONS,
    SEED,
    Kind,
    Measured,
    Sizes,
    cost,
    crossing,
    fit,
    measure,
    operations,
)
from attnviz.figures import Curve, Look, Mark, bars, curves
from attnviz.model.layers import EncoderLayer
from attnviz.trace.tokens import MAX_TOKENS
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments, slider, switch
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.models import model_named
from attnviz.ui.settings import Setting, flag, one_of, whole

LENGTHS = tuple(2**power for power in range(18))
WIDTHS = (8, 16, 32, 64, 128, 192, 256, 512, 768, 1024, 2048, 4096, 8192, 12288, 16384)
KERNELS = (2, 3, 5, 7, 9, 15, 31)
RANGES = tuple(2**power for power in range(13))
N = whole("n", 64, 1, LENGTHS[-1])
D = whole("d", 512, WIDTHS[0], WIDTHS[-1])
K = whole("k", 3, 2, KERNELS[-1])
R = whole("r", 16, 1, RANGES[-1])
COUNTED = flag("projections")
RATIO = one_of("ratio", "4", "1/8", "1/2", "1", "64")
MEASURED = one_of("measured", "time", "memory")
FIT_FROM = whole("from", MEASURED_AT[0], MEASURED_AT[0], MEASURED_AT[-3])
SETTINGS: tuple[Setting[object], ...] = (N, D, K, R, COUNTED, RATIO, MEASURED, FIT_FROM)  # type: ignore[assignment]
_DASHES = ("solid", "solid", "dash", "dot")
_LONGER = 64  # times the chosen n, in a question
_RATIOS = ("1/8", "1/2", "1", "4", "64")


def presets() -> dict[str, tuple[int, int]]:
    """Return the longest text n and the width d of known models, ours first."""
    return {"ours": (MAX_TOKENS, model_named("translator").transformer.config.d_model), **PRESETS}


@st.cache_resource(show_spinner=False)
def measured() -> Measured:
    """Measure the trained model's own attention once for all users of this server."""
    layer = cast(EncoderLayer, model_named("translator").transformer.encoder[0])
    return measure(layer.self_attention)


def names(opened: Lesson) -> dict[Kind, str]:
    """Return what each kind of layer is called."""
    return {kind: opened.say(kind) for kind in KINDS}


def colours(drawn_as: Look) -> tuple[str, ...]:
    """Return each kind of layer's colour."""
    return drawn_as.accent, drawn_as.series[2], drawn_as.series[4], drawn_as.series[0]


def chosen() -> Sizes:
    """Return the sizes that the sliders show: what lies between two of their stops is the nearest below."""
    stops = ((N, LENGTHS), (D, WIDTHS), (K, KERNELS), (R, RANGES))
    return Sizes(*(max(stop for stop in allowed if stop <= setting.value) for setting, allowed in stops))


def table_1(opened: Lesson) -> None:
    """Draw the curves of Table 1 beside their sliders."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        _presets(opened)
        for setting, stops in ((N, LENGTHS), (D, WIDTHS), (K, KERNELS), (R, RANGES)):
            slider(setting, opened.say(f"slider_{setting.name}"), stops, lambda number: f"{number:,}")
        counted = switch(COUNTED, opened.say("projections"))
    sizes, drawn_as = chosen(), look(opened.choices)
    shown = [
        Curve(name, LENGTHS, [operations(kind, n, sizes, counted) for n in LENGTHS], colour, dash)
        for (kind, name), colour, dash in zip(names(opened).items(), colours(drawn_as), _DASHES, strict=True)
    ]
    costs = {kind: cost(kind, sizes, counted).operations for kind in KINDS}
    meet = crossing(sizes, counted)
    marks = [Mark(meet, operations("recurrent", meet, sizes), opened.say("mark", n=f"{meet:,}"))] if meet else []
    figure = curves(
        shown, drawn_as, x_title=opened.say("axis_n"), y_title=opened.say("axis_operations"), x_log=True, y_log=True,
        marks=marks, height=520,
    )  # fmt: skip
    figure.update_traces(textposition="bottom right", selector={"mode": "markers+text"})
    figure.add_vline(sizes.n, line={"color": drawn_as.ink, "width": 2, "dash": "dot"})
    figure.update_xaxes(tickvals=LENGTHS[::3], ticktext=[f"{n:,}" for n in LENGTHS[::3]])
    figure.update_yaxes(exponentformat="power", dtick=2)
    with left:
        spoken = "; ".join(f"{name}: {costs[kind]:,}" for kind, name in names(opened).items())
        chart(figure, "cost_curves", opened.say("curves_alt", n=f"{sizes.n:,}", list=spoken))
    st.markdown(opened.say("counted" if counted else "crossing", **crossing_places(sizes)))


def _presets(opened: Lesson) -> None:
    offered = presets()
    now = [name for name, (n, d) in offered.items() if (n, d) == (N.value, D.value)]
    st.session_state["cost_preset"] = now[0] if now else None

    def pressed() -> None:
        if name := st.session_state["cost_preset"]:
            N.set(offered[name][0])
            D.set(offered[name][1])

    st.pills(
        opened.say("presets"),
        list(offered),
        key="cost_preset",
        format_func=lambda name: opened.say(f"preset_{name}"),
        on_change=pressed,
    )


def crossing_places(sizes: Sizes) -> dict[str, str]:
    """Return the numbers that the text on the crossing tells."""
    own, other = (operations(kind, sizes.n, sizes) for kind in ("self_attention", "recurrent"))
    added = operations("self_attention", sizes.n, sizes, True) - own
    numbers = {
        "n": sizes.n, "d": sizes.d, "own": own, "other": other, "added": added, "four_d": 4 * sizes.d,
        "lstm": 8 * other, "total": own + added,
    }  # fmt: skip
    return {name: f"{number:,}" for name, number in numbers.items()} | {"ratio": f"{own / other:.4g}"}


def rows(opened: Lesson) -> None:
    """Write Table 1 out: each formula and its number at the chosen sizes."""
    sizes, counted = chosen(), COUNTED.value
    lines = [opened.say("table_head"), "|:--|--:|--:|--:|"]
    for kind, name in names(opened).items():
        found, (work, sequential, path) = cost(kind, sizes, counted), FORMULAS[kind]
        work += f" + {PROJECTIONS}" if counted and kind in ("self_attention", "restricted") else ""
        cells = ((work, found.operations), (sequential, found.sequential), (path, found.path))
        lines.append(
            f"| **{name}** | " + " | ".join(f"$O({formula})$ **{number:,}**" for formula, number in cells) + " |"
        )
    with st.container(key="cost_table"):
        st.markdown("\n".join(lines))
    st.caption(opened.say("table_note", n=f"{sizes.n:,}", d=f"{sizes.d:,}", k=sizes.k, r=f"{sizes.r:,}"))


def always_cheaper(opened: Lesson) -> None:
    """Let the reader make the sentence longer than the vectors are wide, and see the rule fail."""
    sizes = chosen()
    ratio = segments(RATIO, opened.say("ratio"), _RATIOS, lambda name: opened.say("ratio_is", ratio=name))
    top, _, bottom = ratio.partition("/")
    n = max(1, sizes.d * int(top) // int(bottom or 1))
    own, other = (operations(kind, n, sizes) for kind in ("self_attention", "recurrent"))
    drawn_as, called = look(opened.choices), names(opened)
    left, right = st.columns([2, 3], gap="large")
    with left:
        figure = bars(
            [called["self_attention"], called["recurrent"]],
            {opened.say("axis_operations"): [own, other]},
            drawn_as,
            y_title=opened.say("axis_operations"),
            height=260,
        )
        figure.update_traces(marker_color=[drawn_as.wrong if own > other else drawn_as.accent, colours(drawn_as)[1]])
        figure.update_traces(texttemplate="%{y:.3s}", hovertemplate="%{text}: <b>%{y:,.0f}</b><extra></extra>")
        figure.update_yaxes(range=[0, 1.2 * max(own, other)], exponentformat="SI")
        chart(figure, "cost_ratio", opened.say("ratio_alt", own=f"{own:,}", other=f"{other:,}"))
    with right:
        st.latex(rf"\frac{{n^2 d}}{{n\,d^2}} = \frac{{n}}{{d}} = \frac{{{n}}}{{{sizes.d}}} = {n / sizes.d:g}")
        verdict = "dearer" if own > other else "cheaper" if own < other else "equal"
        st.markdown(
            opened.say(f"ratio_{verdict}", n=f"{n:,}", d=f"{sizes.d:,}", own=f"{own:,}", other=f"{other:,}",
                       times=f"{max(own, other) / min(own, other):g}")
        )  # fmt: skip


def predict_double(opened: Lesson) -> None:
    """Ask how self-attention's cost grows when the text gets twice as long."""
    sizes, counted = chosen(), COUNTED.value
    before, after = (operations("self_attention", n, sizes, counted) for n in (sizes.n, 2 * sizes.n))
    answer = f"{after / before:.3g}"
    why = opened.say("double_why", before=f"{before:,}", after=f"{after:,}", times=answer, twice=f"{2 * sizes.n:,}")
    offered = sorted({"2", "4", "8", answer}, key=float)
    options = [Option(times, opened.say("double_times", times=times), why) for times in offered]
    key = "double_counted" if counted else "double"
    opened.predict(key, options, answer, n=f"{sizes.n:,}", twice=f"{2 * sizes.n:,}", d=f"{sizes.d:,}")


def predict_cheapest(opened: Lesson) -> None:
    """Ask which layer needs the fewest operations on a text much longer than the chosen one."""
    sizes, counted = chosen(), COUNTED.value
    n = _LONGER * sizes.n
    needed = {kind: operations(kind, n, sizes, counted) for kind in KINDS}
    best = [kind for kind in KINDS if needed[kind] == min(needed.values())]
    listed = "; ".join(f"{name} {needed[kind]:,}" for kind, name in names(opened).items())
    why = opened.say("cheapest_why", n=f"{n:,}", list=listed)
    labels = [*names(opened).items(), ("tie", opened.say("cheapest_tie"))]
    options = [Option(name, label, why) for name, label in labels]
    key = "cheapest_counted" if counted else "cheapest"
    answer = best[0] if len(best) == 1 else "tie"
    opened.predict(key, options, answer, n=f"{n:,}", times=_LONGER, d=f"{sizes.d:,}", k=sizes.k, r=f"{sizes.r:,}")


def predict_path(opened: Lesson) -> None:
    """Ask whether convolution or restricted attention joins the two ends of the text in fewer layers."""
    sizes = chosen()
    kinds: tuple[Kind, ...] = ("convolution", "restricted")
    paths = {kind: cost(kind, sizes).path for kind in kinds}
    best = min(kinds, key=lambda kind: paths[kind])
    answer = "same" if len(set(paths.values())) == 1 else best
    why = opened.say(
        "path_why", n=f"{sizes.n:,}", k=sizes.k, r=f"{sizes.r:,}", **{k: f"{v:,}" for k, v in paths.items()}
    )
    called = names(opened)
    options = [*(Option(kind, called[kind], why) for kind in kinds), Option("same", opened.say("path_same"), why)]
    opened.predict("path", options, answer, n=f"{sizes.n:,}", k=sizes.k, r=f"{sizes.r:,}")


def measurement(opened: Lesson) -> None:
    """Draw the measured time or memory of our own attention beside Table 1's curve, with its fitted exponent."""
    found, drawn_as = measured(), look(opened.choices)
    d = presets()["ours"][1]
    sizes = Sizes(MEASURED_AT[-1], d, chosen().k, chosen().r)
    left, right = st.columns([3, 2], gap="large")
    with right:
        what = segments(MEASURED, opened.say("measured"), ("time", "memory"), lambda name: opened.say(name))
        start = slider(FIT_FROM, opened.say("fit_from"), MEASURED_AT[:-2])
    values = found.time if what == "time" else found.memory
    used = found.n >= start
    fitted = fit(found.n[used], values[used])
    share = values / values[-1]
    line = np.geomspace(start, MEASURED_AT[-1], 30)
    theory = {
        counted: [operations("self_attention", n, sizes, counted) for n in MEASURED_AT] for counted in (False, True)
    }
    shown = [
        Curve(opened.say(what), found.n, share, drawn_as.accent, points=True),
        Curve(
            opened.say("fitted", exponent=f"{fitted.exponent:.2f}"), line, fitted.at(line) / values[-1], drawn_as.accent
        ),
        Curve(opened.say("theory"), found.n, np.array(theory[False]) / theory[False][-1], drawn_as.series[0], "dash"),
        Curve(
            opened.say("theory_projections"),
            found.n,
            np.array(theory[True]) / theory[True][-1],
            drawn_as.series[2],
            "dot",
        ),
    ]
    figure = curves(
        shown, drawn_as, x_title=opened.say("axis_n"), y_title=opened.say("axis_share", n=MEASURED_AT[-1]), x_log=True,
        y_log=True, height=460,
    )  # fmt: skip
    figure.update_xaxes(tickvals=MEASURED_AT, ticktext=[str(n) for n in MEASURED_AT])
    figure.update_yaxes(exponentformat="power", dtick=1)
    with left:
        chart(
            figure,
            "cost_measured",
            opened.say("measured_alt", what=opened.say(what), exponent=f"{fitted.exponent:.2f}"),
        )
    with right:
        st.latex(rf"{what[0].upper()}(n) \propto n^{{{fitted.exponent:.2f}}}")
        expected = fit(found.n[used], np.array(theory[True])[used]).exponent
        st.markdown(
            opened.say(
                f"{what}_finding",
                exponent=f"{fitted.exponent:.2f}", start=start, end=MEASURED_AT[-1], expected=f"{expected:.2f}",
                whole=f"{fit(found.n, values).exponent:.2f}", times=f"{values[-1] / values[-2]:.2f}",
                square=f"{100 * found.square[-1] / found.memory[-1]:.0f}",
                first=f"{100 * found.square[0] / found.memory[0]:.0f}", first_n=MEASURED_AT[0],
            )
        )  # fmt: skip
        if what == "time":
            st.caption(opened.say("noise", noise=f"{found.noise:.1f}", runs=found.seconds.shape[1], seed=SEED))
    _measured_table(opened, found)
    own = chosen()
    one = operations("self_attention", own.n, Sizes(own.n, 1, own.k, own.r))  # n^2: one head's weights
    st.markdown(opened.say("one_head", n=f"{own.n:,}", numbers=f"{one:,}", bytes=_size(4 * one)))


def _measured_table(opened: Lesson, found: Measured) -> None:
    slopes = [np.concatenate([[np.nan], np.diff(np.log2(values))]) for values in (found.time, found.memory)]
    columns = (1000 * found.time, slopes[0], found.memory / 2**20, slopes[1], 100 * found.square / found.memory)
    table(
        "cost_measured_table",
        opened.texts,
        np.stack(columns, axis=1).astype(np.float32),
        caption=opened.say("measured_caption"),
        corner="n",
        rows=[str(n) for n in found.n],
        columns=[opened.say(f"column_{name}") for name in ("time", "time_slope", "memory", "memory_slope", "square")],
        digits=2,
    )


def _size(n_bytes: int) -> str:
    """Bytes with the unit that keeps them readable."""
    power = min(int(math.log(n_bytes, 1024)), 4)
    return f"{n_bytes / 1024**power:.3g} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"
