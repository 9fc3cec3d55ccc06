"""The block: residual connection, LayerNorm, and what attention and the feed-forward network add."""

from functools import partial

from attnviz.lessons.block import added, depth, inside, norms, word
from attnviz.lessons.block import shared as one_word
from attnviz.lessons.block.order import diagrams
from attnviz.lessons.block.whole import whole
from attnviz.lessons.block.wrong_norm import wrong
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("block", one_word.SUBLAYER, one_word.OTHER, *norms.SETTINGS, *depth.SETTINGS)
shown = screen()
chosen = one_word.block(opened, shown) if shown else None

if chosen:
    one_word.selectors(chosen)
    with opened.section("whole"):
        whole(chosen)
    with opened.section(f"word{chosen.form}", **one_word.places(chosen)):
        word.vectors(chosen)
        word.all_numbers(chosen)
        word.next_vector(chosen)
    with opened.section("inside", **inside.inside_places(chosen)):
        inside.hidden_units(chosen)
    with opened.section("order"):
        diagrams(chosen)

with opened.section("batch"):
    batch = norms.batch(opened)
    norms.mate(opened, batch, lambda: norms.both(opened, batch))
    with opened.mistake("wrong"):
        wrong(opened, batch)

with opened.section("depth", **depth.depth_places()):
    depth.depth(opened)

if chosen:
    with opened.section(f"added{chosen.form}"):
        added.other_word(chosen)
        added.most_added(chosen, partial(added.added, chosen))
