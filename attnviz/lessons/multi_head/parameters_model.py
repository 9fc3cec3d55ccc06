"""The parameters of any model on the Many heads page, part by part."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from attnviz.concepts.parameters import GROUPS, PRESETS, STATED, Count, Row, Shape, count, numel, shape_of
from attnviz.lessons.multi_head.parameters import CHANGES, FLAGS, SHAPE, SIZES, chosen_shape, count_table
from attnviz.lessons.multi_head.parameters_pictures import growth_picture, shares_picture
from attnviz.lessons.multi_head.sized import size_of, sized
from attnviz.session.callbacks import guarded, heard, show
from attnviz.session.models import model_named
from attnviz.session.numerals import millions, signed
from attnviz.ui.lesson import Lesson, Option


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

    def parts() -> None:
        st.markdown(_compared(opened, shape, preset, found, numel(model)))
        _running_table(opened, found)
        with st.container(key="multi_head_pair_count"):
            left, right = st.columns(2, gap="large")
        with left:
            shares_picture(opened, found, count(own))
        with right:
            growth_picture(opened, shape)

    _ask_most(opened, found, parts)


def _preset_control(opened: Lesson) -> None:
    def changed(name: str) -> None:
        SHAPE.set(name)
        _as_preset()

    show(SHAPE.name, SHAPE.value)
    st.segmented_control(
        opened.say("shapes"),
        ["ours", *PRESETS],
        key=SHAPE.name,
        format_func=lambda name: opened.say(f"shape_{name}"),
        label_visibility="collapsed",
        required=True,
        on_change=heard(SHAPE.name, ["ours", *PRESETS], changed),
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
                opened.say("as_preset", shape=opened.say(f"shape_{SHAPE.value}")),
                key="as_preset",
                on_click=guarded(_as_preset),
            )


def _flag(opened: Lesson, name: str, own: bool) -> None:
    setting = FLAGS[name]
    show(setting.name, own if setting.value == "preset" else setting.value == "on")

    def changed(on: bool) -> None:
        setting.set("preset" if on == own else "on" if on else "off")

    st.toggle(opened.say(f"flag_{name}"), key=setting.name, on_change=heard(setting.name, (True, False), changed))


def _compared(opened: Lesson, shape: Shape, preset: Shape, found: Count, loaded: int) -> str:
    """Say what a published or a measured count is, beside the computed one."""
    name = SHAPE.value
    if shape != preset:
        return opened.say("compared_changed", shape=opened.say(f"shape_{name}"), preset=f"{count(preset).total:,}")
    if name in STATED:
        percent = 100 * (found.total - STATED[name]) / STATED[name]
        stated, ours = (
            millions(n, opened.texts.language, digits) for n, digits in ((STATED[name], 0), (found.total, 1))
        )
        return opened.say("compared_paper", stated=stated, found=ours, percent=signed(percent, 1))
    share = 100 * found.of("attention") / found.total
    said = {"loaded": f"{loaded:,}", "matrices": f"{found.matrices:,}", "share": f"{share:.1f}"}
    key = {"ours": "compared_ours", "gpt2": "compared_gpt2", "gpt3": "compared_gpt3"}[name]
    return opened.say(key, difference=f"{found.total - loaded:,}", **said)


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
    count_table(opened.say("calculator_title"), heads, [*lines, total], bold=len(lines))
    st.caption(opened.say("calls_note"))


def _times(opened: Lesson, row: Row, shape: Shape) -> str:
    if row.group == "attention":
        return opened.say("times_heads", heads=shape.n_heads, calls=shape.calls, times=f"{row.times:,}")
    return f"{row.times:,}"


def _ask_most(opened: Lesson, found: Count, hides: Callable[[], None]) -> None:
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
    opened.predict("most", options, answer, hides, shape=shape, total=f"{found.total:,}")
