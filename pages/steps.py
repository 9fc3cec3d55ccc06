"""Step by step: one head of the model on the typed sentence, in nine steps."""

from attnviz.lessons.steps.stage import beginning, check_button, missing_steps, stage
from attnviz.ui.controls import head_controls
from attnviz.ui.screen import guard, screen
from attnviz.ui.sentence import sentence_line

guard()
line = sentence_line()
if shown := screen():
    shown = beginning(shown)
    with line:
        head_controls(shown)
    stage(shown)
    missing_steps(shown)
    check_button(shown)
