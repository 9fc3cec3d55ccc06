"""The block: residual connection, LayerNorm, and what attention and the feed-forward network add."""

from attnviz.ui import block as one_word
from attnviz.ui import block_added, block_depth, block_norms, block_word
from attnviz.ui.block_order import diagrams
from attnviz.ui.block_wrong_norm import wrong
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("block", one_word.SUBLAYER, one_word.OTHER, *block_norms.SETTINGS, *block_depth.SETTINGS)
shown = screen()
chosen = one_word.block(opened, shown) if shown else None

if chosen:
    one_word.selectors(chosen)
    with opened.section(chosen.key("word"), **one_word.places(chosen)):
        block_word.vectors(chosen)
        block_word.all_numbers(chosen)
        block_word.next_vector(chosen)
    with opened.section("order"):
        diagrams(chosen)

with opened.section("batch"):
    batch = block_norms.batch(opened)
    block_norms.mate(opened, batch)
    with opened.mistake("wrong"):
        wrong(opened, batch)

with opened.section("depth", **block_depth.depth_places()):
    block_depth.depth(opened)

if chosen:
    with opened.section(chosen.key("added")):
        block_added.other_word(chosen)
        block_added.added(chosen)
        block_added.most_added(chosen)
