"""Many heads: cut, attend, join, and the same output as a sum; what it all costs in parameters."""

from attnviz.lessons.multi_head import parameters, parameters_heads, parameters_model
from attnviz.lessons.multi_head.flow import flow
from attnviz.lessons.multi_head.rows import one_row
from attnviz.lessons.multi_head.shared import JOIN, NUMBER, STAGE, places, selectors
from attnviz.lessons.multi_head.sum import sum_of_heads, wrong_join
from attnviz.lessons.multi_head.value import value_of_head
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    opened = lesson("multi_head", STAGE, NUMBER, JOIN, *parameters.SETTINGS)
    said = places(shown)
    selectors(opened, shown)
    several = shown.attention.n_heads > 1
    with opened.section("flow" if several else "flow_one", **said):
        flow(opened, shown)
    if several:
        with opened.section("sum", **said):
            sum_of_heads(opened, shown)
        with opened.mistake("join", **said):
            wrong_join(opened, shown)
    with opened.section("count", **said):
        parameters_heads.one_or_many(opened)
    if several:
        with opened.section("rows", **said):
            one_row(opened, shown)
    with opened.section("value", **said):
        value_of_head(opened, shown)
    with opened.section("calculator", **said):
        parameters_model.calculator(opened)
