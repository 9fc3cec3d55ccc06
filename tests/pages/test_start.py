"""Start through app.py: what its views are sent, and that awkward sentences stay text."""

from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.session import screen
from attnviz.session.catalog import Texts
from attnviz.session.choices import DEFAULT_TEXT, MAX_CHARACTERS, Choices
from attnviz.session.examples import EXAMPLES
from attnviz.trace.evaluation import Evaluation, NamedLink, OpeningSentence
from attnviz.trace.plain import plain
from attnviz.trace.tokens import visible
from attnviz.trace.words import split_words
from tests import opened
from tests.opened import only

AWKWARD = {
    "emoji": "I love 🍕 and 👩\u200d👩\u200d👧 !",
    "html": '<b>bold</b> <img src=x onerror="alert(1)"> &amp;',
    "markdown": "# Title **bold** _it_ [a](javascript:b) ![c](d) `e` | f | :red[g]",
    "latex": "$x^2$ \\frac{1}{2} % _ {",
    "override": "right \u202eto\u202c left",
    "nul": "a\x00b \x1b[31m c",
    "zero_width": "zero\u200bwidth \ufeff end",
    "words": "word " * 10_000,
    "one_word": "x" * 3000,
    "korean": "뱀은 위험하다",
    "decomposed": "\u1112\u1161\u11ab a\u0301",
    "mixed": "안녕 hello 123",
    "places": "{query} {0} {text!r} %s %(a)s",
    "quotes": "\"'“”‘’ -- ; ` \\",
    "url": "%00%FF&layer=3#top?x=y",
    "duplicates": "the the the the cat the",
    "numbers": "1 2.5 3,000 ½ ٣ 2009",
    "punctuation": "?",
    "single": "a",
    "lines": "first\nsecond\r\n\tthird",
    "surrogates": "𝔘𝔫𝔦 𐍈 😀😀",
    "accents": "naïve café Straße ¿Qué?",
}
PAPER = EXAMPLES["paper"]
open_page = partial(opened.open_page, "")


@pytest.mark.parametrize("params", [{}, {"text": PAPER}])
def test_it_opens_on_a_sentence_with_real_weights(params: dict[str, str]) -> None:
    app = open_page(**params)
    values, arrays = only(app, "lines")
    trace = attnviz.trace(attnviz.load_model(), params.get("text", DEFAULT_TEXT))
    np.testing.assert_array_equal(arrays["weights"], trace.by_word("encoder_self"))
    assert tuple(values["rows"]) == trace.words
    card, _ = only(app, "headline", "headline")
    weight = trace.by_word("encoder_self")[tuple(card["place"])]
    assert card["standing"]["weight"] == pytest.approx(float(weight))
    assert (card["query"], card["key"]) == (trace.words[card["place"][2]], trace.words[card["place"][3]])
    assert (card["paper"] is not None) == bool(params)
    assert values["place"] == card["place"]


@pytest.mark.parametrize(
    ("params", "asks"),
    [
        ({}, "first"),
        ({"lang": "ko", "size": "large"}, "first"),
        ({"text": "I go home"}, None),
        ({"text": EXAMPLES["tired"]}, "tired"),
        ({"text": EXAMPLES["wide"], "lang": "ko"}, "wide"),
        ({"text": EXAMPLES["wide"], "query": "8"}, None),
        ({"text": EXAMPLES["wide"], "layer": "2"}, None),
        ({"text": EXAMPLES["tired"], "model": "single_head"}, None),
    ],
)
def test_only_a_bare_address_and_two_sentences_ask_before_they_show(params: dict[str, str], asks: str | None) -> None:
    app = AppTest.from_file(opened.APP, default_timeout=240).switch_page("pages/start.py")
    app.query_params.update(params)
    app.run()
    values, arrays = only(app, "lines")
    bets = [values["bet"], *(only(app, "headline", card)[0]["bet"] for card in ("headline", "special"))]
    assert [bet and bet["name"] for bet in bets] == [asks] * 3
    assert [bet and [values["columns"][at] for at in bet["options"]] for bet in bets] == [
        ["animal", "street"] if asks in ("tired", "wide") else asks and []
    ] * 3
    text = params.get("text", DEFAULT_TEXT)
    control = attnviz.trace(attnviz.load_model("untrained"), text, "").by_word("encoder_self")
    if "model" not in params:  # the twin is there for every link
        np.testing.assert_allclose(arrays["control"], control, atol=1e-7)


@pytest.mark.parametrize(("name", "at"), [("tired", 0), ("wide", 1)])
def test_the_bet_on_two_sentences_holds_the_weights_of_both(name: str, at: int) -> None:
    app = AppTest.from_file(opened.APP, default_timeout=240).switch_page("pages/start.py")
    app.query_params["text"] = EXAMPLES[name]
    app.run()
    card = only(app, "headline", "headline")[0]
    pair = card["bet"]["pair"]
    traces = [attnviz.trace(attnviz.load_model(), EXAMPLES[one], "") for one in ("tired", "wide")]
    weights = np.stack(
        [
            one.by_word("encoder_self")[:, :, one.words.index("it")][
                ..., [one.words.index(noun) for noun in pair["nouns"]]
            ]
            for one in traces
        ]
    )  # (sentence, layer, head, noun)
    layer, head = card["place"][:2]
    assert (pair["at"], pair["words"], card["query"]) == (at, ["tired", "wide"], "it")
    np.testing.assert_allclose(pair["weights"], weights[:, layer, head], atol=1e-6)
    np.testing.assert_allclose(pair["rival"]["weights"], weights[:, *pair["rival"]["place"]], atol=1e-6)
    larger = weights[..., 0] > weights[..., 1]
    assert (pair["heads"], pair["turned"]) == (larger[0].size, int((larger[0] != larger[1]).sum()))
    assert card["key"] == pair["nouns"][int(not larger[at, layer, head])]


def test_nothing_is_asked_of_two_sentences_that_open_on_different_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    found = screen.completed

    def elsewhere(choices: Choices, *rest: Any) -> screen.Screen:
        return replace(one := found(choices, *rest), head=(one.head + 1) % 8)

    app = AppTest.from_file(opened.APP, default_timeout=240).switch_page("pages/start.py")
    app.query_params["text"] = EXAMPLES["tired"]
    monkeypatch.setattr("attnviz.session.bet.completed", elsewhere)
    app.run()
    assert only(app, "headline", "headline")[0]["bet"] is None


def test_where_twenty_untrained_models_were_measured_it_opens_above_them(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = attnviz.trace(attnviz.load_model(), PAPER)
    n_words = len(trace.words)
    opening = OpeningSentence(PAPER, trace.words, 20, np.full((n_words, n_words), 0.001, dtype=np.float32))
    keys = (("more",), ("difficult",), ("more", "difficult"))
    known = Evaluation(tuple(NamedLink(PAPER, "making", key, (0.001,) * 20) for key in keys), opening)
    for module in ("attnviz.trace.evaluation", "attnviz.session.screen"):
        monkeypatch.setattr(import_module(module), "evaluation_of", lambda _: known)
    screen._measured_opening.clear()  # kept of the evaluation that is shipped
    card, _ = only(open_page(text=PAPER), "headline", "headline")
    screen._measured_opening.clear()
    assert card["query"] == "making"
    assert card["key"] in ("more", "difficult")
    assert (card["models"], card["modelsBest"]) == (20, pytest.approx(0.001))
    assert card["paper"]["found"] is True
    assert card["paper"]["n_untrained"] == 20


def test_an_example_opens_where_it_is_seen_best_and_a_typed_sentence_keeps_layer_and_head() -> None:
    app = open_page(layer="1", head="2", query="3", key="1")
    app.text_input(key="sentence").set_value("I go home now").run()
    assert {"layer", "head"} <= set(app.query_params)
    assert not {"query", "key"} & set(app.query_params)
    app = open_page(layer="1", head="2", query="3", key="1")  # the header is there on a fresh page only
    app.pills(key="example").set_value("tired").run()
    assert app.query_params["text"] == EXAMPLES["tired"]
    assert not {"layer", "head", "query", "key"} & set(app.query_params)


@pytest.mark.parametrize("part", ["encoder_self", "decoder_self", "cross"])
@pytest.mark.parametrize("model", ["translator", "untrained"])
def test_the_link_decides_what_is_shown(part: str, model: str) -> None:
    text = "The snake is very dangerous because it has a venom"
    app = open_page(text=text, part=part, model=model, layer="2", head="6", query="3", key="2")
    values, arrays = only(app, "lines")
    card, dots = only(app, "headline", "special")
    assert values["place"][:2] == card["place"][:2] == [1, 5]
    row, column = card["place"][2:]
    np.testing.assert_array_equal(dots["byHead"], arrays["weights"][:, :, row, column].ravel())
    assert card["untrained"] == (model == "untrained")


def test_the_special_card_holds_the_untrained_model_on_the_same_sentence() -> None:
    app = open_page(text="I go home now", layer="1", head="2", query="1", key="3")
    card, dots = only(app, "headline", "special")
    control = attnviz.trace(attnviz.load_model("untrained"), "I go home now").by_word("encoder_self")
    np.testing.assert_allclose(dots["control"], control[:, :, 0, 2].ravel(), atol=1e-7)
    assert card["standing"]["untrained_best"] == pytest.approx(float(control[:, :, 0, 2].max()))


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_sentences_are_shown_literally(name: str) -> None:
    text = AWKWARD[name]
    app = open_page(text=text)
    values, _ = only(app, "lines")
    expected = [visible(word) for word, _ in split_words(plain(text[:MAX_CHARACTERS]))][: len(values["rows"])]
    assert values["rows"] == expected
    assert values["rows"]
    assert app.text_input(key="sentence").value == text[:MAX_CHARACTERS]
    for element in (*app.markdown, *app.title, *app.warning, *app.info):  # no word of the reader's is Markdown
        assert "javascript" not in element.value
        assert "onerror" not in element.value


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b"])
def test_nothing_to_read_is_a_hint(text: str) -> None:
    app = open_page(text=text)
    assert not app.exception
    assert [info.value for info in app.info] == ["Type a few words. Two are enough to look at each other."]


def test_the_true_total_is_said_whatever_was_typed() -> None:
    said = [info.value for info in open_page(text="a first word" + " " * 4000 + "LASTWORD").info]
    assert any("first 3 tokens" in text and "4,020 characters" in text for text in said)
    assert any("8,000 characters" in info.value for info in open_page(text="a b c d " * 1000).info)
    app = open_page(text="I go home")
    app.text_input(key="sentence").set_value("word " * 10_000).run()
    assert any("49,999 characters" in info.value for info in app.info)  # a blank at the end is no character typed
    assert app.query_params["text"] == "word " * (MAX_CHARACTERS // 5)  # as much as a link can carry
    assert app.query_params["characters"] == "49999"


def test_what_was_changed_is_said_once_and_the_sentence_stays() -> None:
    app = open_page(text="I can’t\u200b swim…")
    (said,) = [caption.value for caption in app.caption if "→" in caption.value]
    assert "’ → '" in said and "U" in said
    assert app.text_input(key="sentence").value == "I can’t\u200b swim…"
    assert only(app, "lines")[0]["rows"] == ["I", "can't", "swim", ".", ".", "."]
    assert only(app, "lines")[0]["text"] == "I can’t\u200b swim…"
    assert not [caption for caption in open_page(text="I can't swim...").caption if "→" in caption.value]


@pytest.mark.parametrize("text", ["大韓民國은 民主共和國이다", "뷁햏 쀍쒊 ㅋㅋㅋ"])
def test_rare_characters_in_korean_get_both_notices(text: str) -> None:
    app = open_page(text=text)
    assert [hint.value for hint in app.info] == [Texts("en")("ui.read_by_korean")]
    assert [hint.value for hint in app.warning] == [Texts("en")("ui.foreign")]
    assert not open_page(text="나는 집에 간다").warning


def test_a_cut_is_said_and_only_the_chosen_layer_travels() -> None:
    app = open_page(text="word " * 500, layer="2")
    values, arrays = only(app, "lines")
    assert any("first 128 of 500 tokens" in info.value for info in app.info)
    assert arrays["weights"].shape[0] == 1
    assert values["firstLayer"] == 1


def test_korean_speaks_korean_and_a_foreign_sentence_says_so() -> None:
    app = open_page(text="뱀은 위험하다", lang="ko")
    assert app.title[0].value == "각 단어는 어디를 볼까요?"
    assert app.info[0].value == Texts("ko")("ui.read_by_korean")
    assert not app.warning
    assert open_page(text="뱀은 위험하다", lang="ko", model="translator").warning


def test_a_tampered_link_shows_the_default_and_says_so() -> None:
    app = open_page(text="I go home", layer="../../etc/passwd", head="99999", query="NaN", key="\x00")
    values, _ = only(app, "lines")
    assert values["rows"] == ["I", "go", "home"]
    assert any("layer, head, query, key" in info.value for info in app.info)


def test_the_way_on_carries_the_link() -> None:
    app = open_page(text="I go home", layer="1", head="2", query="3", key="1")
    links = [element.proto for element in app.get("page_link")]
    cards = [link for link in links if link.label.startswith("**")]
    on = [dict(part.split("=") for part in link.query_string.split("&")) for link in cards]
    assert len(on) == 2
    for params in on:
        assert (params["layer"], params["head"], params["query"], params["key"]) == ("1", "2", "3", "1")
