"""What it costs: Table 1 of the paper as curves and numbers, and our own attention measured."""

from attnviz.lessons.cost import measured as own
from attnviz.lessons.cost import sizes
from attnviz.lessons.cost import table as paper
from attnviz.ui.faults import told
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("cost", *sizes.SETTINGS, *paper.SETTINGS, *own.SETTINGS)
with opened.section("curves", **sizes.crossing_places(sizes.chosen(), opened.texts.language)):
    paper.table_1(opened)
with opened.mistake("always"):
    paper.always_cheaper(opened)
with opened.section("rows"):
    paper.predict_path(opened, lambda: paper.rows(opened))
with opened.section("measured"), told():
    own.measurement(opened)
paper.predict_double(opened)
