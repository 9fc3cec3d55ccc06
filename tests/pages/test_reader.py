"""Which model reads a sentence: chosen by its script, told, and switched by a button; through app.py."""

from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz import load_model, trace
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.examples import EXAMPLES
from attnviz.trace.run import load_control
from tests import opened

open_page = partial(opened.open_page, "heads")


def told(app: AppTest) -> set[str]:
    """Return the names of what is said about who reads."""
    texts = Texts("en").group("ui") | {f"{name} (ko)": text for name, text in Texts("ko").group("ui").items()}
    shown = {element.value for element in (*app.info, *app.warning)}
    return {name.removesuffix(" (ko)") for name, text in texts.items() if text in shown}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_korean_sentence_gets_the_korean_model_and_can_be_given_to_the_translator_and_back(language: str) -> None:
    app = open_page(text="I go home", lang=language, layer="2", head="3")
    assert (app.selectbox(key="model").value, told(app)) == ("translator", set())
    app.pills(key="example").set_value("korean").run()
    assert (app.selectbox(key="model").value, told(app)) == ("korean", {"read_by_korean"})
    assert "model" not in app.query_params
    app.button(key="reader_switch").click().run()
    assert app.query_params["model"] == "translator"
    assert told(app) == {"foreign"}
    app.button(key="reader_switch").click().run()
    assert "model" not in app.query_params
    assert (app.selectbox(key="model").value, told(app)) == ("korean", {"read_by_korean"})
    assert not app.exception


def test_a_model_that_the_app_chose_follows_the_sentence_back() -> None:
    app = open_page(text=EXAMPLES["korean"])  # the sentence box is the app's own: only a fresh link has it in a test
    app.pills(key="example").set_value("boy").run()
    assert (app.selectbox(key="model").value, told(app)) == ("translator", set())
    assert "model" not in app.query_params


def test_what_the_reader_chose_stays_when_the_sentence_changes() -> None:
    app = open_page(text=EXAMPLES["korean"], model="single_head")
    assert told(app) == {"foreign"}
    app.text_input(key="sentence").set_value("he is a boy").run()
    assert app.query_params["model"] == "single_head"
    app.selectbox(key="model").set_value("korean").run()
    assert told(app) == {"korean_only"}
    app.button(key="reader_switch").click().run()
    assert (app.selectbox(key="model").value, told(app)) == ("translator", set())


def test_other_scripts_keep_their_banner() -> None:
    app = open_page(text="Привет мир , это лес")
    assert told(app) == {"foreign"}
    assert told(open_page(text="Привет мир , это лес", model="untrained")) == {"foreign_untrained"}
    assert not [button for button in app.button if button.key == "reader_switch"]


@pytest.mark.parametrize(("model", "text"), [("single_head", "I go home"), ("korean", EXAMPLES["korean"])])
def test_beside_each_model_stands_its_own_untrained_twin(model: str, text: str) -> None:
    app = open_page(text=text, model=model, layer="2", head="1", query="1", key="3")
    values, arrays = opened.only(app, "heads")
    _, _, row, column = values["place"]
    for name, one in (("trained", load_model(model)), ("untrained", load_control(model))):
        link = trace(one, text, "").by_word("encoder_self")[:, :, row, column]  # (layer, head)
        np.testing.assert_allclose(arrays[name], [link[tuple(place)] for place in values["order"]], atol=1e-6)
