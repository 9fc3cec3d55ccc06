"""Step by step: one head of the model on the typed sentence, in nine steps."""

from attnviz.lessons.steps.stage import check_button, missing_steps, stage
from attnviz.ui.controls import head_controls
from attnviz.ui.screen import guard, screen

guard()
if shown := screen():
    head_controls(shown)
    stage(shown)
    missing_steps(shown)
    check_button(shown)
