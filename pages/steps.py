"""Step by step: one head of the model on the typed sentence, in nine steps."""

from attnviz.ui.screen import guard, screen
from attnviz.ui.steps import check_button, selectors, stage

guard()
if shown := screen():
    selectors(shown)
    stage(shown)
    check_button(shown)
