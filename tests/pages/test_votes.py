"""A question that a teacher lets his class vote on: each reads it as the page asks it in his own language."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
import attnviz.lessons.start.vote
import attnviz.ui.lesson
from attnviz.session.catalog import LANGUAGES, Said, Texts, said_in
from attnviz.session.choices import DEFAULT_TEXT
from attnviz.session.examples import EXAMPLES
from attnviz.session.markdown import unmarked
from attnviz.session.pages import PAGES
from attnviz.ui.classroom import in_each_language
from attnviz.ui.lesson import Settled
from tests.opened import APP, only, open_page

# The example's own words differ between the languages; a link with words of one's own takes them away.
WORDS = {"by-hand": {"words": "I go home"}}
Vote = tuple[str, Mapping[str, str], Settled | None]


def votes(route: str, language: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Vote]:
    """What the page would let a class vote on: question, options, and what is said of each."""
    found: dict[str, Vote] = {}

    def note(
        texts: Texts, question: str, asked: str, labels: Mapping[str, str], settle: Callable[[], Settled | None]
    ) -> bool:
        found[question] = (asked, labels, settle())
        return False

    monkeypatch.setattr(attnviz.ui.lesson, "is_voting", note)
    open_page(route, text="The snake is very dangerous because it has a venom", lang=language, **WORDS.get(route, {}))
    return found


@pytest.mark.parametrize("route", [page.route for page in PAGES if page.kind == "lesson"])
def test_a_vote_is_read_in_the_language_of_the_reader(route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {language: votes(route, language, monkeypatch) for language in LANGUAGES}
    assert asked["en"].keys() == asked["ko"].keys() and asked["en"]
    for question, (text, labels, settled) in asked["en"].items():
        other_text, other_labels, other_settled = asked["ko"][question]
        assert settled and other_settled and settled[0] == other_settled[0]
        assert labels.keys() == other_labels.keys()
        pairs = [(text, other_text)]
        pairs += [(labels[name], other_labels[name]) for name in labels]
        pairs += [(settled[1][name], other_settled[1][name]) for name in settled[1]]
        for english, korean in pairs:
            assert in_each_language(english) == {"en": unmarked(english), "ko": unmarked(korean)}, question
            assert in_each_language(korean) == {"en": unmarked(english), "ko": unmarked(korean)}, question


BETS = [("", 11), (EXAMPLES["tired"], 2), ("I go home", 0), ("one two " * 7, 0)]


@pytest.mark.parametrize(("text", "n_options"), BETS)
def test_starts_bet_is_a_vote_with_the_models_own_answer(
    text: str, n_options: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[str, str, Mapping[str, str], Settled]] = []

    def note(texts: Texts, question: str, asked: str, labels: Mapping[str, str], settle: Callable[[], Settled]) -> bool:
        found.append((question, asked, labels, settle()))
        return True

    monkeypatch.setattr(attnviz.lessons.start.vote, "is_voting", note)
    pages = {}
    for language in LANGUAGES:
        app = AppTest.from_file(APP, default_timeout=240).switch_page("pages/start.py")
        app.query_params.update({"lang": language} | ({"text": text} if text else {}))
        app.run()
        pages[language] = [only(app, "lines")[0], *(only(app, "headline", card)[0] for card in ("headline", "special"))]
    if not n_options:
        assert not found
        return
    assert all(view["bet"]["voted"] for views in pages.values() for view in views)
    trace = attnviz.trace(attnviz.load_model(), text or DEFAULT_TEXT)
    layer, head, row, _ = pages["en"][1]["place"]
    weights = trace.by_word("encoder_self")[layer, head, row]
    (question, asked, labels, (answer, whys)), korean = found
    columns = [int(name) for name in labels]
    assert len(labels) == n_options and question == korean[0]
    assert int(answer) == columns[int(weights[columns].argmax())]
    assert {name: unmarked(label) for name, label in labels.items()} == {
        str(column): trace.words[column] for column in columns
    }
    assert all(f"{weights[int(name)]:.2f}" in why for name, why in whys.items())
    assert in_each_language(asked) == {"en": unmarked(asked), "ko": unmarked(korean[1])}
    assert {name: in_each_language(why)["ko"] for name, why in whys.items()} == {
        name: unmarked(why) for name, why in korean[3][1].items()
    }


def test_what_is_no_string_of_the_catalogue_stays() -> None:
    assert said_in("ko", "0.26") == "0.26"
    said: Any = Texts("en")("lesson.right")
    assert isinstance(said, Said) and said_in("ko", said) == Texts("ko")("lesson.right")
    part = Texts("en")(
        "ui.no_part", model="BERT", missing=Texts("en")("ui.part_cross"), has=Texts("en")("ui.part_encoder_self")
    )
    assert said_in("ko", part).count("어텐션") == 2  # a place that was said is said anew too
