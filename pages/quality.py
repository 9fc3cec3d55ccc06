"""How good is it: what BLEU counts, our models measured on one test set, and the paper's numbers apart from them."""

from attnviz.lessons.quality.bands import bands
from attnviz.lessons.quality.bleu import counted, predict_clipped, predict_short, sentences, slip
from attnviz.lessons.quality.models import (
    by_all,
    by_length,
    learning,
    predict_length,
    scores_table,
    shared_text,
    sizes_of,
)
from attnviz.lessons.quality.paper import comparison, paper
from attnviz.lessons.quality.shared import SETTINGS, measured
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("quality", *SETTINGS)
with opened.section("models", same=shared_text(opened, measured()), **sizes_of(measured(), opened.texts.language)):
    scores_table(opened)
with opened.section("length"):
    predict_length(opened, lambda: by_length(opened))
with opened.section("learning"):
    learning(opened)
if shown := screen():
    with opened.section("examples"):
        by_all(opened, shown.choices.text)
with opened.section("bleu"):
    sentences(opened)
    predict_clipped(opened, lambda: counted(opened))
    predict_short(opened)
with opened.mistake("slip"):
    slip(opened)
with opened.section("bands"):
    bands(opened)
with opened.section("paper"):
    paper(opened)
with opened.mistake("comparison"):
    comparison(opened)
