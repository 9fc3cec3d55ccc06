"""The All heads page through app.py: what its views are sent."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.components.heads import pick
from attnviz.session.catalog import Texts
from attnviz.trace.head_columns import COLUMNS
from attnviz.trace.records import PARTS, Part
from tests import opened
from tests.opened import only, packed
from tests.views import unpack

SENTENCE = "The animal didn't cross the street because it was too tired ."
open_page = partial(opened.open_page, "heads", text=SENTENCE)


def in_url(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[-1]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("model", ["translator", "untrained"])
def test_the_link_decides_what_is_large(part: Part, model: str) -> None:
    app = open_page(part=part, model=model, layer="2", head="6", query="2", key="1")
    values, arrays = only(app, "heads")
    trace = attnviz.trace(attnviz.load_model(model), SENTENCE)
    assert values["place"][:2] == [1, 5]
    assert values["part"] == part
    chosen = arrays["chosen"]
    assert chosen.dtype == np.float32
    if part != "cross":
        np.testing.assert_array_equal(chosen, trace.by_word(part)[1, 5])
    row, column = values["place"][2:]
    assert values["standing"]["weight"] == chosen[row, column]
    assert values["rowTokens"][row] <= 1 and values["columnTokens"][column] <= 1


def test_colours_are_bytes_and_near_the_weights() -> None:
    values, arrays = only(open_page(layer="1", head="3"), "heads")
    colours, limits = arrays["colours"], arrays["limits"]
    assert colours.dtype == np.uint8
    near = colours[0, 2] / values["levels"] * limits[0, 2]
    np.testing.assert_allclose(near, arrays["chosen"], atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize("text", ["Hi", "I go home", SENTENCE, "😀 안녕 <b>x</b>", "the man saw the dog " * 26])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_message_is_small(text: str, lang: str) -> None:
    app = open_page(text=text, lang=lang)
    for unit in ("words", "tokens"):
        app.segmented_control(key="unit").set_value(unit).run()
        for per_head in (False, True):
            app.toggle(key="per_head").set_value(per_head).run()
            (data,) = packed(app, "heads")
            assert len(data) <= 1.05 * unpack(data)[1]["colours"].size + 4000


def test_switches_change_what_is_seen() -> None:
    app = open_page()
    words, _ = only(app, "heads")
    app.segmented_control(key="unit").set_value("tokens").run()
    app.toggle(key="hide_special").set_value(False).run()
    app.toggle(key="transposed").set_value(True).run()
    tokens, arrays = only(app, "heads")
    assert words["rows"] == list(attnviz.trace(attnviz.load_model("translator"), SENTENCE).words)
    assert tokens["rows"][-1] == "‹end›"
    assert tokens["transposed"]
    assert arrays["chosen"].sum(axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("control", ["part", "model"])
def test_the_controls_write_to_the_url(control: str) -> None:
    app = open_page(layer="2", head="6", query="3", key="4")
    chosen = {"part": "cross", "model": "untrained"}[control]
    (app.selectbox if control == "model" else app.segmented_control)(key=control).set_value(chosen).run()
    assert in_url(app, control) == chosen
    assert (in_url(app, "layer"), in_url(app, "head")) == ("2", "6")
    values, _ = only(app, "heads")
    assert values[control] == chosen


@pytest.mark.parametrize(
    "value",
    [None, 3, "x", [1], {"layer": "2"}, {"layer": 0}, {"layer": 10**9}, {"layer": 1.5}, {"head": True}, {"text": "x"}],
)
def test_what_the_browser_sends_is_checked(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, Any] = {}
    monkeypatch.setattr("attnviz.components.heads.choose", lambda **changes: written.update(changes))
    pick(value)
    assert not written


def test_hostile_words_are_sent_as_they_are() -> None:
    text = '<img src=x onerror="alert(1)"> & $x$ **b** the the'
    values, _ = only(open_page(text=text), "heads")
    assert "".join(values["rows"]) == text.replace(" ", "")
    assert values["text"] == text


def test_the_head_table_has_a_row_for_each_head() -> None:
    values, arrays = only(open_page(layer="1", head="2"), "table")
    assert len(values["rows"]) == len(arrays["values"]) == 32
    assert values["chosen"][0] == 1
    assert len(values["columns"]) == len(COLUMNS)
    of_two_sentences = [column for column in COLUMNS.values() if not column.positional]
    assert len(only(open_page(part="cross"), "table")[0]["columns"]) == len(of_two_sentences)


def test_the_switches_are_part_of_the_link() -> None:
    app = open_page(unit="tokens", hide_special="off", per_head="on", transposed="on")
    assert app.segmented_control(key="unit").value == "tokens"
    assert [app.toggle(key=name).value for name in ("hide_special", "per_head", "transposed")] == [False, True, True]
    app.toggle(key="transposed").set_value(False).run()
    assert "transposed" not in app.query_params
    app = open_page(unit="letters")
    assert app.segmented_control(key="unit").value == "words"
    assert any("unit" in hint.value for hint in app.info)


def test_it_is_told_how_many_words_some_head_looks_most_at() -> None:
    app = open_page(query="2")
    trace, control = (attnviz.trace(attnviz.load_model(name), SENTENCE) for name in ("translator", "untrained"))
    here, there = (len(set(seen.by_word("encoder_self")[:, :, 1].argmax(-1).ravel())) for seen in (trace, control))
    said = Texts("en")("heads.some_head", query=trace.words[1], here=here, control=there, words=len(trace.words))
    assert said in [box.value for box in app.markdown]
