"""Masking: hiding words the right way, the ways that look alike, padding, and why training can do all words at once."""

from functools import partial

from attnviz.lessons.masking.batch import masked, second_sentence, shorter, unmasked, who_changes
from attnviz.lessons.masking.future import another_word, last_word, row_bars
from attnviz.lessons.masking.shared import SETTINGS, controls
from attnviz.lessons.masking.ways import one_row, ways, where_it_breaks
from attnviz.lessons.masking.which import which_mask
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("masking", *SETTINGS)
if shown := screen():
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
        short = shorter(view, batch) if batch else None
        if short:
            masked(view, short)
    if batch and short:
        with opened.mistake("no_padding"):
            who_changes(view, batch, partial(unmasked, view, short))
    with opened.section("future"):
        found = another_word(view)
        if found:
            row_bars(view, found, masked=True)
    if found:
        with opened.mistake("no_causal"):
            row_bars(view, found, masked=False)
        last_word(view)
