"""The Position page through app.py: its numbers, its settings in the URL, its questions."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.concepts import position as concept
from attnviz.lessons.position import encoding as waves
from attnviz.lessons.position import orders
from attnviz.lessons.position import trained as encoder
from attnviz.session.catalog import Texts
from attnviz.session.choices import model_for
from attnviz.session.numerals import percent, tiny
from attnviz.trace.tokens import tokenize
from tests import opened

FIRST, SECOND = ("home", "go", "I"), ("I", "go", "home")
SAY = Texts("en")
open_page = partial(opened.open_page, "position", text="I go home")


def matrices(app: AppTest) -> dict[str, tuple[dict[str, Any], np.ndarray]]:
    """Every matrix that an equation was sent, by name."""
    found: dict[str, tuple[dict[str, Any], np.ndarray]] = {}
    for values, arrays in opened.sent(app, "equation"):
        found |= {item["name"]: (item, arrays[item["name"]]) for item in values["items"] if "name" in item}
    return found


def metrics(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


def written(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def text_of(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info])


def token(word: str) -> int:
    return tokenize(attnviz.load_model().tokenizer, word).ids[0]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_opens_on_the_lectures_example_with_the_concepts_own_numbers(language: str) -> None:
    app = open_page(lang=language)
    assert not app.info
    found = concept.random_layer_in_two_orders(FIRST, SECOND, orders.LAYER_SIZE, orders.SEED.default)
    shown = matrices(app)
    place = FIRST.index("I")
    for way, value in zip(concept.WAYS, metrics(app), strict=False):
        both = found[way]
        numbers = np.stack((both.first[place], both.second[place], both.second[place] - both.first[place]))
        np.testing.assert_allclose(shown[f"way_{way}"][1], numbers, atol=1e-6)
        assert value == tiny(both.largest[place])
    assert found["plain"].largest[place] < orders.EQUAL < found["positions"].largest[place]
    np.testing.assert_array_equal(shown["vector"][1].ravel(), concept.encoding(11, 64)[10])
    np.testing.assert_array_equal(shown["paper"][1], concept.encoding(3, 4))
    np.testing.assert_array_equal(shown["tensor2tensor"][1], concept.tensor2tensor_layout(3, 4))
    through = concept.model_in_two_orders(attnviz.load_model(), FIRST, SECOND, positions=True)
    first, second = through.first[2, place, : encoder.SHOWN], through.second[2, place, : encoder.SHOWN]
    np.testing.assert_allclose(shown["stage"][1], np.stack((first, second, second - first)), atol=1e-5)
    assert len(app.radio) == 3


def test_a_link_restores_every_setting_and_a_change_is_written_to_it() -> None:
    params = {
        "first": "you see me", "second": "me see you", "follow": "see", "seed": "7", "d_model": "8", "position": "3",
        "dimension": "5", "stage": "0", "forget": "on", "who": "she", "other": "girl", "at": "11", "width": "16",
        "draw": "4", "bare": "on",
    }  # fmt: skip
    app = open_page(**params)
    assert not app.info
    assert app.text_input(key="first").value == "you see me"
    assert app.selectbox(key="follow").value == "see"
    assert app.select_slider(key="d_model").value == 8
    assert app.select_slider(key="width").value == 16
    assert app.toggle(key="bare").value and app.toggle(key="forget").value
    found = concept.random_layer_in_two_orders(("you", "see", "me"), ("me", "see", "you"), orders.LAYER_SIZE, 7)
    assert metrics(app)[1] == tiny(found["positions"].largest[1])
    shown = matrices(app)
    np.testing.assert_array_equal(shown["vector"][1].ravel(), concept.encoding(4, 8)[3])
    np.testing.assert_array_equal(shown["stage"][1][2], 0)  # the embedding is the same in both orders
    positions = concept.encoding(concept.RANDOM_POSITIONS, 16)
    for factor in (True, False):
        share = concept.survives(concept.random_table(16, 4, factor=factor), positions).mean()
        assert percent(float(share)) in metrics(app)
    app.select_slider(key="d_model").set_value(4)
    app.text_input(key="second").set_value("see you me")
    app.number_input(key="seed").set_value(8)
    app.toggle(key="bare").set_value(False).run()
    assert not app.exception
    params |= {"d_model": "4", "second": "see you me", "seed": "8"}
    del params["bare"]
    assert written(app) == {"text": "I go home", "lang": "en", "answers": "shown", **params}


def test_nonsense_in_the_link_gives_the_defaults_and_says_so() -> None:
    bad = {"seed": "-1", "d_model": "x", "position": "50", "stage": "1e9", "forget": "yes", "who": "x" * 41, "at": ""}
    app = open_page(**bad, dimension="511")
    (notice,) = app.info
    assert all(name in notice.value for name in bad)
    assert "dimension" not in notice.value  # allowed, though this d_model has fewer
    assert app.select_slider(key="dimension").value == 63
    assert app.select_slider(key="d_model").value == 64
    assert not app.toggle(key="forget").value
    assert app.text_input(key="who").value == "he"


@pytest.mark.parametrize(
    ("params", "hint"),
    [
        ({"second": "I go"}, SAY("position.hint_words", missing="**home**", extra="nothing")),
        (
            {"second": "I go home *now*"},
            SAY("position.hint_words", missing="nothing", extra="**\\***, **\\***, **now**"),
        ),
        ({"second": ""}, SAY("position.hint_words", missing="**home**, **go**, **I**", extra="nothing")),
        ({"first": " "}, SAY("position.hint_empty")),
    ],
)
def test_a_second_order_of_other_words_gets_a_hint_and_the_reverse(params: dict[str, str], hint: str) -> None:
    app = open_page(**params)
    assert [info.value for info in app.info] == [hint]
    found = concept.random_layer_in_two_orders(FIRST, SECOND, orders.LAYER_SIZE, orders.SEED.default)
    np.testing.assert_allclose(matrices(app)["way_causal"][1][1], found["causal"].second[2], atol=1e-6)


def test_long_orders_are_cut_or_refused() -> None:
    app = open_page(first="a " * 60, second="")
    assert any(SAY("position.hint_many", count=orders.MOST_WORDS) == info.value for info in app.info)
    app = open_page(first="가" * 120, second="가" * 120, follow="가" * 120)
    assert [info.value for info in app.info] == [SAY("position.hint_long")]
    assert "stage" not in matrices(app)


def test_an_unknown_word_to_follow_becomes_the_first() -> None:
    app = open_page(follow="you")
    assert app.selectbox(key="follow").value == "home"
    assert "**home**" in text_of(app)


def answered(app: AppTest, index: int, name: str) -> tuple[bool, str]:
    """Choose an answer; return whether it was right, and what was said."""
    app.radio[index].set_value(name).run()
    assert not app.exception
    return bool(app.success), (app.success or app.error)[0].value


@pytest.mark.parametrize(
    ("first", "second", "right", "said"),
    [
        ("home go I", "I go home", "none", "No word keeps its output"),
        ("home go I", "go home I", "some", "1 of 3 keep theirs: **I**"),
        ("home go I", "home go I", "all", "All 3 keep theirs"),
    ],
)
def test_the_causal_question(first: str, second: str, right: str, said: str) -> None:
    app = open_page(first=first, second=second)
    for name in ("none", "some", "all"):
        is_right, why = answered(app, 0, name)
        assert is_right == (name == right)
        assert said in why


@pytest.mark.parametrize(("d_model", "right"), [("64", "near"), ("4", "far")])
def test_the_question_of_distance_turns_with_the_width(d_model: str, right: str) -> None:
    app = open_page(d_model=d_model)
    cosine = concept.similarity(10, waves.FAR + 1, int(d_model))
    for name in ("near", "far"):
        is_right, why = answered(app, 1, name)
        assert is_right == (name == right)
        assert f"{cosine[waves.NEAR]:.3f}" in why and f"{cosine[waves.FAR]:.3f}" in why


def test_the_question_of_the_factor_follows_the_words() -> None:
    model = attnviz.load_model()
    table = concept.embedding_table(model, factor=False)
    encoded = concept.encoding(concept.RANDOM_POSITIONS, table.shape[1])[5]

    def nearest(word: str) -> int:
        return int(concept.nearest(table, table[token(word)][None] + encoded, 1)[0][0, 0])

    app = open_page()
    right = {token("he"): "itself", token("boy"): "other"}.get(nearest("he"), "third")
    for name in ("itself", "other", "third"):
        is_right, why = answered(app, 2, name)
        assert is_right == (name == right)
        assert f"{np.linalg.norm(encoded):.2f}" in why
    winner = model.tokenizer.decode([nearest("he")]).strip()
    if token(winner) != nearest("he"):  # the winner is a piece inside a word: it cannot be typed alone
        return
    assert answered(open_page(who="he", other=winner), 2, "other")[0]


def test_he_stays_he_among_all_words_of_the_model() -> None:
    table = concept.embedding_table(attnviz.load_model(), factor=True)
    encoded = concept.encoding(concept.RANDOM_POSITIONS, table.shape[1])
    total = table[token("he")] + encoded[5]
    said = text_of(open_page())
    for word in ("he", "boy"):
        assert f"{np.linalg.norm(table[token(word)] - total):.2f}" in said
    kept = concept.survives(table, encoded, np.array([token("he")])).sum()
    assert f"At {kept} of 50 positions" in said


@pytest.mark.parametrize("word", ["", "Donaudampfschiff", "😀", "<b>*x*", "$1$"])
def test_any_word_can_be_asked_about(word: str) -> None:
    app = open_page(who=word, other=word, bare="on")
    pieces = len(tokenize(attnviz.load_model().tokenizer, word).ids) - 1 if word else 0
    hint = SAY("position.hint_word", word="he") if not word else "into pieces" if pieces > 1 else ""
    assert hint in text_of(app)
    assert len(app.radio[-1].options) == (2 if word else 3)  # both are the same token when both are typed


def test_forgotten_positions_make_both_orders_one() -> None:
    app = open_page(forget="on")
    bare = concept.model_in_two_orders(attnviz.load_model(), FIRST, SECOND, positions=False)
    np.testing.assert_allclose(matrices(app)["forgotten_numbers"][1][2], 0, atol=1e-3)
    assert tiny(float(bare.largest[-1, 2])) in metrics(app)
    assert SAY("position.forgotten_same", word="I") in text_of(app)
    assert "forgotten_numbers" not in matrices(open_page())


@pytest.mark.parametrize("text", ["", "Go", "yes " * 128, "집에 간다 😀", "<b>bold</b> $x$ _y_"])
def test_any_sentence(text: str) -> None:
    app = open_page(text=text, lang="ko")
    if not text:
        assert SAY("position.sentence_kept") not in [metric.label for metric in app.metric]
        return
    model = attnviz.load_model(model_for(text))
    trace = attnviz.trace(model, text, "")
    found = concept.in_sentence(trace.embeddings, trace.positions, concept.embedding_table(model, factor=True))
    assert metrics(app)[-1] == f"{found.kept.sum()} / {len(trace.tokens)}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (2.2e-16, "2.2 × 10⁻¹⁶"), (0.00099, "9.9 × 10⁻⁴"), (0.001, "0.00100"), (33.04, "33.0")],
)
def test_small_numbers_are_written_so_that_rounding_shows(value: float, text: str) -> None:
    assert tiny(value) == text


@pytest.mark.parametrize(("share", "text"), [(1, "100 %"), (0.9999, "> 99.9 %"), (0.5, "50 %"), (0.0426, "4.3 %")])
def test_only_all_is_a_hundred_percent(share: float, text: str) -> None:
    assert percent(share) == text
