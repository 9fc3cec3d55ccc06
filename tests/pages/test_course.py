"""The course map through app.py: every page, the twenty questions with their places, the terms."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attnviz.lessons.course.questions import QUESTIONS
from attnviz.lessons.course.routes import MINUTES, ROUTES
from attnviz.lessons.course.search import PARTS, search
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.pages import PAGES
from tests.opened import open_page

ROOT = Path(__file__).resolve().parents[2]


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
    "scale": "scaling.gradient_notes",
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


STOPS = [stop for stops in ROUTES.values() for stop in stops]


@pytest.mark.parametrize("route", sorted({question.route for question in QUESTIONS} | {stop.route for stop in STOPS}))
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
    for stop in STOPS:
        if stop.route == route and stop.part:
            assert list(part_of(app.main, stop.part)), stop.asks


def test_a_link_takes_the_answers_along_as_the_reader_wants_them() -> None:
    for answers in ("", "shown"):
        links = [link.proto for link in open_page("course", answers=answers).get("page_link")]
        asked = [Texts("en")(f"course.ask_{question.name}") for question in QUESTIONS]
        found = [link for link in links if any(re.match(rf"\d+\. {re.escape(one)}", link.label) for one in asked)]
        assert len(found) == len(QUESTIONS)
        assert all(("answers=shown" in link.query_string) == bool(answers) for link in found)


def test_three_routes_take_fifty_minutes_each_and_say_page_part_minutes_and_question() -> None:
    assert [sum(stop.minutes for stop in stops) for stops in ROUTES.values()] == [MINUTES] * 3
    for language in LANGUAGES:
        texts = Texts(language)
        links = [link.proto for link in open_page("course", lang=language).get("page_link")]
        for stop in STOPS:
            (page,) = (page for page in PAGES if page.route == stop.route)
            said = (texts("course.stop_minutes", minutes=stop.minutes), texts(page.title), texts(f"course.{stop.asks}"))
            found = [link for link in links if all(piece in link.label for piece in said)]
            assert any(f"to={stop.part}" in link.query_string or not stop.part for link in found), stop


def test_the_search_knows_every_part_that_a_page_has() -> None:
    for page in PAGES:
        name = page.name
        files = [ROOT / page.file, *sorted((ROOT / "attnviz" / "lessons" / name).glob("*.py"))]
        code = "".join(file.read_text(encoding="utf-8") for file in files)
        drawn = re.findall(r'\.(section|mistake)\(\s*"(\w+)"', code)
        keys = {f"{'section' if kind == 'section' else 'what_if'}_{key}" for kind, key in drawn}
        listed = set(PARTS.get(page.route, ()))
        assert listed == keys, f"{page.route!r} in _PARTS of attnviz/lessons/course/search.py: {sorted(listed ^ keys)}"


def test_a_search_finds_pages_parts_and_terms_in_both_languages() -> None:
    for language in LANGUAGES:
        texts = Texts(language)
        found = {(hit.page.route, hit.part) for hit in search("LayerNorm", language)}
        assert ("block", "section_order") in found
        assert search("masking", language)[0].page.route == "masking"
        assert search("softmax", language)[0].title == texts("softmax.title")
        assert search("소프트맥스", language)[0].title == texts("softmax.title")
        assert [hit.part for hit in search("BatchNorm", language) if hit.rank == 2] == ["section_batch"]
        assert any("값 벡터" in hit.title or "value" in hit.title for hit in search("value", language))
        assert search("d_model", language)  # signs of a formula are no obstacle
        assert not search("causal bleu", language)  # every word must be there
        assert not search("  ", language)
    app = open_page("course", search="padding mask")
    links = [link.proto for link in app.get("page_link")]
    assert any("to=what_if_no_padding" in link.query_string for link in links)
    nothing = Texts("en")("course.search_nothing")
    assert nothing in said_in(open_page("course", search="<b>zebra</b>").main)
    assert nothing not in said_in(app.main)
