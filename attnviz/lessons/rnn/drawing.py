"""The bottleneck as a drawing: the encoder's states line by line, the one that passes, what is written from it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from attnviz.figures.look import PALETTE
from attnviz.lessons.rnn.shared import View
from attnviz.trace.records import Array

SHOWN = 24  # numbers of a state that are drawn
_LEVELS = len(PALETTE["light"]["signed"])
_SCALE = "".join(
    f".attnviz-neck .c{place} {{ background: light-dark({light}, {dark}); }}"
    for place, (light, dark) in enumerate(zip(PALETTE["light"]["signed"], PALETTE["dark"]["signed"], strict=True))
)
_STYLE = (
    _SCALE
    + """
.attnviz-neck { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 5fr) minmax(0, 7fr); max-width: 62rem;
  color: var(--att-ink); font-size: clamp(11px, 2.6vw, .89rem); line-height: 1.2; margin: .4rem 0; }
.attnviz-neck h3 { font-size: 1em; font-weight: 600; margin: 0; padding: 0 0 6px; color: var(--att-muted); }
.attnviz-neck ol { display: flex; flex-direction: column; gap: 3px; margin: 0; padding: 0; list-style: none; }
.attnviz-neck li { display: grid; grid-template-columns: 4.6em 1fr; align-items: center; gap: 8px;
  margin: 0; height: 1.35em; overflow: hidden; white-space: nowrap; }
.attnviz-neck li span { text-align: right; overflow: hidden; text-overflow: ellipsis; }
.attnviz-neck .writes li { grid-template-columns: 1fr 5.2em; }
.attnviz-neck .writes li span { text-align: left; }
.attnviz-neck b { display: flex; height: 1.1em; border-radius: 3px; overflow: hidden; }
.attnviz-neck i { flex: 1; }
.attnviz-neck .reads li:not(.passes) b { opacity: .62; }
.attnviz-neck .passes b { outline: 2px solid var(--att-accent); outline-offset: -1px; }
.attnviz-neck .passes span { font-weight: 700; }
.attnviz-neck .neck { position: relative; display: flex; flex-direction: column; justify-content: center;
  text-align: center; gap: 8px; padding: 0 12px; }
.attnviz-neck .neck::before { content: ""; position: absolute; inset: 1.6em 0 0; background: var(--att-accent-soft);
  clip-path: polygon(0 0, 22% calc(50% - 1.9em), 78% calc(50% - 1.9em), 100% 0,
    100% 100%, 78% calc(50% + 1.9em), 22% calc(50% + 1.9em), 0 100%); }
.attnviz-neck .neck > * { position: relative; }
.attnviz-neck .neck b { height: 1.5em; outline: 2px solid var(--att-accent); margin: 0 14%; }
.attnviz-neck .neck p { margin: 0; font-size: .9em; }
.attnviz-neck .neck p:first-child { font-weight: 600; }
"""
)


def drawing(view: View) -> None:
    """Draw both ends and the neck; cells are the first numbers of each state, from -1 to 1, in nine colours."""
    plain, say = view.plain, view.opened.say
    last = len(plain.tokens) - 1
    reads = "".join(
        _line(token, state, "passes" if place == last else "")
        for place, (token, state) in enumerate(zip(plain.tokens, plain.encoder_states, strict=True))
    )
    writes = "".join(
        _line(token, state, after=True) for token, state in zip(plain.next_tokens, plain.decoder_states, strict=True)
    )
    alt = escape(say("neck_alt", tokens=last + 1, written=len(plain.next_tokens)), quote=True)
    st.html(
        f'<style>{_STYLE}</style><div class="attnviz-neck" role="img" aria-label="{alt}">'
        f'<div class="reads"><h3>{escape(say("neck_reads"))}</h3><ol>{reads}</ol></div>'
        f'<div class="neck"><p>{escape(say("neck_last"))}</p>{_cells(plain.encoder_states[-1])}'
        f"<p>{escape(say('neck_all'))}</p></div>"
        f'<div class="writes"><h3>{escape(say("neck_writes"))}</h3><ol>{writes}</ol></div></div>'
    )
    st.caption(say("neck_note", shown=SHOWN))


def _line(token: str, state: Array, kind: str = "", *, after: bool = False) -> str:
    name, cells = f"<span>{escape(token)}</span>", _cells(state)
    return f'<li class="{kind}">{cells + name if after else name + cells}</li>'


def _cells(state: Array) -> str:
    return "<b>" + "".join(f'<i class="c{level}"></i>' for level in levels(state[:SHOWN])) + "</b>"


def levels(numbers: Array) -> Sequence[int]:
    """Return for numbers from -1 to 1 which of the colours of the signed scale is nearest, from 0."""
    places = np.rint((np.clip(numbers, -1, 1) + 1) / 2 * (_LEVELS - 1))
    return [int(place) for place in places]
