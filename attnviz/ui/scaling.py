"""What only the Why scale page has: its settings, random scores, and the same switch in the trained model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st

from attnviz.components.table import table
from attnviz.concepts.scaling import D_KS, DIVISORS, N_DRAWS, SATURATED, Measured, Rows, measure, row_numbers
from attnviz.concepts.wrong_ways import Comparison, compare
from attnviz.figures import LIGHT, Curve, Mark, bars, curves, head_heatmap
from attnviz.figures.histogram import histogram
from attnviz.trace.steps import row_labels
from attnviz.ui.charts import chart, look
from attnviz.ui.choices import choose
from attnviz.ui.controls import head_control, layer_control, model_control, part_control
from attnviz.ui.inputs import number, segments, slider
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.markdown import literal
from attnviz.ui.screen import Screen
from attnviz.ui.settings import Setting, one_of, whole

D_K = Setting("d_k", 64, {str(d_k): d_k for d_k in D_KS}.get)
SEED = whole("seed", 7, 0, 9999)
DRAW = whole("draw", 1, 1, N_DRAWS)
DIVIDE = one_of("divide", "whole", "none")

_MAP_LIMIT = 48  # tokens up to which both maps stand side by side
_CELL = 19  # pixels: two maps beside each other
_BAR_LIMIT = 16  # keys of a row that are drawn as bars
_BINS = {"few": 0.05, "some": 0.35, "many": 0.65, "most": 1.0}  # upper ends of the answers


@st.cache_resource(show_spinner=False, max_entries=16)
def measured(seed: int) -> tuple[Measured, ...]:
    """Measure all sizes once for all who look at this seed."""
    return measure(seed)


def slider_of_sizes(opened: Lesson) -> tuple[tuple[Measured, ...], Measured]:
    """Draw the slider, which stays in sight; return what was measured for all sizes, and for the chosen one."""
    with st.container(key="scaling_size"):
        d_k = slider(D_K, opened.say("d_k"), D_KS)
    found = measured(SEED.value)
    return found, next(size for size in found if size.d_k == d_k)


def spread(opened: Lesson, found: tuple[Measured, ...], size: Measured) -> None:
    """Show how scores spread at the chosen size, and at all sizes."""
    drawn = look(opened.choices)
    numbers, picture = st.columns([2, 3])
    with numbers:
        st.latex(r"\mathrm{Var}(q\cdot k)=\sum_{i=1}^{d_k}\mathrm{Var}(q_i\,k_i)=d_k")
        st.latex(r"\mathrm{Var}\!\left(\frac{q\cdot k}{\sqrt{d_k}}\right)=\frac{d_k}{d_k}=1")
        st.markdown(
            opened.say(
                "spread_numbers",
                d_k=size.d_k,
                variance=f"{size.variance:.2f}",
                scaled=f"{size.scaled_variance:.2f}",
                sd=f"{math.sqrt(size.variance):.2f}",
                scaled_sd=f"{math.sqrt(size.scaled_variance):.2f}",
                largest=f"{np.abs(size.scores).max():.1f}",
                scaled_largest=f"{np.abs(size.scaled_scores).max():.1f}",
            )
        )
        number(SEED, opened.say("seed"), 0, 9999)
        st.caption(opened.say("how_measured", **_counts(size)))
    with picture:
        figure = histogram(
            {opened.say("unscaled"): size.scores, opened.say("scaled"): size.scaled_scores},
            drawn,
            x_title=opened.say("score"),
            y_title=opened.say("how_many"),
            colours=(drawn.wrong, drawn.accent),
            height=400,
        )
        chart(figure, "scaling_histogram", opened.say("histogram_alt", d_k=size.d_k))
    d_ks = [one.d_k for one in found]
    figure = curves(
        [
            Curve(opened.say("line"), d_ks, d_ks, drawn.ink, "dot"),
            Curve(opened.say("unscaled"), d_ks, [one.variance for one in found], drawn.wrong, points=True),
            Curve(opened.say("scaled"), d_ks, [one.scaled_variance for one in found], drawn.accent, points=True),
        ],
        drawn,
        x_title="d_k",
        y_title=opened.say("variance"),
        x_log=True,
        y_log=True,
        marks=[Mark(size.d_k, size.variance, f"{size.variance:.1f}")],
        height=320,
    )
    _ticks(figure)
    figure.update_yaxes(dtick=1)
    chart(figure, "scaling_variance", opened.say("variance_alt"))


def spread_question(opened: Lesson, found: tuple[Measured, ...], size: Measured) -> None:
    """Ask for the standard deviation at another size than the one on the screen."""
    wanted = size.d_k * 4 if size.d_k * 4 <= D_KS[-1] else size.d_k // 4
    near = next(one for one in found if one.d_k == wanted)
    sd = math.sqrt(near.variance)
    guesses = {"one": 1.0, "root": math.sqrt(wanted), "same": float(wanted), "square": float(wanted) ** 2}
    answer = min(guesses, key=lambda name: abs(math.log(guesses[name] / sd)))
    why = {"d_k": wanted, "sd": f"{sd:.2f}", "variance": f"{near.variance:.1f}"}
    options = [Option(name, f"{guess:,.0f}", opened.say(f"sd_why_{name}", **why)) for name, guess in guesses.items()]
    opened.predict("sd", options, answer, d_k=wanted)


def one_row(opened: Lesson, size: Measured) -> None:
    """Show the weights of one row, divided and not, and the means over all rows."""
    drawn, row = look(opened.choices), DRAW.value - 1
    scaled, plain = size.rows["root"], size.rows["none"]
    keys = [str(key + 1) for key in range(plain.weights.shape[1])]
    numbers, picture = st.columns([2, 3])
    with numbers:
        number(DRAW, opened.say("draw", n=N_DRAWS), 1, N_DRAWS)
        first, second = np.sort(size.scores[row].astype(float))[::-1][:2]
        gap, less = first - second, (first - second) / math.sqrt(size.d_k)
        st.markdown(
            opened.say(
                "gap",
                gap=f"{gap:.2f}",
                factor=f"{math.exp(gap):,.4g}",
                less=f"{less:.2f}",
                factor_less=f"{math.exp(less):,.4g}",
            )
        )
        st.markdown(opened.say("row_numbers", n=N_DRAWS, **_row_places(scaled, plain, row)))
    with picture:
        figure = bars(
            keys,
            {opened.say("scaled"): scaled.weights[row], opened.say("unscaled"): plain.weights[row]},
            drawn,
            y_title=opened.say("weight"),
            x_title=opened.say("key"),
            limits=(0, 1),
            colours=(drawn.accent, drawn.wrong),
            height=400,
        )
        chart(figure, "scaling_row", opened.say("row_alt", row=row + 1, d_k=size.d_k))


def row_question(opened: Lesson, size: Measured) -> None:
    """Ask in how many rows one key takes nine tenths when nothing is divided."""
    shares = {divisor: float((size.rows[divisor].largest > 0.9).mean()) for divisor in DIVISORS}
    answer = next(name for name, end in _BINS.items() if shares["none"] <= end)
    why = {"percent": f"{shares['none']:.0%}", "scaled": f"{shares['root']:.0%}", "d_k": size.d_k}
    options = [
        Option(name, opened.say(f"rows_{name}"), opened.say("rows_why_right" if name == answer else "rows_why", **why))
        for name in _BINS
    ]
    opened.predict("rows", options, answer, d_k=size.d_k, n=N_DRAWS)


def gradient(opened: Lesson, found: tuple[Measured, ...], size: Measured) -> None:
    """Show the norm of the softmax's Jacobian, and how many rows have next to none."""
    drawn, d_ks = look(opened.choices), [one.d_k for one in found]
    norms = {name: [float(one.rows[name].gradient.mean()) for one in found] for name in ("root", "none")}
    stuck = {name: [100 * one.rows[name].saturated for one in found] for name in ("root", "none")}
    at = d_ks.index(size.d_k)
    st.latex(r"\frac{\partial w_i}{\partial s_j}=w_i\,(\delta_{ij}-w_j)")
    for column, values, key in zip(st.columns(2), (norms, stuck), ("gradient", "stuck"), strict=True):
        figure = curves(
            [
                Curve(opened.say("scaled"), d_ks, values["root"], drawn.accent),
                Curve(opened.say("unscaled"), d_ks, values["none"], drawn.wrong),
            ],
            drawn,
            x_title="d_k",
            y_title=opened.say(f"{key}_axis", limit=SATURATED),
            x_log=True,
            marks=[Mark(size.d_k, values[name][at], _mark(key, values[name][at])) for name in ("root", "none")],
        )
        _ticks(figure)
        figure.update_yaxes(rangemode="tozero")
        with column:
            chart(figure, f"scaling_{key}", opened.say(f"{key}_alt", limit=SATURATED))
    harmless = [d_k for d_k, plain, scaled in zip(d_ks, norms["none"], norms["root"], strict=True) if plain >= scaled]
    st.markdown(
        opened.say(
            "gradient_said",
            d_k=size.d_k,
            n=N_DRAWS,
            limit=SATURATED,
            scaled=f"{norms['root'][at]:.3f}",
            unscaled=f"{norms['none'][at]:.3f}",
            stuck=f"{stuck['none'][at]:.0f}",
            stuck_scaled=f"{stuck['root'][at]:.0f}",
            harmless=max(harmless, default=1),
        )
    )
    st.markdown(opened.say("gradient_notes"))


def other_divisor(opened: Lesson, found: tuple[Measured, ...], size: Measured) -> None:
    """Let the reader divide by nothing or by d_k itself, beside the right way."""
    drawn, row, d_ks = look(opened.choices), DRAW.value - 1, [one.d_k for one in found]
    wrong = segments(DIVIDE, opened.say("divide"), ["whole", "none"], lambda name: opened.say(f"divide_{name}"))
    names = {"root": opened.say("scaled"), "none": opened.say("unscaled"), "whole": opened.say("too_small")}
    colours = {"root": drawn.accent, "none": drawn.wrong, "whole": drawn.wrong}
    left, right = st.columns(2)
    with left:
        figure = bars(
            [str(key + 1) for key in range(size.scores.shape[1])],
            {names[name]: size.rows[name].weights[row] for name in ("root", wrong)},  # type: ignore[index]
            drawn,
            y_title=opened.say("weight"),
            x_title=opened.say("key"),
            limits=(0, 1),
            colours=(drawn.accent, drawn.wrong),
            height=380,
        )
        chart(figure, "scaling_wrong_row", opened.say("row_alt", row=row + 1, d_k=size.d_k))
    with right:
        entropies = {name: [float(one.rows[name].entropy.mean()) for one in found] for name in DIVISORS}
        chosen = float(size.rows[wrong].entropy.mean())  # type: ignore[index]
        figure = curves(
            [
                Curve(names[name], d_ks, entropies[name], colours[name], "solid" if name in ("root", wrong) else "dot")
                for name in DIVISORS
            ],
            drawn,
            x_title="d_k",
            y_title=opened.say("entropy_axis"),
            x_log=True,
            marks=[Mark(size.d_k, chosen, f"{chosen:.2f}")],
        )
        _ticks(figure)
        figure.update_yaxes(range=(0, 1.12))
        chart(figure, "scaling_entropy", opened.say("entropy_alt"))
    rows = size.rows[wrong]  # type: ignore[index]
    st.markdown(
        opened.say(
            f"divide_said_{wrong}",
            d_k=size.d_k,
            n=N_DRAWS,
            largest=f"{rows.largest.mean():.3f}",
            entropy=f"{chosen:.3f}",
            right=f"{size.rows['root'].entropy.mean():.3f}",
            uniform=f"{1 / rows.weights.shape[1]:.3f}",
        )
    )


def model_controls(screen: Screen) -> None:
    """Draw the row that says which head of which model is looked at."""
    with st.container(horizontal=True, vertical_alignment="center", key="scaling_head"):
        part_control(screen)
        model_control(screen)
        layer_control(screen)
        head_control(screen)


def in_the_model(opened: Lesson, screen: Screen) -> Comparison:
    """Show one head of the typed sentence with and without the division: maps, one row, all rows."""
    found = compare(screen.attention, screen.head, "no_scaling")
    right, wrong = (row_numbers(way.weights, way.mask) for way in (found.right, found.wrong))
    st.markdown(opened.say("model_said", **_model_places(screen, found, right, wrong)))
    labels = (row_labels(screen.trace, screen.choices.part)[0], screen.trace.key_labels(screen.choices.part))
    if max(map(len, labels)) <= _MAP_LIMIT:
        with st.container(key="scaling_maps"):
            _maps(opened, screen, found, labels)
    _row_of_the_sentence(opened, screen, (right, wrong), labels)
    with st.expander(opened.say("all_rows")):
        _all_rows(opened, screen, (right, wrong), labels[0])
    st.caption(opened.say("absorbed"))
    return found


def order_question(opened: Lesson, found: Comparison) -> None:
    """Ask how many rows have another strongest key when the division is left out."""
    moved = int((found.right.weights.argmax(axis=1) != found.wrong.weights.argmax(axis=1)).sum())
    n = len(found.right.weights)
    answer = "none" if moved == 0 else "few" if moved <= n / 2 else "most"
    options = [
        Option(name, opened.say(f"order_{name}"), opened.say(f"order_why_{name}", n=n, moved=moved))
        for name in ("none", "few", "most")
    ]
    opened.predict("order", options, answer, n=n)


def _maps(opened: Lesson, screen: Screen, found: Comparison, labels: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    drawn = look(screen.choices)
    for column, name, way in zip(st.columns(2), ("scaled", "unscaled"), (found.right, found.wrong), strict=True):
        figure = head_heatmap(
            np.where(way.mask, way.weights, np.float32("nan")),
            *labels,
            drawn,
            row_title="",
            column_title="",
        )
        figure.update_traces(showscale=False)
        figure.update_layout(height=(130 + _CELL * max(len(labels[0]), _BAR_LIMIT)) * drawn.size / LIGHT.size)
        with column:
            st.markdown(opened.say(f"map_{name}"))
            chart(figure, f"scaling_map_{name}", opened.say(f"map_alt_{name}"))


def _row_of_the_sentence(
    opened: Lesson, screen: Screen, ways: tuple[Rows, Rows], labels: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    rows, keys = labels
    st.session_state["scaling_query"] = screen.query
    st.selectbox(
        opened.say("which_row"),
        range(len(rows)),
        key="scaling_query",
        format_func=lambda index: f"{index + 1}. {rows[index]}",
        on_change=lambda: choose(
            layer=screen.layer + 1, head=screen.head + 1, query=st.session_state["scaling_query"] + 1
        ),
    )
    right, wrong = (way.weights[screen.query] for way in ways)
    heaviest = np.sort(np.argsort(-np.maximum(right, wrong), kind="stable")[:_BAR_LIMIT])
    drawn = look(screen.choices)
    figure = bars(
        [keys[index] for index in heaviest],
        {opened.say("scaled"): right[heaviest], opened.say("unscaled"): wrong[heaviest]},
        drawn,
        y_title=opened.say("weight"),
        limits=(0, 1),
        colours=(drawn.accent, drawn.wrong),
        height=360,
    )
    chart(figure, "scaling_sentence_row", opened.say("sentence_row_alt"))
    places = {
        "word": literal(rows[screen.query]),
        "shown": len(heaviest),
        "n": len(keys),
        **_row_places(*ways, screen.query),
    }
    st.markdown(opened.say("sentence_row", **places))


def _all_rows(opened: Lesson, screen: Screen, ways: tuple[Rows, Rows], rows: tuple[str, ...]) -> None:
    right, wrong = ways
    columns = [
        column
        for name in ("largest", "entropy", "gradient")
        for column in ((f"{name}_scaled", getattr(right, name)), (f"{name}_unscaled", getattr(wrong, name)))
    ]
    table(
        "scaling_rows",
        opened.texts,
        np.stack([values for _, values in columns], axis=1),
        caption=opened.say("all_rows"),
        corner=opened.say("query"),
        rows=rows,
        columns=[opened.say(name) for name, _ in columns],
        roles=("query", ""),
        chosen=(screen.query, None),
        on_row=lambda row: choose(layer=screen.layer + 1, head=screen.head + 1, query=row + 1),
    )


def _model_places(screen: Screen, found: Comparison, right: Rows, wrong: Rows) -> dict[str, object]:
    d_k = screen.attention.query.shape[-1]
    scaled, plain = (way.scores[way.mask].std() for way in (found.right, found.wrong))
    return {
        "layer": screen.layer + 1,
        "head": screen.head + 1,
        "d_k": d_k,
        "root": f"{math.sqrt(d_k):.2f}",
        "sd": f"{plain:.2f}",
        "scaled_sd": f"{scaled:.2f}",
        "largest": f"{right.largest.mean():.2f}",
        "largest_plain": f"{wrong.largest.mean():.2f}",
        "n": len(right.largest),
    }


def _row_places(scaled: Rows, plain: Rows, row: int) -> dict[str, object]:
    places: dict[str, object] = {}
    for name in ("largest", "entropy", "gradient"):
        for way, rows in (("scaled", scaled), ("plain", plain)):
            values = getattr(rows, name)
            mean = values[np.isfinite(values)].mean() if np.isfinite(values).any() else math.nan
            places[f"{name}_{way}"] = _shown(values[row])
            places[f"{name}_{way}_mean"] = _shown(mean)
    return places


def _ticks(figure: Any) -> None:
    """Name each size on a logarithmic axis, with room for the first and the last."""
    last = math.log10(D_KS[-1])
    figure.update_xaxes(tickvals=D_KS, ticktext=[str(d_k) for d_k in D_KS], range=(-0.03 * last, 1.04 * last))


def _shown(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _mark(key: str, value: float) -> str:
    return f"{value:.2f}" if key == "gradient" else f"{value:.0f} %"


def _counts(size: Measured) -> dict[str, object]:
    draws, keys = size.scores.shape
    return {"n": f"{draws * keys:,}", "draws": draws, "keys": keys}
