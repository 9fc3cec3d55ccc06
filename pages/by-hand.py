"""By hand: three words and small numbers, every step of attention worked out and open to change."""

from attnviz.lessons.by_hand import mistakes, questions, steps
from attnviz.lessons.by_hand.dictionary import dictionary
from attnviz.lessons.by_hand.matrices import Matrices
from attnviz.lessons.by_hand.state import state
from attnviz.lessons.by_hand.take_away import take_away
from attnviz.session.catalog import Texts
from attnviz.session.choices import current
from attnviz.session.markdown import literal
from attnviz.ui.lesson import lesson
from attnviz.ui.screen import guard

guard()
shown = state(Texts(current()[0].lang))
opened = lesson("by_hand", *shown.settings)
paper = Matrices(opened, shown, shown.worked())

steps.controls(opened, shown)
with opened.section("overview"):
    steps.overview(opened, paper)
with opened.section("steps"):
    steps.view_control(opened, shown)
steps.project(opened, paper)
steps.score(opened, shown, paper)
steps.mix(opened, paper)
with opened.section("dictionary", word=literal(paper.names[paper.row])):
    dictionary(opened, paper)
with opened.section("questions"):
    questions.ask(opened, paper)
with opened.section("mistakes"):
    questions.ask_row_sum(opened, paper, lambda: mistakes.wrong_softmax(opened, paper))
    mistakes.square(opened, shown, paper)
steps.published(opened)
with opened.section("sheets"):
    take_away(opened, shown, paper.worked)
