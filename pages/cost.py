"""What it costs: Table 1 of the paper as curves and numbers, and our own attention measured."""

from attnviz.ui.cost import (
    SETTINGS,
    always_cheaper,
    chosen,
    crossing_places,
    measurement,
    predict_cheapest,
    predict_double,
    predict_path,
    rows,
    table_1,
)
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("cost", *SETTINGS)
with opened.section("curves", **crossing_places(chosen())):
    table_1(opened)
predict_cheapest(opened)
with opened.mistake("always"):
    always_cheaper(opened)
with opened.section("rows"):
    rows(opened)
predict_path(opened)
with opened.section("measured"):
    measurement(opened)
predict_double(opened)
