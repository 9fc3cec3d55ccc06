"""Context moves meaning: one word in two sentences, from the embedding to the last encoder layer."""

from attnviz.concepts.context import looks
from attnviz.lessons.context import dots as grid
from attnviz.lessons.context import heads, travel
from attnviz.lessons.context.pair import sentences
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    opened = lesson("context", *travel.SETTINGS, *grid.SETTINGS)
    pair = sentences(opened, shown)
    looked = looks(pair.first, pair.second, pair.chosen) if pair else None
    layer, head = heads.chosen_head(shown, looked)
    if pair and looked:
        with opened.section("travel", **travel.travel_places(pair)):
            travel.travel(opened, pair)
        travel.predict_furthest(opened, pair)
        with opened.mistake("measures", word=pair.word):
            travel.measures(opened, pair)
        with opened.section("rows", word=pair.word):
            heads.head_controls(opened, shown, layer, head)
            heads.both_rows(opened, pair, layer, head)
            heads.flip(opened, pair)
        with opened.section("heads", **heads.heads_places(pair, looked, layer)):
            heads.side_by_side(opened, pair, looked, layer)
            heads.ranking(opened, looked, layer, head)
        heads.predict_strongest(opened, pair, looked)
    word = pair.chosen.first if pair else 0
    with opened.section("dots", layer=layer + 1, head=head + 1):
        if not pair:
            heads.head_controls(opened, shown, layer, head)
        grid.dots(opened, shown, layer, head, word)
    grid.predict_below(opened, shown, layer, head, word)
