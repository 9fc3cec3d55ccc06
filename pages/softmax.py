"""Softmax: from scores to weights, its temperature, its blindness to a shift, and the axis it runs along."""

from attnviz.lessons.softmax import axes as grid
from attnviz.lessons.softmax import shared as row
from attnviz.lessons.softmax.row import exponents, temperature
from attnviz.lessons.softmax.shift import shift
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("softmax", row.SCORES, row.TEMPERATURE, row.SHIFT, grid.GRID, grid.ACROSS, grid.OVER, grid.ADDED)
shown = row.shown_now(opened)
exponents(shown)
temperature(shown)
shift(shown)
grid.overflow(shown)
grid.axes(opened)
grid.wrong_axis(opened)
