"""The parameter counts of the Many heads page: one head or many, and any model, part by part."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from attnviz.concepts.parameters import (
    GROUPS,
    PRESETS,
    STATED,
    Count,
    HeadSizes,
    Row,
    Shape,
    count,
    divisors,
    growth,
    numel,
    shape_of,
)
from attnviz.figures.bars import bars
from attnviz.figures.curves import Curve, Mark, curves
from attnviz.figures.look import Look
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import slider
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.models import model_named
from attnviz.ui.settings import Setting, one_of, whole
from attnviz.ui.sized import size_of, sized

WIDTHS = (64, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192, 12288)
WIDTH = whole("width", 512, WIDTHS[0], WIDTHS[-1])
SPLIT = whole("split", 8, 1, 128)
SHAPE = one_of("shape", "ours", *PRESETS)
UNSET = -1  # as the preset has it
SIZES: dict[str, tuple[Setting[int], int, int]] = {  # field of Shape -> setting, least, most
    "d_model": (whole("p_width", UNSET, UNSET, 65536), 1, 65536),
    "n_heads": (whole("p_heads", UNSET, UNSET, 65536), 1, 65536),
    "encoder_layers": (whole("p_encoder", UNSET, UNSET, 1000), 0, 1000),
    "decoder_layers": (whole("p_decoder", UNSET, UNSET, 1000), 0, 1000),
    "d_ff": (whole("p_ff", UNSET, UNSET, 1000000), 1, 1000000),
    "vocabulary": (whole("p_vocabulary", UNSET, UNSET, 1000000), 1, 1000000),
    "tables": (whole("p_tables", UNSET, UNSET, 3), 1, 3),
    "positions": (whole("p_positions", UNSET, UNSET, 1000000), 0, 1000000),
}
FLAGS: dict[str, Setting[str]] = {
    name: one_of(f"p_{name}", "preset", "on", "off") for name in ("biases", "norms", "final_norms")
}
CHANGES: tuple[Setting[Any], ...] = (*(setting for setting, _, _ in SIZES.values()), *FLAGS.values())
SETTINGS = (WIDTH, SPLIT, SHAPE, *CHANGES)


def one_or_many(opened: Lesson) -> None:
    """Draw the count of multi-head attention against the number of heads: it does not change."""
    asked = st.container()
    with st.container(key="multi_head_pair_one"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        width = slider(WIDTH, opened.say("width_label"), WIDTHS, lambda number: f"{number:,}")
        offered = [n_heads for n_heads in divisors(width) if n_heads <= 128]
        chosen = HeadSizes(width, slider(SPLIT, opened.say("split_label"), offered))
        total = f"{chosen.total:,}".replace(",", "{,}")
        st.latex(
            rf"\begin{{aligned}}&h\,(3\,d_{{model}}\,d_k + d_k\,d_{{model}})\\"
            rf"&= {chosen.n_heads}\,(3\cdot{width}\cdot{chosen.d_k} + {chosen.d_k}\cdot{width})\\"
            rf"&= 4\cdot{width}^2 = {total}\end{{aligned}}"
        )
        st.markdown(opened.say("heads_count", heads=chosen.n_heads, d_k=chosen.d_k, total=f"{chosen.total:,}"))
    with right:
        names = ("heads", "d_k", "one_matrix", "per_head", "total")
        cells = [
            (n_heads, one.d_k, one.one_matrix, one.per_head, one.total)
            for n_heads, one in ((n_heads, HeadSizes(width, n_heads)) for n_heads in offered)
        ]
        picked = offered.index(chosen.n_heads)
        shown = sorted({*range(0, len(cells), max(1, len(cells) // 7)), picked, len(cells) - 1})
        _table(
            opened.say("count_title"),
            [opened.say(f"column_{name}") for name in names],
            [[f"{number:,}" for number in cells[index]] for index in shown],
            bold=shown.index(picked),
        )
    with asked:
        _ask_fewer(opened, chosen)


def _ask_fewer(opened: Lesson, chosen: HeadSizes) -> None:
    many = chosen if chosen.n_heads > 1 else HeadSizes(chosen.d_model, divisors(chosen.d_model)[1])
    one = HeadSizes(many.d_model, 1)
    offered = {"less": many.per_head, "same": many.total, "more": many.total * many.n_heads}
    answer = next(name for name, total in offered.items() if total == one.total)
    said = {"heads": many.n_heads, "d_k": many.d_k, "total": f"{one.total:,}", "d_model": f"{many.d_model:,}"}
    options = [
        Option(name, f"{total:,}", opened.say(f"fewer_{name}", each=f"{many.one_matrix:,}", **said))
        for name, total in offered.items()
    ]
    opened.predict("fewer", options, answer, **said)


def chosen_shape(own: Shape) -> Shape:
    """Return the preset that the URL names with the sizes that the reader changed; heads must divide d_model."""
    preset = PRESETS.get(SHAPE.value, own)
    changed: dict[str, Any] = {
        name: max(low, size_of(setting, getattr(preset, name))) for name, (setting, low, _) in SIZES.items()
    }
    changed |= {name: flag.value == "on" for name, flag in FLAGS.items() if flag.value != "preset"}
    fitting = [n_heads for n_heads in divisors(changed["d_model"]) if n_heads <= changed["n_heads"]]
    return replace(preset, **changed | {"n_heads": fitting[-1]})


def calculator(opened: Lesson) -> None:
    """Draw the running count of any model, part by part."""
    model = model_named(opened.choices.model)
    own = shape_of(model.transformer.config)
    _preset_control(opened)
    preset = PRESETS.get(SHAPE.value, own)
    shape = chosen_shape(own)
    _size_inputs(opened, preset, shape)
    found = count(shape)
    st.html(f'<p style="margin:0"><b style="font-size:2.1rem">{found.total:,}</b> {opened.say("total_label")}</p>')
    st.markdown(_compared(opened, shape, preset, found, numel(model)))
    _ask_most(opened, found)
    _running_table(opened, found)
    with st.container(key="multi_head_pair_count"):
        left, right = st.columns(2, gap="large")
    with left:
        _shares(opened, found, count(own))
    with right:
        _growth(opened, shape)


def _preset_control(opened: Lesson) -> None:
    def changed() -> None:
        SHAPE.set(st.session_state[SHAPE.name])
        _as_preset()

    st.session_state[SHAPE.name] = SHAPE.value
    st.segmented_control(
        opened.say("shapes"),
        ["ours", *PRESETS],
        key=SHAPE.name,
        format_func=lambda name: opened.say(f"shape_{name}"),
        label_visibility="collapsed",
        required=True,
        on_change=changed,
    )


def _as_preset() -> None:
    for setting in CHANGES:
        setting.set(setting.default)


def _size_inputs(opened: Lesson, preset: Shape, shape: Shape) -> None:
    columns = [*st.columns(4), *st.columns(4)]
    for column, (name, (setting, low, high)) in zip(columns, SIZES.items(), strict=True):
        with column:
            sized(setting, opened.say(f"size_{name}"), getattr(preset, name), low, high)
    if (asked := size_of(SIZES["n_heads"][0], preset.n_heads)) != shape.n_heads:
        st.warning(opened.say("not_even", asked=asked, d_model=shape.d_model, heads=shape.n_heads))
    with st.container(horizontal=True, vertical_alignment="center", key="multi_head_flags"):
        for name in FLAGS:
            _flag(opened, name, getattr(preset, name))
        if shape != preset:
            st.button(
                opened.say("as_preset", shape=opened.say(f"shape_{SHAPE.value}")), key="as_preset", on_click=_as_preset
            )


def _flag(opened: Lesson, name: str, own: bool) -> None:
    setting = FLAGS[name]
    st.session_state[setting.name] = own if setting.value == "preset" else setting.value == "on"

    def changed() -> None:
        on = st.session_state[setting.name]
        setting.set("preset" if on == own else "on" if on else "off")

    st.toggle(opened.say(f"flag_{name}"), key=setting.name, on_change=changed)


def _compared(opened: Lesson, shape: Shape, preset: Shape, found: Count, loaded: int) -> str:
    """Say what a published or a measured count is, beside the computed one."""
    name = SHAPE.value
    if shape != preset:
        return opened.say("compared_changed", shape=opened.say(f"shape_{name}"), preset=f"{count(preset).total:,}")
    if name in STATED:
        percent = 100 * (found.total - STATED[name]) / STATED[name]
        stated = f"{STATED[name] / 1e6:.0f}"
        return opened.say(
            "compared_paper", stated=stated, millions=f"{found.total / 1e6:.1f}", percent=f"{percent:+.1f}"
        )
    share = 100 * found.of("attention") / found.total
    said = {"loaded": f"{loaded:,}", "matrices": f"{found.matrices:,}", "share": f"{share:.1f}"}
    return opened.say(f"compared_{name}", difference=f"{found.total - loaded:,}", **said)


def _running_table(opened: Lesson, found: Count) -> None:
    names = ("part", "one", "times", "all", "running", "share")
    lines = [
        [
            opened.say(f"part_{row.name}"),
            f"{row.rows:,} × {row.columns:,}" if row.rows else f"{row.one:,}",
            _times(opened, row, found.shape),
            f"{row.total:,}",
            f"{running:,}",
            f"{100 * row.total / found.total:.1f} %",
        ]
        for row, running in zip(found.rows, found.running, strict=True)
    ]
    total = [opened.say("part_total"), "", "", f"{found.total:,}", f"{found.total:,}", "100 %"]
    heads = [opened.say(f"column_{name}") for name in names]
    _table(opened.say("calculator_title"), heads, [*lines, total], bold=len(lines))
    st.caption(opened.say("calls_note"))


def _times(opened: Lesson, row: Row, shape: Shape) -> str:
    if row.group == "attention":
        return opened.say("times_heads", heads=shape.n_heads, calls=shape.calls, times=f"{row.times:,}")
    return f"{row.times:,}"


def _table(label: str, names: list[str], lines: list[list[str]], bold: int) -> None:
    """Draw a table of text that can be scrolled sideways, by keyboard too; the first column names the row."""

    def cells(tag: str, line: list[str]) -> str:
        return "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in line)

    body = "".join(
        f"<tr{' class=on' if index == bold else ''}><th scope=row>{escape(line[0])}</th>{cells('td', line[1:])}</tr>"
        for index, line in enumerate(lines)
    )
    head = f"<tr>{cells('th', names)}</tr>"
    st.html(
        f'<div class="attnviz-count" role="region" tabindex="0" aria-label="{escape(label)}">'
        f"<table><thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )


def _ask_most(opened: Lesson, found: Count) -> None:
    offered = GROUPS[:3]
    answer = max(offered, key=found.of)
    options = [
        Option(
            group,
            opened.say(f"group_{group}"),
            opened.say(
                "most_right" if group == answer else "most_wrong",
                group=opened.say(f"group_{group}"),
                count=f"{found.of(group):,}",
                share=f"{100 * found.of(group) / found.total:.1f}",
                best=opened.say(f"group_{answer}"),
                most=f"{100 * found.of(answer) / found.total:.1f}",
            ),
        )
        for group in offered
    ]
    shape = opened.say(f"shape_{SHAPE.value}")
    opened.predict("most", options, answer, shape=shape, total=f"{found.total:,}")


def _shares(opened: Lesson, found: Count, own: Count) -> None:
    st.subheader(opened.say("shares_title"), anchor=False)
    counts = {opened.say("shares_here"): found}
    if found.shape != own.shape:
        counts[opened.say("shape_ours")] = own
    shares = {name: tuple(100 * each.of(group) / each.total for group in GROUPS) for name, each in counts.items()}
    groups = tuple(opened.say(f"group_{group}") for group in GROUPS)
    figure = _share_bars(groups, shares, look(opened.choices), opened.say("shares_axis"))
    chart(figure, "multi_head_shares", opened.say("shares_alt"))


@st.cache_resource(show_spinner=False, max_entries=32)
def _share_bars(groups: tuple[str, ...], shares: dict[str, tuple[float, ...]], seen: Look, axis: str) -> Figure:
    figure = bars(groups, shares, seen, y_title=axis, digits=1)
    figure.update_xaxes(zeroline=False)
    figure.update_traces(constraintext="none", textangle=0)
    if len(shares) == 1:
        figure.update_traces(marker_color=seen.series[: len(groups)])  # as the curves beside it
    return figure


def _growth(opened: Lesson, shape: Shape) -> None:
    st.subheader(opened.say("growth_title"), anchor=False)
    groups = tuple(opened.say(f"group_{group}") for group in GROUPS[:3])
    figure = _growth_curves(shape, groups, look(opened.choices), opened.say("growth_x"), opened.say("growth_y"))
    chart(figure, "multi_head_growth", opened.say("growth_alt"))
    st.markdown(opened.say("growth_text"))


@st.cache_resource(show_spinner=False, max_entries=32)
def _growth_curves(shape: Shape, groups: tuple[str, ...], seen: Look, x_title: str, y_title: str) -> Figure:
    widths = [2**power for power in range(5, 15)]
    grown, now = growth(shape, widths), count(shape)
    drawn = [Curve(name, widths, grown[group]) for name, group in zip(groups, GROUPS[:3], strict=True)]
    marks = [Mark(shape.d_model, now.of(group), "") for group in GROUPS[:3] if now.of(group)]
    return curves(drawn, seen, x_title=x_title, y_title=y_title, x_log=True, y_log=True, marks=marks)
