"""Context moves meaning through app.py: the concept's own numbers, the second sentence in the URL, the questions."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.concepts.context import journey, looks, shared_words
from attnviz.lessons.context.pair import PRESETS
from attnviz.session.catalog import Texts
from tests import opened
from tests.opened import said, sent

BANK = PRESETS["bank"]
open_page = partial(opened.open_page, "context")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_opens_on_its_own_example_with_the_concepts_numbers(language: str) -> None:
    model, preset = attnviz.load_model(), PRESETS["spirit"]
    app = open_page(lang=language, text=preset.first)
    assert not app.info and app.selectbox(key="word").value == "spirit"
    first, second = attnviz.trace(model, preset.first), attnviz.trace(model, preset.second, "")
    shared = next(word for word in shared_words(first, second) if word.word == "spirit")
    (_, levels), (_, ranked) = sent(app, "table")
    own, looked = journey(first, second, shared), looks(first, second, shared)
    np.testing.assert_allclose(levels["values"][:, 0], own.cosine, atol=1e-6)
    np.testing.assert_allclose(levels["values"][:, 3], own.distance, rtol=1e-5)
    np.testing.assert_allclose(ranked["values"][:, 0], sorted(looked.moved.ravel(), reverse=True)[:10], atol=1e-6)
    assert levels["values"][0, 0] == levels["values"][0, 1] == 1
    assert f"**{own.cosine[-1]:.3f}**" in said(app)
    ((_, matrices),) = sent(app, "equation")
    np.testing.assert_allclose(matrices["second"] - matrices["first"], matrices["change"], atol=1e-6)


def test_a_deep_link_is_restored() -> None:
    params = {"second": BANK.second, "word": "the", "level": "3", "measure": "dot", "stretch": "0.25", "layer": "2"}
    app = open_page(text=BANK.first, head="5", show="weights", across="on", **params)
    assert app.text_input(key="second").value == BANK.second
    assert (app.selectbox(key="word").value, app.select_slider(key="level").value) == ("the", 3)
    assert (app.selectbox(key="layer").value, app.selectbox(key="head").value) == (2, 5)
    assert (app.select_slider(key="stretch").value, app.toggle(key="across").value) == (0.25, True)
    assert Texts("en")("context.dots_columns") in said(app)
    assert not app.info


def test_changes_are_written_to_the_url() -> None:
    app = open_page(text=BANK.first, second=BANK.second)
    app.select_slider(key="level").set_value(2)
    app.selectbox(key="word").set_value("the")
    app.toggle(key="across").set_value(True)
    app.selectbox(key="head").set_value(3).run()
    assert app.query_params["level"] == "2" and app.query_params["word"] == "the"
    assert app.query_params["across"] == "on" and app.query_params["head"] == "3"
    app.text_input(key="second").set_value("the end").run()
    assert app.query_params["second"] == "the end"
    assert app.selectbox(key="word").options == ["the"]


def test_a_preset_brings_both_sentences() -> None:
    app = open_page(second="the", word="the")
    app.button_group(key="context_preset").set_value("bank").run()
    assert app.query_params["text"] == BANK.first
    assert app.text_input(key="second").value == BANK.second
    assert app.selectbox(key="word").value == "bank"
    app.button_group(key="context_preset").set_value("reversed").run()
    assert app.text_input(key="second").value == ". river the of bank the on sat She"
    assert not app.exception


def test_nothing_in_common_gets_a_hint_and_keeps_the_dots() -> None:
    app = open_page(text="I go home", second="xyzzy")
    assert [hint.value for hint in app.info] == [Texts("en")("context.nothing_shared")]
    assert Texts("en")("context.dots_title") in [header.value for header in app.header]
    app = open_page(text="I go home", second=" ")
    assert [hint.value for hint in app.info] == [Texts("en")("ui.empty")]


@pytest.mark.parametrize("text", ["I go home", "Go", "yes " * 128, "집에 간다 😀", "<b>b</b> $x$ `c` | *z*"])
def test_any_sentence_meets_itself_in_reverse(text: str) -> None:
    app = open_page(text=text)
    assert sent(app, "table")[0][1]["values"][0, 0] == 1
    assert "<b>" not in said(app)


def test_nonsense_in_the_url_gives_the_default_and_a_notice() -> None:
    app = open_page(level="x", measure="drop", stretch="nan", show="?", across="2", word="no such word")
    assert all(name in app.info[0].value for name in ("level", "measure", "stretch", "show", "across"))
    assert app.selectbox(key="word").value == "dangerous"
    assert app.select_slider(key="stretch").value == 1


def asked(app: AppTest, name: str) -> Any:
    (found,) = [radio for radio in app.radio if radio.key and radio.key.startswith(f"context_{name}_")]
    return found


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("furthest", ["the", "bank", "."]),
        ("strongest", ["none", "few", "many", "all"]),
        ("below", ["all", "some", "none"]),
    ],
)
def test_every_question_tells_right_from_wrong(name: str, options: list[str]) -> None:
    app = open_page(text=BANK.first, second=BANK.second, layer="1", head="1")
    assert len(asked(app, name).options) == len(options)
    told = []
    for option in options:
        asked(app, name).set_value(option).run()
        told.append((len(app.success), len(app.error)))
        assert len((app.success or app.error)[0].value) > 40
    assert sorted(told) == [(0, 1)] * (len(options) - 1) + [(1, 0)]


def test_the_answer_follows_the_numbers() -> None:
    model = attnviz.load_model()
    for second in (BANK.second, "the river bank is the bank"):
        app = open_page(text=BANK.first, second=second)
        first, other = (attnviz.trace(model, text, "") for text in (BANK.first, second))
        ends = {shared.word: journey(first, other, shared).cosine[-1] for shared in shared_words(first, other)}
        asked(app, "furthest").set_value(min(ends, key=lambda word: ends[word])).run()
        assert app.success and not app.error


def test_the_mistake_can_be_made() -> None:
    app = open_page(text=BANK.first, second=BANK.second, level="0", measure="dot", stretch="0.1")
    assert "a dot product is not a cosine similarity" in said(app)
    assert "Both measures find the same" in said(open_page(text=BANK.first, second=BANK.second, level="0"))


def test_it_says_that_it_does_not_flip_only_where_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    tired, wide = PRESETS["it"].first, PRESETS["it"].second
    best = []
    for sentence in (tired, wide):
        trace = attnviz.trace(attnviz.load_model(), sentence, "")
        rows = np.stack([call.weights for call in trace.encoder_self])[
            :, :, trace.word_of.index(trace.words.index("it"))
        ]
        most = {
            word: max(
                sum(head[at] for at, place in enumerate(trace.word_of) if place == trace.words.index(word))
                for layer in rows
                for head in layer
            )
            for word in ("animal", "street")
        }
        best.append(max(most, key=most.__getitem__))
        assert f"{max(most.values()):.2f}" in said(open_page(text=tired, second=wide))
    text = said(open_page(text=tired, second=wide))
    assert ("It does not flip." in text) == (best[0] == best[1])
    assert ("It flips here." in text) == (best[0] != best[1])
    found = iter([("animal", 0.9, 0.1), ("street", 0.8, 0.2)])
    monkeypatch.setattr("attnviz.lessons.context.heads.most_given", lambda *_: next(found))
    text = said(open_page(text=tired, second=wide))
    assert "It flips here." in text and "**street** (0.80, the other 0.20)" in text
