"""The course map through app.py: every page, the twenty questions with their places, the terms."""

from attnviz.lessons.course.questions import QUESTIONS
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.pages import PAGES
from tests.opened import open_page


def test_twenty_questions_lead_to_pages_that_there_are() -> None:
    assert len(QUESTIONS) == len({question.name for question in QUESTIONS}) == 20
    assert {question.route for question in QUESTIONS} <= {page.route for page in PAGES}
    for language in LANGUAGES:
        app = open_page("course", lang=language)
        labels = [link.proto.label for link in app.get("page_link")]
        for number, question in enumerate(QUESTIONS, start=1):
            label = f"{number}. {Texts(language)(f'course.ask_{question.name}')}"
            assert label in labels


def test_a_link_takes_the_answers_along_as_the_reader_wants_them() -> None:
    for answers in ("", "shown"):
        links = [link.proto for link in open_page("course", answers=answers).get("page_link")]
        asked = {
            f"{number}. {Texts('en')(f'course.ask_{question.name}')}" for number, question in enumerate(QUESTIONS, 1)
        }
        found = [link for link in links if link.label in asked]
        assert len(found) == len(QUESTIONS)
        assert all(("answers=shown" in link.query_string) == bool(answers) for link in found)
