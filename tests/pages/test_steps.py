"""The Step by step page through app.py: what the view is sent, and what it may write to the URL."""

import io
import zipfile
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import streamlit as st

import attnviz
from attnviz.components.steps.values import WAYS
from attnviz.lessons.steps import stage as page
from attnviz.session.catalog import strings
from attnviz.session.choices import Choices, model_for
from attnviz.session.screen import Screen
from attnviz.trace.check import check_zip
from attnviz.trace.pieces import pieces
from attnviz.trace.records import PARTS
from attnviz.trace.steps import STEPS, step_record
from tests import opened
from tests.opened import only, sent
from tests.sentences import SENTENCES

SENTENCE = "The animal didn't cross the street because it was too tired ."
open_page = partial(opened.open_page, "steps", text=SENTENCE)
SEEN = cast(Screen, SimpleNamespace(layer=1, head=2, query=4, choices=Choices()))


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("part", PARTS)
def test_the_view_gets_the_traces_own_numbers(number: int, part: str) -> None:
    values, arrays = only(open_page(step=str(number), part=part, layer="2", head="4", query="3", key="2"), "steps")
    trace = attnviz.trace(attnviz.load_model(), SENTENCE)
    record = step_record(trace, part, 1, 3, STEPS[number - 1].slug)  # type: ignore[arg-type]
    assert (values["number"], values["layer"], values["head"]) == (number, 1, 3)
    assert values["cell"] == {"query": 2, "key": 1, "dim": -1}
    assert values["sentence"] == SENTENCE
    for matrix in record.matrices:
        np.testing.assert_array_equal(arrays[matrix.name], matrix.values)
    named = {*values["left"], *values["above"], values["corner"]}
    assert named == {matrix.name for matrix in record.matrices}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    "text",
    [SENTENCES[0], "Go", "yes " * 128, "집에 간다 😀", "<b>bold</b> $x$"],
    ids=["paper", "one", "128", "korean", "html"],
)
def test_each_sentence_in_each_language(text: str, language: str) -> None:
    for number in ("1", "6", "9"):
        values, _ = only(open_page(text=text, lang=language, step=number), "steps")
        assert len(values["names"]) == 9
        trace = attnviz.trace(attnviz.load_model(model_for(text)), text)
        assert values["labels"]["query"] == list(pieces(trace.tokens, trace.word_of))


def test_without_a_choice_it_opens_with_one_word_whose_vector_is_embedding_and_position() -> None:
    app = opened.open_page("steps")
    values, arrays = only(app, "steps")
    assert (values["view"], values["layer"], values["above"]) == ("word", 0, ["embeddings", "positions", "x"])
    np.testing.assert_allclose(arrays["embeddings"] + arrays["positions"], arrays["x"], atol=1e-6)
    assert values["labels"]["query"][values["cell"]["query"]] == "dangerous", "a word in one piece"
    assert "view" not in app.query_params
    app.text_input(key="sentence").set_value("I go home").run()  # a sentence is no choice of a place
    values, _ = only(app, "steps")
    assert (values["view"], values["layer"], values["sentence"]) == ("word", 0, "I go home")
    app.selectbox(key="head").set_value(3).run()  # what is seen stays
    assert [only(app, "steps")[0][name] for name in ("view", "layer", "head")] == ["word", 0, 2]


@pytest.mark.parametrize(
    "choice", [{"layer": "2"}, {"head": "3"}, {"step": "2"}, {"query": "2"}, {"part": "cross"}, {"view": "sentence"}]
)
def test_a_link_that_names_a_place_opens_as_it_says(choice: dict[str, str]) -> None:
    values, _ = only(open_page(**choice), "steps")
    assert values["view"] == "sentence"
    shown = {name: values[name] for name in ("part", "view")}
    shown |= {"layer": values["layer"] + 1, "head": values["head"] + 1, "query": values["cell"]["query"] + 1}
    shown["step"] = values["number"]
    assert all(str(shown[name]) == said for name, said in choice.items())


def test_pieces_of_one_word_are_marked() -> None:
    text = "The snake is very dangerous because it has a venom ."
    for part in PARTS:
        labels = only(open_page(text=text, part=part), "steps")[0]["labels"]
        trace = attnviz.trace(attnviz.load_model(), text)
        for name, words in (
            ("query", trace.words if part == "encoder_self" else trace.target_words),
            ("key", trace.target_words if part == "decoder_self" else trace.words),
        ):
            written = " ".join(labels[name]).replace("· ·", "").split()
            assert "".join(written) != "".join(labels[name]), "a word is in pieces"
            assert tuple(word for word in written if not word.startswith("‹")) == words


@pytest.mark.parametrize("role", ["query", "key", "value"])
def test_step_two_shows_the_chosen_matrix(role: str) -> None:
    values, arrays = only(open_page(step="2", role=role, layer="1", head="1"), "steps")
    assert values["corner"] == role
    assert set(arrays) >= {"inputs", f"W_{role[0].upper()}", role, "bias"}


@pytest.mark.parametrize(("number", "names"), [("4", WAYS["scale"]), ("5", WAYS["mask"]), ("6", WAYS["softmax"])])
def test_wrong_ways_come_beside_the_right_one(number: str, names: tuple[str, ...]) -> None:
    for name in names:
        values, arrays = only(open_page(step=number, wrong=name, part="decoder_self"), "steps")
        assert values["whatIf"]["name"] == name
        np.testing.assert_allclose(arrays["right_sums"], 1, atol=1e-6)


def test_a_single_head_is_not_spoken_of_as_many() -> None:
    texts = [
        only(open_page(step="8", model=model), "steps")[0]["texts"]["say_join"]
        for model in ("translator", "single_head")
    ]
    assert texts == [strings("en")[f"steps.{name}"] for name in ("say_join", "say_join_one")]


def test_a_wrong_way_of_another_step_is_not_shown() -> None:
    assert only(open_page(step="3", wrong="no_scaling"), "steps")[0]["whatIf"] is None


def test_a_drawn_mask_comes_from_the_url() -> None:
    _, arrays = only(open_page(step="5", wrong="drawn_mask", drawn="1-2_3-1_900-900"), "steps")
    forbidden = {(int(row), int(column)) for row, column in np.argwhere(arrays["wrong_mask"] == 0)}
    assert forbidden == {(0, 1), (2, 0)}


@pytest.mark.parametrize("drawn", ["1-1_", "x", "1-1_2", "-", "1-1" * 500])
def test_a_broken_mask_in_the_url_is_refused_and_told(drawn: str) -> None:
    app = open_page(step="5", wrong="drawn_mask", drawn=drawn)
    assert "drawn" in app.info[0].value
    assert only(app, "steps")[1]["wrong_mask"].all()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"step": 4, "wrong": ""}, {"step": "4"}),
        ({"query": 3, "key": 2}, {"query": "3", "key": "2"}),
        ({"query": 3, "dim": 7, "text": "x", "lang": "ko"}, {"query": "3", "dim": "7"}),
        ({"role": "value", "view": "word"}, {"role": "value", "view": "word"}),
        ({"wrong": "no_scaling", "drawn": "1-2_3-4"}, {"wrong": "no_scaling", "drawn": "1-2_3-4"}),
        *(
            ({"step": 4} | forged, {})
            for forged in (
                {"query": True}, {"key": -1}, {"dim": 2.5}, {"step": 13}, {"step": "4"}, {"role": "drop"},
                {"wrong": "worse"}, {"drawn": "1-"}, {"view": ["word"]},
            )
        ),
    ],
)  # fmt: skip
def test_only_what_exists_is_written_and_of_a_forged_message_nothing(
    value: dict[str, Any], written: dict[str, str]
) -> None:
    st.query_params.clear()
    page.receive(SEEN, value)
    known = {"layer": "2", "head": "3", "query": "5"} if written else {}  # where it was chosen stays
    assert {name: text for name, text in st.query_params.to_dict().items() if name != "lang"} == known | written
    st.query_params.clear()


@pytest.mark.parametrize("value", [None, 3, "step", ["step", 2]])
def test_what_is_no_choice_is_left_alone(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "choose", pytest.fail)
    page.receive(SEEN, value)


def test_choosing_a_head_keeps_the_cell_on_screen() -> None:
    app = open_page(step="3", layer="1", head="2")
    cell = only(app, "steps")[0]["cell"]
    app.selectbox(key="head").set_value(5).run()
    values, _ = only(app, "steps")
    assert (values["layer"], values["head"]) == (0, 4)
    assert values["cell"] == cell
    app.selectbox(key="layer").set_value(2).run()
    assert only(app, "steps")[0]["layer"] == 1


def test_the_download_is_offered() -> None:
    app = open_page(layer="2", head="3")
    (button,) = app.get("download_button")
    assert "layer 2, head 3" in button.proto.label
    trace = attnviz.trace(attnviz.load_model(), SENTENCE)
    names = zipfile.ZipFile(io.BytesIO(check_zip(trace, "encoder_self", 1, 2))).namelist()
    assert names == ["attnviz-check/check.py", "attnviz-check/head.npz"]


def test_an_empty_sentence_gets_a_hint() -> None:
    app = open_page(text=" ")
    assert app.info
    assert not sent(app, "steps")
