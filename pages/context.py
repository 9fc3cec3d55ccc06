"""Context moves meaning: one word in two sentences, from the embedding to the last encoder layer."""

from attnviz.concepts.context import looks
from attnviz.ui.context import (
    SETTINGS,
    both_rows,
    chosen_head,
    dots,
    head_controls,
    heads_places,
    measures,
    predict_below,
    predict_furthest,
    predict_strongest,
    ranking,
    sentences,
    side_by_side,
    travel,
    travel_places,
)
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    opened = lesson("context", *SETTINGS)
    pair = sentences(opened, shown)
    looked = looks(pair.first, pair.second, pair.chosen) if pair else None
    layer, head = chosen_head(shown, looked)
    if pair and looked:
        with opened.section("travel", **travel_places(pair)):
            travel(opened, pair)
        predict_furthest(opened, pair)
        with opened.mistake("measures", word=pair.word):
            measures(opened, pair)
        with opened.section("rows", word=pair.word):
            head_controls(opened, shown, layer, head)
            both_rows(opened, pair, layer, head)
        with opened.section("heads", **heads_places(pair, looked, layer)):
            side_by_side(opened, pair, looked, layer)
            ranking(opened, looked, layer, head)
        predict_strongest(opened, pair, looked)
    word = pair.chosen.first if pair else 0
    with opened.section("dots", layer=layer + 1, head=head + 1):
        if not pair:
            head_controls(opened, shown, layer, head)
        dots(opened, shown, layer, head, word)
    predict_below(opened, shown, layer, head, word)
