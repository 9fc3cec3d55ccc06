"""Softmax: from scores to weights, its temperature, its blindness to a shift, and the axis it runs along."""

from attnviz.ui import softmax as row
from attnviz.ui import softmax_axes as grid
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard
from attnviz.ui.softmax_row import exponents, temperature
from attnviz.ui.softmax_shift import shift

guard()
opened = lesson("softmax", row.SCORES, row.TEMPERATURE, row.SHIFT, grid.GRID, grid.ACROSS, grid.OVER, grid.ADDED)
shown = row.shown_now(opened)
exponents(shown)
temperature(shown)
shift(shown)
grid.overflow(shown)
grid.axes(opened)
grid.wrong_axis(opened)
