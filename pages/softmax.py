"""Softmax: from scores to weights, its temperature, its blindness to a shift, and the axis it runs along."""

from attnviz.ui import softmax as row
from attnviz.ui import softmax_axes as grid
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("softmax", row.SCORES, row.TEMPERATURE, row.SHIFT, grid.GRID, grid.ACROSS, grid.OVER, grid.ADDED)
shown = row.shown_now(opened)
row.exponents(shown)
row.temperature(shown)
row.shift(shown)
grid.overflow(shown)
grid.axes(opened)
grid.wrong_axis(opened)
