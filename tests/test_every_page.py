"""Every page through app.py: cold by link, in both languages, with awkward sentences, without a fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from attnviz.concepts.averaging import STAGES
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.examples import EXAMPLES
from attnviz.session.pages import PAGES, Page
from tests.sentences import AWKWARD

ROOT = Path(__file__).resolve().parents[1]
NONSENSE = {"layer": "99", "head": "../../etc/passwd", "query": "500", "key": "0", "part": "x", "step": "NaN"}
# pages that show whichever model was chosen; the last says what others found out of attention as an explanation
OF_ONE_MODEL = [page for page in PAGES if page.follows and page.name != "explain"]
LESSONS = [page for page in PAGES if page.kind == "lesson"]


def opened(page: Page, text: str, language: str, **params: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=120).switch_page(page.file)
    app.query_params.update({"text": text, "lang": language, "answers": "shown", **params})
    return app.run()


def is_whole(app: AppTest) -> bool:
    """Whether nothing was thrown; what the app itself caught is in the log and fails every test (no_fault)."""
    return not app.exception and bool(app.main)


def cases() -> Iterator[object]:
    for place, page in enumerate(PAGES):
        for language in LANGUAGES:
            for number, text in enumerate(AWKWARD):
                # the worst sentences on every page, the others on every second one, Korean the worst alone;
                # make test-all knows no difference
                worst, turn = number < 4, (number + place) % 2 == 0
                soon = page.reads and (worst or (language == "en" and turn)) or number == 0
                name = f"{page.name}-{language}-{number}"
                yield pytest.param(page, text, language, id=name, marks=() if soon else pytest.mark.full)


@pytest.mark.parametrize(("page", "text", "language"), list(cases()))
def test_an_awkward_sentence_does_no_harm(page: Page, text: str, language: str) -> None:
    assert is_whole(opened(page, text, language))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nonsense_in_a_link_does_no_harm(page: Page) -> None:
    app = opened(page, "Go", "en", **NONSENSE)
    assert is_whole(app)
    assert any("head, " in hint.value for hint in app.info) or not page.reads


@pytest.mark.parametrize("page", [page for page in PAGES if page.reads], ids=lambda page: page.name)
def test_an_empty_sentence_gets_a_hint(page: Page) -> None:
    app = opened(page, "  ", "en")
    assert is_whole(app)
    assert Texts("en")("ui.empty") in [hint.value for hint in app.info]


@pytest.mark.parametrize("page", [page for page in PAGES if page.reads], ids=lambda page: page.name)
@pytest.mark.parametrize("part", ["encoder_self", "decoder_self", "cross"])
def test_every_part_of_both_models_can_be_chosen(page: Page, part: str) -> None:
    for model in ("translator", "untrained"):
        assert is_whole(opened(page, "I go home", "en", part=part, model=model, layer="2", head="8"))


@pytest.mark.parametrize("page", OF_ONE_MODEL, ids=lambda page: page.name)
def test_the_korean_model_and_the_single_head_are_read_everywhere(page: Page) -> None:
    app = opened(page, EXAMPLES["korean"], "en")
    assert is_whole(app)
    assert Texts("en")("ui.read_by_korean") in [hint.value for hint in app.info]
    said = [element.value for element in (*app.title, *app.header, *app.markdown, *app.caption)]
    trials = [text for text in said if "trial runs" in text]  # of the translator, told on every model's page
    assert not [text for text in said if "German" in text and text not in trials]
    assert is_whole(opened(page, "I go home because it is late .", "ko", model="single_head", layer="2", head="8"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.name)
def test_a_lesson_has_a_wrong_way_to_try_and_something_to_predict(page: Page, language: str) -> None:
    views: list[dict[str, str]] = [{"stage": stage} for stage in STAGES] if page.name == "averaging" else [{}]
    texts, headings = Texts(language), []
    for view in views:
        app = opened(page, "The snake is very dangerous because it has a venom", language, **view)
        headings += [element.value for element in app.markdown if element.value.startswith("### ")]
    assert any(texts("lesson.what_if") in heading for heading in headings), "no wrong way: opened.mistake()"
    questions = {heading for heading in headings if texts("lesson.predict") in heading}
    assert len(questions) >= 2, "less than two questions: opened.predict()"
