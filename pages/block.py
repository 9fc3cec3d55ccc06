"""The block: residual connection, LayerNorm, and what attention and the feed-forward network add."""

from attnviz.ui import block as one_word
from attnviz.ui import block_norms as norms
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("block", one_word.SUBLAYER, one_word.OTHER, *norms.SETTINGS)
shown = screen()
chosen = one_word.block(opened, shown) if shown else None

if chosen:
    one_word.selectors(chosen)
    with opened.section("word", **one_word.places(chosen)):
        one_word.vectors(chosen)
        one_word.all_numbers(chosen)
        one_word.next_vector(chosen)
    with opened.section("order"):
        one_word.diagrams(chosen)

with opened.section("batch"):
    batch = norms.batch(opened)
    norms.mate(opened, batch)
    with opened.mistake("wrong"):
        norms.wrong(opened, batch)

with opened.section("depth", **norms.depth_places()):
    norms.depth(opened)

if chosen:
    with opened.section("added"):
        one_word.other_word(chosen)
        one_word.added(chosen)
        one_word.most_added(chosen)
