"""What a BLEU of 20 or 40 is said to mean, each band with a sentence of ours that scores in it."""

from __future__ import annotations

import streamlit as st

from attnviz.charts import stacked_dots
from attnviz.concepts.bleu import corpus_bleu, sentence_bleu
from attnviz.concepts.worth import own_pairs, translate_all
from attnviz.session.inserted import WORD_JOINER
from attnviz.session.kept import kept
from attnviz.session.markdown import literal, markdown_table
from attnviz.session.models import model_named
from attnviz.session.numerals import written
from attnviz.ui.charts import chart, look
from attnviz.ui.lesson import Lesson

# Google Cloud Translation's documentation, "Evaluate models", interpretation of BLEU
BANDS = (0, 10, 20, 30, 40, 50, 60)


@kept
def scored() -> tuple[tuple[str, str, float], ...]:
    """Return (translation, reference, BLEU) of every sentence of ours, once for all users."""
    sources, references = zip(*own_pairs(), strict=True)
    translations = translate_all(model_named("translator"), sources)
    return tuple(
        (translation, reference, sentence_bleu(translation, reference).score)
        for translation, reference in zip(translations, references, strict=True)
    )


def examples(scores: list[float]) -> dict[int, int | None]:
    """Return for each band the place of the score nearest to its middle, or None where no score is in it."""
    found: dict[int, int | None] = {}
    for low, high in zip(BANDS, (*BANDS[1:], 101), strict=True):
        inside = [place for place, score in enumerate(scores) if low <= score < high]
        middle = (low + min(high, 100)) / 2
        found[low] = min(inside, key=lambda place: abs(scores[place] - middle)) if inside else None
    return found


def bands(opened: Lesson) -> None:
    """Draw the score of every sentence of ours; then show each band with what is said of it and an example of ours."""
    pairs = scored()
    scores = [score for _, _, score in pairs]
    whole = corpus_bleu([pair[0] for pair in pairs], [pair[1] for pair in pairs]).score
    figure = stacked_dots(
        scores, [f"{translation} / {reference}" for translation, reference, _ in pairs], look(opened.choices),
        x_title=opened.say("bands_axis"), x_range=(0, 101), marks={opened.say("bands_whole"): whole},
    )  # fmt: skip
    chart(figure, "quality_sentences", opened.say("bands_alt", count=len(pairs)))
    rows = []
    found = examples(scores)
    for low in BANDS:
        place = found[low]
        # a word joiner: no line breaks behind the dash
        name = f"{low}–{WORD_JOINER}{BANDS[BANDS.index(low) + 1] - 1}" if low != BANDS[-1] else f"{low}+"
        example, score = opened.say("band_none", count=len(pairs)), "–"
        if place is not None:
            translation, reference, _ = pairs[place]
            example, score = f"{literal(translation)} &ensp;/&ensp; {literal(reference)}", written(scores[place], 1)
        rows.append((name, opened.say(f"band_{low}"), example, score))
    head = [opened.say(f"bands_{name}") for name in ("band", "said", "example", "score")]
    st.markdown(markdown_table(head, rows, "lllr"))
    places = {"whole": written(whole, 1), "least": written(min(scores), 1), "most": written(max(scores), 1)}
    st.markdown(opened.say("bands_note", count=len(pairs), **places))
