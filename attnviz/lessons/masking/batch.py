"""Two sentences in one padded batch, with and without the padding mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, equation
from attnviz.concepts.masking import (
    InBatch,
    in_one_batch,
)
from attnviz.lessons.masking.shared import (
    BARS,
    View,
    Window,
    bar_picture,
    in_its_language,
    options,
)
from attnviz.session.kept import kept
from attnviz.session.models import model_named
from attnviz.session.naming import named
from attnviz.session.numerals import tiny
from attnviz.trace.tokens import EmptyTextError
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import text_line


@kept
def _batch(model: str, *texts: str) -> tuple[InBatch, ...]:
    return in_one_batch(model_named(model), *texts)


def second_sentence(view: View) -> tuple[InBatch, ...] | None:
    """Let the reader type the second sentence; return both in one batch, or None after saying why not."""
    second, _ = in_its_language(view.trace.model_name)
    text_line(second, view.opened.say("second"))
    try:
        return _batch(view.trace.model_name, view.trace.text, second.value)
    except EmptyTextError:
        st.info(view.opened.say("second_empty"), icon=":material/edit:")
        return None


def shorter(view: View, batch: tuple[InBatch, ...]) -> InBatch | None:
    """Return the sentence that was padded, or None after saying that none was."""
    short = max(batch, key=lambda sentence: sentence.n_padding)
    if not short.n_padding:
        st.info(view.opened.say("same_length", count=len(short.labels)), icon=":material/info:")
        return None
    return short


def _cut(labels: Sequence[str]) -> Window:
    return Window(0, min(len(labels), 6), len(labels))


def batch_matrix(view: View, short: InBatch, name: str) -> Matrix:
    """Return the chosen head's weights of the padded sentence: "alone", "masked" or "open"."""
    opened, window = view.opened, _cut(short.labels)
    layer = min(view.screen.layer, len(short.alone) - 1)
    weights = getattr(short, name)[layer, view.screen.head].astype(np.float64)
    shown = window.shown(weights[:, : window.n_tokens], add=True)
    columns = window.labels(short.labels, opened.say("more", count=window.rest))
    hidden = np.zeros(shown.shape, dtype=bool)
    if name != "alone":
        padding = weights[window.start : window.stop, window.n_tokens :].sum(axis=1, keepdims=True)
        shown = np.concatenate((shown, padding), axis=1)
        hidden = np.pad(hidden, ((0, 0), (0, 1)), constant_values=name == "masked")
        columns.append(opened.say("all_padding", count=short.n_padding))
    return Matrix(
        name,
        shown,
        title=opened.say(f"batch_{name}"),
        rows=window.labels(short.labels),
        columns=columns,
        row_role="query",
        column_role="key",
        scale="weights",
        masked=hidden,
        sums="rows",
    )


def batch_numbers(view: View, short: InBatch, *, masked: bool) -> None:
    """Show how far the padded sentence's numbers are from those that it has alone."""
    opened, found = view.opened, short.with_mask if masked else short.without_mask
    head = min(view.screen.layer, len(short.alone) - 1) + 1, view.screen.head + 1
    name = named(opened.texts, view.trace.model_name, "subject")
    st.caption(opened.texts("steps.caption_encoder_self", model=name, layer=head[0], head=head[1]))
    with st.container(horizontal=True, key=f"masking_numbers_{masked}"):
        st.metric(opened.say("change_weight"), tiny(found.weights))
        st.metric(opened.say("change_output"), tiny(found.output))
        st.metric(opened.say("on_padding"), tiny(found.on_padding))
    places = {"largest": tiny(short.largest_output), "eps": tiny(float(np.finfo(np.float32).eps))}
    st.markdown(opened.say("batch_same" if found.output < 1e-3 else "batch_changed", **places))


def batch_bars(view: View, short: InBatch) -> None:
    """Draw how far each word's output moved, with and without the padding mask."""
    opened, labels = view.opened, short.labels[:BARS]
    series = {
        opened.say("with_padding_mask"): tuple(short.with_mask.by_token[:BARS].tolist()),
        opened.say("without_padding_mask"): tuple(short.without_mask.by_token[:BARS].tolist()),
    }
    style = look(opened.choices)
    colours = (style.accent, style.wrong)
    figure = bar_picture(labels, series, style, opened.say("change_output"), colours)
    chart(figure, "batch_bars", opened.say("batch_bars_alt"))
    if len(short.labels) > BARS:
        st.caption(opened.say("rows_shown", first=1, last=BARS, total=len(short.labels)))


def masked(view: View, short: InBatch) -> None:
    """Show that the padded sentence stays as it is alone when its padding is hidden."""
    pair: list[Matrix | str] = [batch_matrix(view, short, "alone"), "=", batch_matrix(view, short, "masked")]
    equation("batch_masked", view.opened.texts, pair, label=view.opened.say("batch_title"))
    batch_numbers(view, short, masked=True)


def unmasked(view: View, short: InBatch) -> None:
    """Show the padded sentence when nothing hides its padding."""
    pair: list[Matrix | str] = [batch_matrix(view, short, "alone"), "≠", batch_matrix(view, short, "open")]
    equation("batch_open", view.opened.texts, pair, label=view.opened.say("no_padding_title"))
    batch_numbers(view, short, masked=False)
    batch_bars(view, short)


def who_changes(view: View, batch: tuple[InBatch, ...], hides: Callable[[], None]) -> None:
    """Ask which sentence's numbers change when the padding mask is left out."""
    by_length = sorted(batch, key=lambda sentence: -sentence.n_padding)
    moved = [sentence.without_mask.output > 1e-3 for sentence in by_length]
    names = {(True, False): "short", (False, True): "long", (True, True): "both", (False, False): "neither"}
    places: dict[str, object] = {
        "short": tiny(by_length[0].without_mask.output),
        "long": tiny(by_length[1].without_mask.output),
        "padding": by_length[0].n_padding,
    }
    answers = options(view.opened, "who", ("short", "long", "both", "neither"), places)
    view.opened.predict("who", answers, names[moved[0], moved[1]], hides)
