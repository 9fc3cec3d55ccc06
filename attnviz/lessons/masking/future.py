"""One changed word of the target: which rows of the decoder move, with and without the causal mask."""

from __future__ import annotations

import streamlit as st

from attnviz.concepts.masking import (
    Changed,
    change_target,
    replaced,
)
from attnviz.lessons.masking.shared import (
    BARS,
    PLACE,
    View,
    bar_picture,
    in_its_language,
)
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.models import model_named
from attnviz.session.numerals import tiny
from attnviz.trace.tokens import visible
from attnviz.trace.words import split_words
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import select, text_line
from attnviz.ui.lesson import Option


@kept
def _changed(model: str, text: str, target: str, place: int, word: str) -> Changed | None:
    return change_target(model_named(model), text, target, replaced(target, place, word))


def another_word(view: View) -> Changed | None:
    """Let the reader change one word of the target; return what changed, or None after saying why not."""
    opened, trace = view.opened, view.trace
    words = [word for word, _ in split_words(trace.target)]
    if not words:
        st.info(opened.say("no_target"), icon=":material/info:")
        return None
    left, right = st.columns(2, gap="large")
    with left:
        place = select(
            PLACE,
            opened.say("place"),
            range(1, len(words) + 1),
            lambda number: f"{number}. {visible(words[number - 1])}",
        )
    with right:
        word = text_line(in_its_language(view.trace.model_name)[1], opened.say("word"), limit=60)
    found = _changed(trace.model_name, trace.text, trace.target, place - 1, word) if word.strip() else None
    if found is None:
        st.info(opened.say("same_word"), icon=":material/edit:")
        return None
    shown = [literal(visible(own)) for own in words]
    shown[place - 1] = f"~~{shown[place - 1]}~~ **{literal(visible(word.strip()))}**"
    st.markdown(opened.say("target", target=" ".join(shown)))
    return found


def row_bars(view: View, found: Changed, *, masked: bool) -> None:
    """Draw how far each row of the decoder moved: its weights, and the logits that it writes."""
    opened, rows = view.opened, found.with_mask if masked else found.without_mask
    start = max(0, min(found.at - BARS // 2, len(found.before) - BARS))
    shown = slice(start, start + BARS)
    labels = [*found.before]
    labels[found.at] += f" → {found.after[found.at]}"
    style = look(opened.choices)
    colours = (style.accent if masked else style.wrong,)
    for box, name in zip(st.columns(2, gap="large"), ("weights", "logits"), strict=True):
        with box:
            title = opened.say(f"rows_{name}")
            values = tuple(getattr(rows, name)[shown].tolist())
            figure = bar_picture(tuple(labels[shown]), {title: values}, style, title, colours)
            chart(figure, f"rows_{name}_{masked}", opened.say(f"rows_{name}_alt"))
    if len(found.before) > BARS:
        st.caption(opened.say("rows_shown", first=start + 1, last=start + BARS, total=len(found.before)))
    before = slice(0, found.at)
    places = {
        "count": found.at,
        "row": literal(found.before[found.at]),
        "all_before": tiny(float(max(rows.weights[before].max(), rows.logits[before].max()))),
        "before": tiny(float(rows.logits[before].max())),
        "before_weights": tiny(float(rows.weights[before].max())),
        "after": tiny(float(rows.logits[found.at :].max())),
        "moved": int(rows.changed[before].sum()),
        "word_by_word": tiny(rows.word_by_word),
    }
    st.markdown(opened.say("rows_masked" if masked else "rows_open", **places))


def last_word(view: View) -> None:
    """Ask how many rows change when only the last word does."""
    trace, count = view.trace, len(split_words(view.trace.target))
    found = _changed(trace.model_name, trace.text, trace.target, count - 1, "?") or _changed(
        trace.model_name, trace.text, trace.target, count - 1, "!"
    )
    if found is None or len(found.before) < 3:
        return
    changed, total = int(found.with_mask.changed.sum()), len(found.before)
    names = list(dict.fromkeys([changed, total - 1, total, 0]))
    places: dict[str, object] = {"changed": changed, "total": total, "word": literal(found.before[found.at])}
    offered = [
        Option(
            str(name),
            view.opened.say("last_option", count=name),
            view.opened.say(_last_reason(name, changed), **places),
        )
        for name in sorted(names)
    ]
    view.opened.predict("last", offered, str(changed), **places)


def _last_reason(count: int, changed: int) -> str:
    return "last_right_why" if count == changed else "last_none_why" if count == 0 else "last_many_why"
