"""The few rules of style that Streamlit's theme can't express."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from attnviz.components.headline import RULES as START
from attnviz.components.present import RULES as PRESENTED
from attnviz.components.token_rows import RULES as TOKENS
from attnviz.figures.look import PALETTE
from attnviz.session.choices import Choices

SIZE = 18  # px
_COLOURS = "; ".join(
    "--att-" + re.sub("([A-Z])", r"-\1", name).lower() + f": light-dark({light}, {PALETTE['dark'][name]})"
    for name, light in PALETTE["light"].items()
    if isinstance(light, str)  # no scale: lineStrong is --att-line-strong
)
_SCHEMES = {"": "light dark", "light": "light", "dark": "dark"}  # what the browser itself paints: its own page, bars
_GROUND = f"light-dark({PALETTE['light']['ground']}, {PALETTE['dark']['ground']})"
# on one line: Streamlit goes through each line of them, in each run
_RULES = ((Path(__file__).parent / "style.css").read_text(encoding="utf-8") + START + TOKENS).replace("\n", " ")


def rules(choices: Choices) -> str:
    """Return the rules, with the type size and the theme that the reader chose."""
    size, more = SIZE * choices.type_scale, PRESENTED if choices.present else ""
    page = f"font-size: {size:g}px; color-scheme: {_SCHEMES[choices.theme]}; background: {_GROUND};"
    return f"html {{ {page} }}\n.stApp {{ {_COLOURS} }}\n{_RULES}{more}"


def style(choices: Choices) -> None:
    """Write the rules into the page."""
    st.html(f"<style>\n{rules(choices)}</style>")
