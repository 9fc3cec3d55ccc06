"""Our own models, measured: one table, BLEU by length, the curves of learning, one sentence by all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from attnviz.charts import bars, curves
from attnviz.figures.curves import Curve, Mark
from attnviz.lessons.quality.shared import compared, measured, missing
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.models import translation_of
from attnviz.session.naming import named
from attnviz.session.numerals import millions, signed, written
from attnviz.trace.evaluation import LengthScore, Scored, Scores
from attnviz.trace.models import row_of, translators
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Lesson, Option

NO_BREAK = "\N{NO-BREAK SPACE}"
ATTENTION, PLAIN = "recurrent_attention", "recurrent"


def said(opened: Lesson, name: str) -> str:
    """Name a model as the reader knows it."""
    return named(opened.texts, name, "table")


def scores_table(opened: Lesson) -> None:
    """Show what was measured of each model, and which are missing."""
    found = measured(row.name for row in translators())
    if absent := missing():
        st.info(opened.say("missing", names=", ".join(absent)), icon=":material/info:")
    if not found:
        return
    names = ("model", "bleu", "chrf", "flores", "parameters", "read")
    rows = [
        (
            said(opened, one.name), with_error(one.test), written(one.test.chrf, 1),
            written(one.flores.bleu, 1) if one.flores else "–",
            f"{one.parameters / 1e6:.2f} M", f"{one.target_tokens / 1e6:.1f} M",
        )
        for one in found
    ]  # fmt: skip
    alike = measured()  # on one test set: no bar of another set stands beside them
    figure = bars(
        [said(opened, one.name) for one in alike],
        {"BLEU": [one.test.bleu for one in alike]},
        look(opened.choices),
        y_title="BLEU",
        digits=1,
    )
    chart(figure, "quality_models", opened.say("models_alt"))
    with opened.numbers():
        st.markdown(markdown_table([opened.say(f"column_{name}") for name in names], rows, "lrrrrr"))
    tests = {row_of(one.name).reads: one.test.pairs for one in found}
    places = {"pairs": f"{found[0].test.pairs:,}", "bleu": found[0].bleu_signature, "chrf": found[0].chrf_signature}
    if unequal := read_unequally(measured()):
        name, times = unequal
        st.markdown(opened.say("read_unequal", model=said(opened, name), times=written(times, 1)))
    st.caption(opened.say("sets", korean=tests.get("ko", "–"), **places))


def with_error(test: Scored) -> str:
    """Write BLEU, with its standard error where that was measured."""
    bleu = f"**{written(test.bleu, 1)}**"
    return bleu if test.standard_error is None else f"{bleu}{NO_BREAK}±{NO_BREAK}{written(test.standard_error, 1)}"


def sizes_of(found: Sequence[Scores], language: str) -> dict[str, str]:
    """Return the fewest and the most parameters of the models of one task, as places of the texts."""
    counts = [float(one.parameters) for one in found] or [float("nan")]
    return {name: millions(size, language, 2) for name, size in (("fewest", min(counts)), ("most", max(counts)))}


def shared_text(opened: Lesson, found: Sequence[Scores]) -> str:
    """Say whether the models of one task read the same text in the same tokens, or until when."""
    on = [one for one in found if one.first_text is not None]
    if not on:
        return opened.say("same_text")
    language = opened.texts.language
    if len(on) == len(found):
        reads = [(said(opened, one.name), millions(one.first_text or 0, language)) for one in on]
        models = ", ".join(opened.say("same_one", model=model, read=read) for model, read in reads)
        return opened.say("same_then", models=models)
    read = millions(min(one.first_text or 0 for one in on), language)
    return opened.say("same_until", model=", ".join(said(opened, one.name) for one in on), read=read)


def read_unequally(found: Sequence[Scores]) -> tuple[str, float] | None:
    """Return who read most, and how many times as much as who read least; None when they read the same."""
    if not found:
        return None
    most = max(found, key=lambda one: one.target_tokens)
    times = most.target_tokens / min(one.target_tokens for one in found)
    return (most.name, times) if times >= 1.1 else None


def both(opened: Lesson) -> tuple[Scores, Scores] | None:
    """Return the recurrent models' scores, with attention and without, or None after saying that they are missing."""
    found = {one.name: one for one in measured()}
    if ATTENTION in found and PLAIN in found:
        return found[ATTENTION], found[PLAIN]
    return None


def lifts(with_attention: Scores, without: Scores) -> list[tuple[LengthScore, float, float]]:
    """Return for each length: its row, the lift in BLEU that attention brings, and that lift as a share."""
    return [
        (one, one.bleu - other.bleu, one.bleu / other.bleu - 1 if other.bleu else np.inf)
        for one, other in zip(with_attention.by_length, without.by_length, strict=True)
    ]


def lengths_of(opened: Lesson, row: LengthScore) -> str:
    """Name a range of lengths."""
    return f"{row.shortest}–{row.longest}" if row.longest else opened.say("and_more", shortest=row.shortest)


def by_length(opened: Lesson) -> None:
    """Draw BLEU against the length of the source, a curve a model, and say what attention brings where."""
    found = measured()
    if not found:
        return
    rows = found[0].by_length
    ticks = list(range(len(rows)))
    figure = curves(
        [Curve(said(opened, one.name), ticks, [row.bleu for row in one.by_length]) for one in found],
        look(opened.choices),
        x_title=opened.say("axis_words"),
        y_title="BLEU",
        x_ticks={tick: lengths_of(opened, row) for tick, row in enumerate(rows)},
        x_range=(-0.2, len(rows) - 0.6),
        y_range=(0, None),
    )
    chart(figure, "quality_length", opened.say("length_alt"))
    head = [opened.say("axis_words"), *(lengths_of(opened, row) for row in rows)]
    lines = [
        [opened.say("column_pairs"), *(str(row.pairs) for row in rows)],
        *([said(opened, one.name), *(written(row.bleu, 1) for row in one.by_length)] for one in found),
    ]
    with opened.numbers():
        st.markdown(markdown_table(head, lines, "l" + "r" * len(rows)))
    if pair := both(opened):
        _lift(opened, *pair)


def _lift(opened: Lesson, with_attention: Scores, without: Scores) -> None:
    rows = lifts(with_attention, without)
    whole = with_attention.test.bleu - without.test.bleu
    head = [opened.say("axis_words"), *(lengths_of(opened, row) for row, _, _ in rows)]
    lines = [
        [opened.say("points"), *(signed(points, 2) for _, points, _ in rows)],
        [opened.say("factor"), *(written(1 + share, 2) for _, _, share in rows)],
    ]
    points, factors = [row[1] for row in rows], [row[2] for row in rows]
    places = {
        "whole": signed(whole, 1),
        "attention": written(with_attention.test.bleu, 1),
        "plain": written(without.test.bleu, 1),
        "most": lengths_of(opened, rows[int(np.argmax(factors))][0]),
        "most_factor": written(1 + max(factors), 2),
        "most_points": lengths_of(opened, rows[int(np.argmax(points))][0]),
        "points": signed(max(points), 2),
        "last_pairs": rows[-1][0].pairs,
    }
    st.markdown(opened.say("lift" if whole > 0 else "no_lift", **places))
    with opened.numbers():
        st.markdown(markdown_table(head, lines, "l" + "r" * len(rows)))
    said = [opened.say("lift_note", **places)]
    left = [
        one.by_length[-1].bleu / max(row.bleu for row in one.by_length) if one.by_length[-1].bleu else 0.0
        for one in (with_attention, without)
    ]
    if max(left) < 1:  # neither is best at the longest sentences
        attention, plain = (written(100 * share, 0) for share in left)
        said.append(opened.say("lift_both_fall", left_attention=attention, left_plain=plain))
    st.caption(" ".join(said))


def predict_length(opened: Lesson, hides: Callable[[], None]) -> None:
    """Ask where attention helps the recurrent model most."""
    pair = both(opened)
    if not pair:
        hides()
        return
    rows = lifts(*pair)
    factors = [row[2] for row in rows]
    best = int(np.argmax(factors))
    names = [lengths_of(opened, row[0]) for row in rows]
    options = [
        Option(
            str(place),
            name,
            opened.say(
                "length_why", here=name, factor=written(1 + factors[place], 2), best=names[best],
                best_factor=written(1 + factors[best], 2),
            ),
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
    opened.predict("length", options, str(best), hides)


def learning(opened: Lesson) -> None:
    """Draw every model's BLEU against the target tokens that it has read so far."""
    found = measured()
    if not found:
        return
    least = min(one.target_tokens for one in found)
    drawn = [
        Curve(said(opened, one.name), np.array(one.training.target_tokens) / 1e6, one.training.bleu) for one in found
    ]
    ends = [(one.target_tokens / 1e6, one.training.bleu[-1]) for one in found]
    figure = curves(
        drawn,
        look(opened.choices),
        x_title=opened.say("axis_read"),
        y_title=opened.say("axis_dev"),
        marks=[Mark(read, bleu, written(bleu, 1)) for read, bleu in ends],
    )
    chart(figure, "quality_learning", opened.say("learning_alt"))
    at_least = {one.name: float(np.interp(least, one.training.target_tokens, one.training.bleu)) for one in found}
    head = [opened.say("column_model"), opened.say("column_equal", read=millions(least, opened.texts.language))]
    lines = [(said(opened, name), written(value, 1)) for name, value in at_least.items()]
    with opened.numbers():
        st.markdown(markdown_table(head, lines, "lr"))
    st.caption(opened.say("learning_note"))


def by_all(opened: Lesson, text: str) -> None:
    """Translate the reader's sentence by every model of the task that is there."""
    rows = []
    for name in compared():
        written_by = translation_of(name, text)
        rows.append((said(opened, name), opened.say("absent") if written_by is None else literal(written_by)))
    st.markdown(markdown_table([opened.say("column_model"), opened.say("column_translation")], rows))
