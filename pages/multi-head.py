"""Many heads: cut, attend, join, and the same output as a sum; what it all costs in parameters."""

from attnviz.ui import multi_head as page
from attnviz.ui import parameters
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    opened = lesson("multi_head", page.STAGE, page.NUMBER, page.JOIN, *parameters.SETTINGS)
    places = page.places(shown)
    page.selectors(opened, shown)
    with opened.section("flow", **places):
        page.flow(opened, shown)
    with opened.section("sum", **places):
        page.sum_of_heads(opened, shown)
    with opened.mistake("join", **places):
        page.wrong_join(opened, shown)
    with opened.section("count", **places):
        parameters.one_or_many(opened)
    with opened.section("rows", **places):
        page.one_row(opened, shown)
    with opened.section("value", **places):
        page.value_of_head(opened, shown)
    with opened.section("calculator", **places):
        parameters.calculator(opened)
