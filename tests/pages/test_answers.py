"""Every question of every page: what gives its answer away is not on the page before it is settled, and after it is."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnviz.concepts.averaging import STAGES
from attnviz.session.pages import PAGES
from attnviz.ui.lesson import Lesson, Option, Settled
from tests.opened import charts, open_page, packed, said

TEXT = "The snake is very dangerous because it has a venom"
NUMBER = r"(?<![\d.])\d+\.\d+(?: × 10[⁻⁰¹²³⁴-⁹]+)?"  # with its power of ten
# what a reader knows before: the answer's own numbers stand in the question's own matter, not beside it
KNOWN = {
    ("averaging", "fives"): "the weights of now, of which the reader is to see that they stay",
    ("averaging", "back"): "two cells of the matrix of scores: which one is the question",
    ("by_hand", "hidden"): "the weight as it is before",
    ("by_hand", "double"): "the weight as it is before",
    ("context", "furthest"): "the cosine of the chosen word, which may be the one",
    ("cost", "double"): "the operations of now, which the lines above tell",
    ("multi_head", "remove"): "the largest weights, which are in the answers to choose from",
    ("position", "bare"): "the length of a position and of an embedding",
    ("softmax", "nothing"): "the smallest weight: the section above has it, and a shift leaves it as it is",
    ("warm_up", "moved"): "the first rate, which the question tells",
    ("translate", "beam"): "greedy's own log P, which its translation has above",
    ("translate", "strongest"): "a weight that another row has too",
}


@dataclass
class Asked:
    """One question as a page asked it."""

    lesson: str
    key: str
    right: Option
    others: list[Option]
    hides: bool
    drawn: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> set[str]:
        """Numbers with a point that the right answer and its reason tell, and no other answer's label."""
        told = set(re.findall(NUMBER, f"{self.right.label} {self.right.why}"))
        return told - {number for option in self.others for number in re.findall(NUMBER, option.label)}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """The questions of the last run of a page, each with what was drawn when it was settled."""
    found: list[Asked] = []
    plain = Lesson.predict

    def predict(
        self: Lesson,
        key: str,
        options: list[Option],
        answer: str,
        hides: Callable[[], None] | None = None,
        **more: Any,
    ) -> None:
        right = next(option for option in options if option.name == answer)
        one = Asked(self.name, key, right, [option for option in options if option is not right], hides is not None)
        found[:] = [other for other in found if (other.lesson, other.key) != (one.lesson, one.key)] + [one]

        def drawn() -> None:
            one.drawn.append(key)
            assert hides is not None
            hides()

        plain(self, key, options, answer, drawn if hides else None, **more)

    def predict_later(
        self: Lesson,
        key: str,
        labels: Mapping[str, str],
        settle: Callable[[], Settled | None],
        of: object,
        hides: Callable[[], None],
        **more: Any,
    ) -> None:
        settled = settle()
        assert settled is not None
        answer, whys = settled
        options = [Option(name, label, whys[name]) for name, label in labels.items()]
        predict(self, key, options, answer, hides, **more)

    monkeypatch.setattr(Lesson, "predict", predict)
    monkeypatch.setattr(Lesson, "predict_later", predict_later)
    return found


def pages() -> Iterator[object]:
    for page in PAGES:
        for stage in STAGES if page.name == "averaging" else ("",):
            yield pytest.param(page.route, {"stage": stage} if stage else {}, id=f"{page.name}{stage}")


def outside_of_questions(app: AppTest) -> str:
    """All that the page says but the answers to choose from."""
    options = {label for radio in app.radio for label in radio.options}
    return "\n".join(line for line in said(app, "latex", "metric").splitlines() if line not in options)


def drawn(app: AppTest) -> int:
    """How many charts, views and tables there are."""
    tables = [element for element in app.markdown if element.value.startswith("| ")]
    return len(charts(app)) + len(packed(app)) + len(tables)


@pytest.mark.parametrize(("route", "params"), list(pages()))
def test_a_question_hides_what_gives_it_away(route: str, params: dict[str, str], asked: list[Asked]) -> None:
    app = open_page(route, text=TEXT, answers="", **params)
    words, pictures = outside_of_questions(app), drawn(app)
    hidden = list(asked)
    for one in hidden:
        assert not one.drawn, f"{one.key} shows what it hides before it is answered"
        assert one.right.why not in words
        if (one.lesson, one.key) not in KNOWN:
            known = one.numbers & set(re.findall(NUMBER, words))
            assert not known, f"{one.lesson}.{one.key}: {known} give the answer away"
    app.query_params["answers"] = "shown"
    app.run()
    assert not app.exception
    words = said(app)
    for one in asked:
        assert one.right.why in words
        assert bool(one.drawn) == one.hides
    assert {(one.lesson, one.key) for one in hidden} == {(one.lesson, one.key) for one in asked}
    assert drawn(app) > pictures or not any(one.hides for one in asked)
    assert not app.success
    assert not app.error
