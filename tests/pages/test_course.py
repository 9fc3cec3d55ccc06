"""The course map through app.py: every page, the twenty questions with their places, the terms."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

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
            label = f"{number}. {Texts(language)(f'course.ask_{question.name}')} "
            assert any(shown.startswith(label) for shown in labels)


# What settles each question: the string, or the prose, that says it where the link leads.
SETTLED_BY = {
    "w_shape": "by_hand.square_text",
    "row_softmax": "by_hand.whole_text",
    "qkv": "by_hand.dictionary_text",
    "scale": "scaling.spread_text",
    "link": "heads.some_head",
    "concat": "multi_head.sum_text",
    "heads_cost": "multi_head.heads_count",
    "same_i": "position.sum_text",
    "boy": "position.still_kept",
    "residual": "block.depth_why",
    "layer_batch": "block.batch_text",
    "zero_mask": "masking.nan_text",
    "mask_training": "translate.apart",
    "cross_mask": "translate.cross_why",
    "last_vector": "translate.last_text",
    "value_up": "multi_head_value",
    "bottleneck": "rnn.bottleneck_text",
    "cost": "cost.ratio_dearer",
    "bleu": "quality.bands_note",
    "explain": "explain.conclude_list",
}


def part_of(block: Any, key: str) -> Iterator[Any]:
    """The containers of that key inside a block."""
    for child in getattr(block, "children", {}).values():
        if child.key == key:
            yield child
        yield from part_of(child, key)


def said_in(block: Any) -> str:
    """What a container says in words."""
    if children := getattr(block, "children", {}):
        return "\n".join(said_in(child) for child in children.values())
    return str(getattr(block, "value", ""))


def longest_piece(language: str, name: str) -> str:
    """The longest piece of a string that holds no place to fill in."""
    texts = Texts(language)
    text = texts.group(name.split(".")[0])[name.split(".")[1]] if "." in name else texts.lesson(name)
    pieces = re.split(r"\{[^{}]*\}", text.replace("{{", "\0").replace("}}", "\1"))
    return max(pieces, key=len).replace("\0", "{").replace("\1", "}")


@pytest.mark.parametrize("route", sorted({question.route for question in QUESTIONS}))
def test_each_question_is_settled_where_its_link_leads(route: str) -> None:
    asked = [question for question in QUESTIONS if question.route == route]
    language = list(LANGUAGES)[len(route) % 2]  # in one language here, in the other there
    shows = {name: value for question in asked for name, value in question.shows.items()}
    app = open_page(route, **{"text": "I go home", "lang": language, **shows})
    for question in asked:
        (part,) = part_of(app.main, question.part)
        piece = longest_piece(language, SETTLED_BY[question.name])
        assert len(piece) > 20
        assert piece in said_in(part), question.name


def test_a_link_takes_the_answers_along_as_the_reader_wants_them() -> None:
    for answers in ("", "shown"):
        links = [link.proto for link in open_page("course", answers=answers).get("page_link")]
        asked = [Texts("en")(f"course.ask_{question.name}") for question in QUESTIONS]
        found = [link for link in links if any(question in link.label for question in asked)]
        assert len(found) == len(QUESTIONS)
        assert all(("answers=shown" in link.query_string) == bool(answers) for link in found)
