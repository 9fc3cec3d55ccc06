"""What it costs: Table 1 of the paper as curves and numbers, and what is always cheaper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from attnviz.charts import bars, curves
from attnviz.concepts.complexity import (
    FORMULAS,
    KINDS,
    PROJECTIONS,
    Kind,
    cost,
    crossing,
    operations,
)
from attnviz.figures.curves import Curve, Mark
from attnviz.lessons.cost.sizes import (
    COUNTED,
    KERNELS,
    LENGTHS,
    RANGES,
    WIDTHS,
    D,
    K,
    N,
    R,
    chosen,
    colours,
    crossing_places,
    names,
    presets,
)
from attnviz.session.callbacks import heard, show
from attnviz.session.catalog import joined
from attnviz.session.markdown import markdown_table
from attnviz.session.numerals import spoken
from attnviz.session.settings import Setting, one_of
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments, slider, switch
from attnviz.ui.lesson import Lesson, Option

RATIO = one_of("ratio", "4", "1/8", "1/2", "1", "64")
SETTINGS: tuple[Setting[Any], ...] = (RATIO,)
_DASHES = ("solid", "solid", "dash", "dot")
_LONGER = 64  # times the chosen n, in a question
_RATIOS = ("1/8", "1/2", "1", "4", "64")


def table_1(opened: Lesson) -> None:
    """Draw the curves of Table 1 beside their sliders."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        _presets(opened)
        with st.container(key="cost_sizes"):
            for setting, stops in ((N, LENGTHS), (D, WIDTHS), (K, KERNELS), (R, RANGES)):
                slider(setting, opened.say(f"slider_{setting.name}"), stops, lambda number: f"{number:,}")
        switch(COUNTED, opened.say("projections"))
    with left:
        predict_cheapest(opened, lambda: _curves(opened))


def _curves(opened: Lesson) -> None:
    sizes, counted, drawn_as = chosen(), COUNTED.value, look(opened.choices)
    language = opened.texts.language
    shown = []
    for (kind, name), colour, dash in zip(names(opened).items(), colours(drawn_as), _DASHES, strict=True):
        needed = [operations(kind, n, sizes, counted) for n in LENGTHS]
        told = [spoken(number, language) for number in needed]
        shown.append(Curve(name, LENGTHS, needed, colour, dash, told=told))
    costs = {kind: cost(kind, sizes, counted).operations for kind in KINDS}
    meet = crossing(sizes, counted)
    marks = []
    if meet:
        marks = [Mark(meet, operations("recurrent", meet, sizes), opened.say("mark", n=f"{meet:,}"), "bottom right")]
    figure = curves(
        shown, drawn_as, x_title=opened.say("axis_n"), y_title=opened.say("axis_operations"), x_log=True, y_log=True,
        x_ticks={n: f"{n:,}" for n in LENGTHS[::3]}, marks=marks, height=520,
    )  # fmt: skip
    figure.add_vline(sizes.n, line={"color": drawn_as.ink, "width": 2, "dash": "dot"})
    figure.update_yaxes(dtick=2, tickfont_size=1.1 * drawn_as.size)  # raised digits
    listed = "; ".join(f"{name}: {spoken(costs[kind], language)}" for kind, name in names(opened).items())
    chart(figure, "cost_curves", opened.say("curves_alt", n=f"{sizes.n:,}", list=listed))
    st.markdown(opened.say("counted" if counted else "crossing", **crossing_places(sizes, language)))


def _presets(opened: Lesson) -> None:
    offered = presets()
    now = [name for name, (n, d) in offered.items() if (n, d) == (N.value, D.value)]
    show("cost_preset", now[0] if now else None)

    def pressed(name: str) -> None:
        N.set(offered[name][0])
        D.set(offered[name][1])

    st.pills(
        opened.say("presets"),
        list(offered),
        key="cost_preset",
        format_func=lambda name: opened.say(f"preset_{name}"),
        on_change=heard("cost_preset", offered, pressed),
    )


def rows(opened: Lesson) -> None:
    """Write Table 1 out: each formula and its number at the chosen sizes."""
    sizes, counted = chosen(), COUNTED.value
    lines = []
    for kind, name in names(opened).items():
        found, (work, sequential, path) = cost(kind, sizes, counted), FORMULAS[kind]
        work += f" + {PROJECTIONS}" if counted and kind in ("self_attention", "restricted") else ""
        cells = ((work, found.operations), (sequential, found.sequential), (path, found.path))
        lines.append(
            [
                f"**{name}**",
                *(f"$O({formula})$ **{spoken(number, opened.texts.language)}**" for formula, number in cells),
            ]
        )
    head = [opened.say(f"table_{name}") for name in ("layer", "operations", "sequential", "path")]
    with st.container(key="cost_table"):
        st.markdown(markdown_table(head, lines, "lrrr"))
    st.caption(opened.say("table_note", n=f"{sizes.n:,}", d=f"{sizes.d:,}", k=sizes.k, r=f"{sizes.r:,}"))


def always_cheaper(opened: Lesson) -> None:
    """Let the reader make the sentence longer than the vectors are wide, and see the rule fail."""
    sizes = chosen()
    ratio = segments(RATIO, opened.say("ratio"), _RATIOS, lambda name: opened.say("ratio_is", ratio=name))
    top, _, bottom = ratio.partition("/")
    n = max(1, sizes.d * int(top) // int(bottom or 1))
    own, other = (operations(kind, n, sizes) for kind in ("self_attention", "recurrent"))
    language = opened.texts.language
    own_said, other_said = (spoken(number, language) for number in (own, other))
    drawn_as, called = look(opened.choices), names(opened)
    left, right = st.columns([2, 3], gap="large")
    with left:
        figure = bars(
            [called["self_attention"], called["recurrent"]],
            {opened.say("axis_operations"): [own, other]},
            drawn_as,
            y_title=opened.say("axis_operations"),
            limits=(0, 1.2 * max(own, other)),
            colours=[[drawn_as.wrong if own > other else drawn_as.accent, colours(drawn_as)[1]]],
            height=260,
        )
        figure.update_traces(
            customdata=[own_said, other_said], hovertemplate="%{text}: <b>%{customdata}</b><extra></extra>"
        )
        figure.update_yaxes(showticklabels=False)
        chart(figure, "cost_ratio", opened.say("ratio_alt", own=own_said, other=other_said))
    with right:
        st.latex(rf"\frac{{n^2 d}}{{n\,d^2}} = \frac{{n}}{{d}} = \frac{{{n}}}{{{sizes.d}}} = {n / sizes.d:g}")
        verdict = "dearer" if own > other else "cheaper" if own < other else "equal"
        places = {"n": spoken(n, language), "d": f"{sizes.d:,}", "own": own_said, "other": other_said}
        st.markdown(opened.say(f"ratio_{verdict}", **places, times=f"{max(own, other) / min(own, other):g}"))


def predict_double(opened: Lesson) -> None:
    """Ask how self-attention's cost grows when the text gets twice as long."""
    sizes, counted = chosen(), COUNTED.value
    before, after = (operations("self_attention", n, sizes, counted) for n in (sizes.n, 2 * sizes.n))
    before_said, after_said = (spoken(number, opened.texts.language) for number in (before, after))
    answer = f"{after / before:.3g}"
    why = opened.say("double_why", before=before_said, after=after_said, times=answer, twice=f"{2 * sizes.n:,}")
    offered = sorted({"2", "4", "8", answer}, key=float)
    options = [Option(times, opened.say("double_times", times=times), why) for times in offered]
    key = "double_counted" if counted else "double"
    opened.predict(key, options, answer, n=f"{sizes.n:,}", twice=f"{2 * sizes.n:,}", d=f"{sizes.d:,}")


def predict_cheapest(opened: Lesson, hides: Callable[[], None]) -> None:
    """Ask which layer needs the fewest operations on a text much longer than the chosen one."""
    sizes, counted = chosen(), COUNTED.value
    n, language = _LONGER * sizes.n, opened.texts.language
    needed = {kind: operations(kind, n, sizes, counted) for kind in KINDS}
    best = [kind for kind in KINDS if needed[kind] == min(needed.values())]
    listed = joined("; ", (joined(" ", (name, spoken(needed[kind], language))) for kind, name in names(opened).items()))
    why = opened.say("cheapest_why", n=spoken(n, language), list=listed)
    labels = [*names(opened).items(), ("tie", opened.say("cheapest_tie"))]
    options = [Option(name, label, why) for name, label in labels]
    key = "cheapest_counted" if counted else "cheapest"
    answer = best[0] if len(best) == 1 else "tie"
    opened.predict(
        key, options, answer, hides, n=spoken(n, language), times=_LONGER, d=f"{sizes.d:,}", k=sizes.k, r=f"{sizes.r:,}"
    )


def predict_path(opened: Lesson, hides: Callable[[], None]) -> None:
    """Ask whether convolution or restricted attention joins the two ends of the text in fewer layers."""
    sizes = chosen()
    kinds: tuple[Kind, ...] = ("convolution", "restricted")
    paths = {kind: cost(kind, sizes).path for kind in kinds}
    best = min(kinds, key=lambda kind: paths[kind])
    answer = "same" if len(set(paths.values())) == 1 else best
    why = opened.say(
        "path_why",
        n=f"{sizes.n:,}",
        k=sizes.k,
        r=f"{sizes.r:,}",
        **{k: spoken(v, opened.texts.language) for k, v in paths.items()},
    )
    called = names(opened)
    options = [*(Option(kind, called[kind], why) for kind in kinds), Option("same", opened.say("path_same"), why)]
    opened.predict("path", options, answer, hides, n=f"{sizes.n:,}", k=sizes.k, r=f"{sizes.r:,}")
