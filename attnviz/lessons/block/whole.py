"""The whole encoder and decoder as one drawing, with the reader's sentence and its translation at its ends."""

from __future__ import annotations

from html import escape

import streamlit as st

from attnviz.lessons.block.shared import Block
from attnviz.session.models import model_named
from attnviz.trace.pieces import joined
from attnviz.trace.records import Attention

_STYLE = """
.attnviz-whole { display: grid; grid-template-columns: 1fr 1fr; gap: 0 18px; max-width: 46rem; margin: auto;
  font-size: clamp(13px, 2.4vw, 17px); line-height: 1.3; color: var(--att-ink); text-align: center; }
.attnviz-whole > * { display: flex; flex-direction: column; justify-content: flex-end; }
.attnviz-whole .stack { border: 2px solid var(--att-line-strong); border-radius: 14px; padding: 8px; }
.attnviz-whole .box { border: 2px solid var(--att-ink); border-radius: 9px; padding: 6px 4px;
  background: var(--att-ground); overflow-wrap: anywhere; }
.attnviz-whole .attention { border-color: var(--att-accent); }
.attnviz-whole .up { height: 22px; line-height: 22px; }
.attnviz-whole .across { color: var(--att-accent); font-weight: 600; text-align: right; padding: 4px 0; }
.attnviz-whole small { display: block; color: var(--att-muted); font-size: .86em; }
.attnviz-whole .words { padding: 6px 2px; font-weight: 600; overflow-wrap: anywhere; }
"""


def whole(shown: Block) -> None:
    """Draw both stacks from below upwards, with the sizes of the model on the screen."""
    trace, say = shown.screen.trace, shown.opened.say
    d_model = trace.embeddings.shape[1]
    vocabulary = trace.logits.shape[1]

    def box(name: str, small: str = "", kind: str = "") -> str:
        under = f"<small>{escape(small)}</small>" if small else ""
        return f'<div class="box {kind}">{escape(say(name))}{under}</div>'

    def heads(call: Attention) -> str:
        return say("whole_heads", heads=call.n_heads, d_k=call.query.shape[-1])

    d_ff = model_named(shown.screen.choices.model).transformer.config.d_ff
    up = '<div class="up" aria-hidden="true">↑</div>'
    forward = box("whole_forward", f"{d_model:,} → {d_ff:,} → {d_model:,}")
    writes = (*trace.target_word_of[1:], None)  # the word of the token that each position writes
    source, read, written = (
        joined(trace.tokens, trace.word_of),
        joined(trace.target_tokens, trace.target_word_of),
        joined(trace.next_tokens, writes),
    )
    encoder = (
        f'<div><div class="across">{escape(say("whole_memory"))} {len(trace.tokens)} × {d_model:,}'
        f"<br>{escape(say('whole_keys'))}</div>{up}"
        f'<div class="stack"><small>{escape(say("whole_encoder", count=len(trace.encoder_self)))}</small>'
        f"{forward}{up}{box('whole_self', heads(trace.encoder_self[0]), 'attention')}</div>"
        f"{up}{box('whole_embed', f'{vocabulary:,} × {d_model:,}')}{up}"
        f'<div class="words"><small>{escape(say("whole_source"))}</small>{escape(source)}</div></div>'
    )
    decoder = (
        f'<div><div class="words"><small>{escape(say("whole_written"))}</small>{escape(written)}</div>{up}'
        f"{box('whole_softmax')}{up}{box('whole_scores', f'{d_model:,} → {vocabulary:,}')}{up}"
        f'<div class="stack"><small>{escape(say("whole_decoder", count=len(trace.decoder_self)))}</small>'
        f"{forward}{up}"
        f"{box('whole_cross', f'{heads(trace.cross[0])}. ' + say('whole_query'), 'attention')}{up}"
        f"{box('whole_masked', heads(trace.decoder_self[0]), 'attention')}</div>"
        f"{up}{box('whole_embed', f'{vocabulary:,} × {d_model:,}')}{up}"
        f'<div class="words"><small>{escape(say("whole_read"))}</small>{escape(read)}</div></div>'
    )
    counts = {"encoder": len(trace.encoder_self), "decoder": len(trace.decoder_self)}
    alt = escape(say("whole_alt", source=trace.text, target=trace.target, **counts), quote=True)
    st.html(f'<style>{_STYLE}</style><div class="attnviz-whole" role="img" aria-label="{alt}">{encoder}{decoder}</div>')
    st.caption(say("whole_around"))
