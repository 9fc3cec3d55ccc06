"""The few rules of style that Streamlit's theme can't express."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from attnviz.figures.look import PALETTE

SIZES = {"normal": 18, "large": 22.5}  # px; the projector's is 1.25 times the normal
_COLOURS = "; ".join(
    "--att-" + re.sub("([A-Z])", r"-\1", name).lower() + f": light-dark({light}, {PALETTE['dark'][name]})"
    for name, light in PALETTE["light"].items()
    if isinstance(light, str)  # no scale: lineStrong is --att-line-strong
)
_RULES = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def style(size: str) -> None:
    """Write the rules into the page, with the type size that the reader chose."""
    st.html(f"<style>\nhtml {{ font-size: {SIZES[size]}px; }}\n.stApp {{ {_COLOURS} }}\n{_RULES}</style>")
