"""The few rules of style that Streamlit's theme can't express."""

from __future__ import annotations

import streamlit as st

_STYLE = """
<style>
html { font-size: %(size)spx; }
[data-testid="stMainBlockContainer"] { max-width: 1680px; padding: 1rem 80px 44px; }
[data-testid="stHeader"], [data-testid="stHeader"] div { background: transparent; pointer-events: none !important; }
[data-testid="stHeader"] button { pointer-events: auto !important; }
.st-key-bar { border-bottom: 1px solid var(--st-border-color); padding: 0 48px 8px 0; margin-bottom: 8px; }
.attnviz-name { font-weight: 700; font-size: 1.15rem; margin-right: 12px; white-space: nowrap; }
.st-key-sentence input { font-size: 1.1rem; padding: 10px 16px; }
@media (max-width: 1000px) { [data-testid="stMainBlockContainer"] { padding-left: 32px; padding-right: 32px; } }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding-left: 16px; padding-right: 16px; } }
</style>
"""
SIZES = {"normal": 18, "large": 22.5}  # px; the projector's is 1.25 times the normal


def style(size: str) -> None:
    """Write the rules into the page, with the type size that the reader chose."""
    st.html(_STYLE % {"size": SIZES[size]})
