"""Tokens with their weight under them, and likely tokens with a bar: HTML that wraps on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st

from attnviz.session.numerals import written

RULES = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Chip:
    """One token of a row."""

    label: str
    weight: float | None  # None: hidden by the mask
    chosen: bool = False  # the token whose row this is


def chips(label: str, shown: Sequence[Chip], hidden: str) -> None:
    """Draw one row of weights over its tokens; ``hidden`` is what stands under a masked one."""
    items = "".join(_chip(chip, hidden) for chip in shown)
    st.html(f'<ol class="attnviz-chips" aria-label="{escape(label)}">{items}</ol>')


def _chip(chip: Chip, hidden: str) -> str:
    name = f"<b>{escape(chip.label)}</b>"
    if chip.weight is None:
        return f'<li class="off">{name}<i></i><small>{escape(hidden)}</small></li>'
    mark = ' class="on"' if chip.chosen else ""
    width = 100 * min(1.0, max(0.0, chip.weight))
    return f'<li{mark}>{name}<i><u style="width:{width:.1f}%"></u></i><small>{written(chip.weight)}</small></li>'


@dataclass(frozen=True)
class Candidate:
    """One possible next token."""

    label: str
    probability: float
    chosen: bool
    note: str = ""


def candidates(caption: str, heads: Sequence[str], shown: Sequence[Candidate]) -> None:
    """Draw the likeliest next tokens: name, bar, number."""
    rows = "".join(
        f'<tr{" class=on" if one.chosen else ""}><th scope="row">{escape(one.label)}'
        f"{f' <small>{escape(one.note)}</small>' if one.note else ''}</th>"
        f'<td class="bar"><u style="width:{100 * one.probability:.1f}%"></u></td>'
        f"<td>{written(one.probability, 3)}</td></tr>"
        for one in shown
    )
    head = f'<th scope="col">{escape(heads[0])}</th><th scope="col" colspan="2">{escape(heads[1])}</th>'
    st.html(
        f'<table class="attnviz-next"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
