"""Masking: hiding words the right way, the ways that look alike, padding, and why training can do all words at once."""

from attnviz.components.equation import equation
from attnviz.lessons.masking.batch import batch_matrix, batch_numbers, second_sentence, shorter, unmasked, who_changes
from attnviz.lessons.masking.future import another_word, last_word, row_bars
from attnviz.lessons.masking.shared import SETTINGS, controls
from attnviz.lessons.masking.ways import one_row, ways, where_it_breaks
from attnviz.lessons.masking.which import which_mask
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("masking", *SETTINGS)
if shown := screen():
    texts = opened.texts
    with opened.section("ways"):
        view = controls(opened, shown)
        ways(view)
    with opened.mistake("nan"):
        one_row(opened)
    where_it_breaks(opened)
    with opened.section("which"):
        which_mask(view)
    with opened.section("batch"):
        batch = second_sentence(view)
        short = batch and shorter(view, batch)
        if short:
            pair = [batch_matrix(view, short, "alone"), "=", batch_matrix(view, short, "masked")]
            equation("batch_masked", texts, pair, label=opened.say("batch_title"))
            batch_numbers(view, short, masked=True)
    if batch and short:
        with opened.mistake("no_padding"):
            who_changes(view, batch, lambda: unmasked(view, short))
    with opened.section("future"):
        found = another_word(view)
        if found:
            row_bars(view, found, masked=True)
    if found:
        with opened.mistake("no_causal"):
            row_bars(view, found, masked=False)
        last_word(view)
