"""Averaging to attention: the mean of what came before, and three changes that make it attention."""

from attnviz.lessons.averaging.shared import SETTINGS, shown_now
from attnviz.lessons.averaging.slip import side_by_side, slip
from attnviz.lessons.averaging.stage import stage
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("averaging", *SETTINGS)
shown = shown_now(opened)
stage(shown)
slip(shown)
side_by_side(shown)
