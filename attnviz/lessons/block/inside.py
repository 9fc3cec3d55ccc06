"""The inside of the feed-forward network on The block: which hidden units fire for the chosen word."""

from __future__ import annotations

from typing import cast

import numpy as np
import streamlit as st

from attnviz.charts import head_heatmap
from attnviz.concepts.feed_forward import Inside, inside
from attnviz.lessons.block.shared import Block, place, stream
from attnviz.model.layers import FeedForward
from attnviz.session.kept import kept
from attnviz.session.models import model_named
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Option

SHOWN = 12  # hidden units
_BINS = {"few": 0.25, "some": 0.5, "many": 0.75, "most": 1.0}  # upper ends of the answers


@kept
def _inside(model: str, text: str, stack: str, layer: int, _block: Block) -> Inside:
    found = next(one for one in stream(_block.screen, _block.stack) if (one.layer, one.name) == (layer, "feed_forward"))
    network = getattr(model_named(model).transformer, stack)[layer].feed_forward
    return inside(cast(FeedForward, network), found.x if _block.is_post else found.normalised)


def found_in(shown: Block) -> Inside:
    """Return the hidden units of the chosen layer on the typed sentence."""
    choices = shown.screen.choices
    return _inside(choices.model, choices.text, shown.stack, shown.screen.layer, shown)


def inside_places(shown: Block) -> dict[str, object]:
    """Return what the section's text names."""
    found = found_in(shown)
    return {
        "d_model": f"{found.output.shape[1]:,}",
        "d_ff": f"{found.fired.shape[1]:,}",
        "layer": shown.screen.layer + 1,
        "word": shown.word,
    }


def hidden_units(shown: Block) -> None:
    """Ask how many hidden units are cut to 0; then draw those that add most, for every token."""
    opened, found, token = shown.opened, found_in(shown), shown.screen.query
    zeros, places = int(found.zeros[token]), inside_places(shown)
    answer = next(name for name, end in _BINS.items() if zeros <= end * found.fired.shape[1])
    why = opened.say(
        "zeros_why",
        zeros=f"{zeros:,}",
        share=f"{(found.fired == 0).mean():.0%}",
        silent=f"{found.silent:,}",
        tokens=len(found.fired),
        **places,
    )
    options = [Option(name, opened.say(f"zeros_{name}"), why) for name in _BINS]
    opened.predict("zeros", options, answer, lambda: _strongest(shown, found), **places)


def _strongest(shown: Block, found: Inside) -> None:
    opened, token = shown.opened, shown.screen.query
    fires = int((found.fired[token] > 0).sum())
    units = found.strongest(token, min(SHOWN, fires))
    places = {"half": found.half(token), "fires": f"{fires:,}", "shown": len(units), "word": shown.word}
    st.markdown(opened.say("inside_half", **places))
    if not len(units):
        return
    figure = head_heatmap(
        found.fired[:, units].T.astype(np.float32),
        [opened.say("inside_unit", number=unit + 1) for unit in units],
        [place(shown.screen, shown.stack, at) for at in range(len(found.fired))],
        look(opened.choices),
        limit=float(found.fired[:, units].max()),
        row_title=opened.say("inside_units"),
        column_title=opened.say("inside_token"),
    )
    alt = opened.say("inside_alt", word=place(shown.screen, shown.stack, token), shown=len(units))
    chart(figure, "block_inside", alt)
