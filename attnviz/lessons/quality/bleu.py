"""BLEU on two sentences of the reader's: what is found, the score step by step, and wrong ways to count."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from attnviz.concepts.bleu import ORDERS, WRONG_BLEUS, Bleu, bleu_words, corpus_bleu, found, marks, sentence_bleu
from attnviz.lessons.quality.shared import CANDIDATE, ORDER, REFERENCE, SLIP, scored
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.numerals import written
from attnviz.ui.answers import distinct
from attnviz.ui.inputs import segments, slider, text_line
from attnviz.ui.lesson import Lesson, Option


def sentences(opened: Lesson) -> None:
    """Let the reader type both sentences, and mark in them what counts."""
    left, right = st.columns(2, gap="large")
    with left:
        text_line(REFERENCE, opened.say("reference"))
    with right:
        text_line(CANDIDATE, opened.say("candidate"))
    slider(ORDER, opened.say("order"), ORDERS, lambda order: opened.say(f"order_{order}"))
    reference, candidate = bleu_words(REFERENCE.value), bleu_words(CANDIDATE.value)
    order = ORDER.value
    left, right = st.columns(2, gap="large")
    with left:
        _marked(opened, "reference", reference, marks(reference, candidate, order))
    with right:
        _marked(opened, "candidate", candidate, marks(candidate, reference, order))


def _marked(opened: Lesson, name: str, words: list[str], found_here: tuple[bool, ...]) -> None:
    states = opened.say("found"), opened.say("not_found")
    items = "".join(
        f'<li class="{"on" if mark else "off"}"><b>{escape(word)}</b><small>{states[not mark]}</small></li>'
        for word, mark in zip(words, found_here, strict=True)
    )
    st.html(f'<ol class="attnviz-chips" aria-label="{escape(opened.say(name))}">{items}</ol>')


def counts(opened: Lesson) -> None:
    """List every n-gram of the chosen order: how often it is in the translation, and how often it counts."""
    order = ORDER.value
    rows = found(bleu_words(CANDIDATE.value), bleu_words(REFERENCE.value), order)
    if not rows:
        st.caption(opened.say("no_grams", order=order))
        return
    head = [opened.say(f"column_{name}") for name in ("gram", "here", "there", "counted")]
    lines = [(literal(" ".join(one.gram)), str(one.here), str(one.reference), f"**{one.counted}**") for one in rows]
    total, counted = sum(one.here for one in rows), sum(one.counted for one in rows)
    lines.append((f"**{opened.say('together')}**", f"**{total}**", "", f"**{counted}**"))
    with opened.numbers():
        st.markdown(markdown_table(head, lines, "lrrr"))
    st.markdown(opened.say("precision", order=order, counted=counted, total=total, value=written(counted / total, 3)))


def score(opened: Lesson) -> None:
    """Show the four precisions, their mean, the brevity penalty and their product."""
    now = scored()
    head = [opened.say(f"column_{name}") for name in ("order", "counted", "total", "precision")]
    lines = []
    for order in ORDERS[: now.orders]:
        place = order - 1
        note = f" *({opened.say('smoothed')})*" if now.is_smoothed(order) else ""
        counted, total = now.matches[place], now.totals[place]
        precision = written(now.precisions[place], 4)
        lines.append((f"{opened.say(f'order_{order}')}{note}", str(counted), str(total), precision))
    with opened.numbers():
        st.markdown(markdown_table(head, lines, "lrrr"))
    if now.orders < len(ORDERS):
        strict = corpus_bleu([CANDIDATE.value], [REFERENCE.value]).score
        st.caption(opened.say("fewer_orders", count=now.orders, strict=written(strict, 1)))
    if any(now.is_smoothed(order) for order in ORDERS[: now.orders]):
        st.caption(opened.say("why_smoothed"))
    st.markdown(_product(opened, now))


def _product(opened: Lesson, now: Bleu) -> str:
    places = {
        "length": now.length,
        "reference_length": now.reference_length,
        "brevity": written(now.brevity, 4),
        "root": now.orders,
        "factors": r" \cdot ".join(written(value, 4) for value in now.precisions[: now.orders]),
        "mean": written(now.mean, 4),
        "score": written(now.score, 1),
    }
    kind = "product_short" if now.length < now.reference_length else "product"
    return opened.say(kind, **places)


def counted(opened: Lesson) -> None:
    """Show what counts of the chosen order, and what becomes of all four."""
    left, right = st.columns(2, gap="large")
    with left:
        counts(opened)
    with right:
        score(opened)


def predict_clipped(opened: Lesson, hides: Callable[[], None]) -> None:
    """Ask how many single words count."""
    rows = found(bleu_words(CANDIDATE.value), bleu_words(REFERENCE.value), 1)
    if not rows:
        hides()
        return
    numbers = {
        "clipped": sum(one.counted for one in rows),
        "repeated": sum(one.here for one in rows if one.reference),
        "different": sum(1 for one in rows if one.reference),
        "all": sum(one.here for one in rows),
    }
    options = [
        Option(name, str(number), opened.say(f"clipped_why_{name}", right=numbers["clipped"], number=number))
        for name, number in numbers.items()
    ]
    opened.predict("clipped", distinct(options, "clipped"), "clipped", hides, text=literal(CANDIDATE.value))


def predict_short(opened: Lesson) -> None:
    """Ask what happens to the score when the end of the reference itself is cut off."""
    words = REFERENCE.value.split()
    if len(words) < 3:
        return
    cut = " ".join(words[: (len(words) + 1) // 2])
    now = sentence_bleu(cut, REFERENCE.value)
    places = {"precision": written(now.precisions[0], 2), "brevity": written(now.brevity, 3),
              "score": written(now.score, 1)}  # fmt: skip
    answer = "penalty" if now.score < 99.95 else "hundred"
    options = [
        Option(name, opened.say(f"short_{name}"), opened.say(f"short_why_{name}", **places))
        for name in ("hundred", "penalty", "zero")
    ]
    opened.predict("short", options, answer, text=literal(cut))


def slip(opened: Lesson) -> None:
    """Let the reader count in a wrong way, beside the right one."""
    name = segments(SLIP, opened.say("slip"), WRONG_BLEUS, lambda way: opened.say(f"slip_{way}"))
    right = scored()
    wrong = scored(name)  # type: ignore[arg-type]
    repeated = " ".join(bleu_words(REFERENCE.value)[:1] * max(1, right.reference_length))
    rows = [
        (opened.say("row_yours"), right.score, wrong.score),
        (
            opened.say("row_repeated", text=literal(repeated)),
            sentence_bleu(repeated, REFERENCE.value).score,
            sentence_bleu(repeated, REFERENCE.value, name).score,  # type: ignore[arg-type]
        ),
    ]
    short = " ".join(REFERENCE.value.split()[:2])
    if short:
        rows.append(
            (
                opened.say("row_short", text=literal(short)),
                sentence_bleu(short, REFERENCE.value).score,
                sentence_bleu(short, REFERENCE.value, name).score,  # type: ignore[arg-type]
            )
        )
    head = [opened.say("column_text"), opened.say("right"), opened.say("wrong")]
    lines = [(label, written(good, 1), f"**{written(bad, 1)}**") for label, good, bad in rows]
    st.markdown(markdown_table(head, lines, "lrr"))
    st.markdown(opened.say(f"slip_{name}_why"))
