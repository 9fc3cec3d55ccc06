"""Softmax."""

from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
opened = lesson("softmax")
