"""Does attention explain: five methods on one prediction, what shuffled weights do, and what may be concluded."""

from attnviz.lessons.explain.methods import HIDE, agree, methods, predict_hidden, reason
from attnviz.lessons.explain.shared import SETTINGS, controls, explained_in, view_of
from attnviz.lessons.explain.weight_tests import ablation, predict_shuffled, shuffle, shuffle_controls
from attnviz.ui.lesson import lesson, prose
from attnviz.ui.screen import guard, screen

guard()
opened = lesson("explain", *SETTINGS, HIDE)
if shown := screen():
    view = view_of(opened, shown)
    found = explained_in(view)
    with opened.section("prediction"):
        controls(view)

    def settled() -> None:
        """Show what every method says, and what hiding a token does."""
        with opened.section("methods", word=view.word):
            methods(view, found)
        with opened.mistake("reason"):
            reason(view, found)

    predict_hidden(view, found, settled)
    with opened.section("agreement"):
        agree(view, found)
    with opened.section("shuffled"):
        shuffle_controls(view)
        predict_shuffled(view, lambda: shuffle(view))
    with opened.section("ablation", layer=view.screen.layer + 1):
        ablation(view)
    with opened.section("conclude"):
        prose("conclude_list", opened.say("conclude_list"))
