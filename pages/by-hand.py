"""By hand: three words and small numbers, every step of attention worked out and open to change."""

from attnviz.ui import by_hand, by_hand_mistakes, by_hand_questions
from attnviz.ui.by_hand_matrices import Matrices
from attnviz.ui.by_hand_state import state
from attnviz.ui.by_hand_take_away import take_away
from attnviz.ui.catalog import Texts
from attnviz.ui.choices import current
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
shown = state(Texts(current()[0].lang))
opened = lesson("by_hand", *shown.settings)
paper = Matrices(opened, shown, shown.worked())

by_hand.controls(opened, shown)
with opened.section("overview"):
    by_hand.overview(opened, paper)
with opened.section("steps"):
    by_hand.view_control(opened, shown)
by_hand.project(opened, paper)
by_hand.score(opened, shown, paper)
by_hand.mix(opened, paper)
with opened.section("questions"):
    by_hand_questions.ask(opened, paper)
with opened.section("mistakes"):
    by_hand_questions.ask_row_sum(opened, paper)
    by_hand_mistakes.wrong_softmax(opened, paper)
    by_hand_mistakes.square(opened, shown, paper)
by_hand.published(opened)
with opened.section("sheets"):
    take_away(opened, shown, paper.worked)
