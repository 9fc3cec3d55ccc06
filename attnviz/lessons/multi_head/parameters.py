"""What the parameter counts of the Many heads page share: their settings, the chosen model, and a table."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from attnviz.concepts.parameters import PRESETS, Shape, divisors
from attnviz.lessons.multi_head.sized import size_of
from attnviz.session.settings import Setting, one_of, whole

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
SETTINGS: tuple[Setting[Any], ...] = (WIDTH, SPLIT, SHAPE, *CHANGES)


def chosen_shape(own: Shape) -> Shape:
    """Return the preset that the URL names with the sizes that the reader changed; heads must divide d_model."""
    preset = PRESETS.get(SHAPE.value, own)
    changed: dict[str, Any] = {
        name: max(low, size_of(setting, getattr(preset, name))) for name, (setting, low, _) in SIZES.items()
    }
    changed |= {name: flag.value == "on" for name, flag in FLAGS.items() if flag.value != "preset"}
    fitting = [n_heads for n_heads in divisors(changed["d_model"]) if n_heads <= changed["n_heads"]]
    return replace(preset, **changed | {"n_heads": fitting[-1]})


def count_table(label: str, names: list[str], lines: list[list[str]], bold: int) -> None:
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
