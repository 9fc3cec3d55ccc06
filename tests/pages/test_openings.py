"""What each page opens with: where translations are taken apart, a sentence that is translated as a person would."""

from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.concepts.bleu import bleu_words
from attnviz.session.choices import DEFAULT_TEXT, TRANSLATED_TEXT
from attnviz.session.pages import PAGES
from attnviz.trace.function_words import FUNCTION_WORDS
from tests.opened import open_page

BY_HAND = {"My father works in a big hospital .": "Mein Vater arbeitet in einem großen Krankenhaus."}
READERS = {"rnn": "recurrent_attention", "translate": "translator", "quality": "translator", "explain": "translator"}


def links(app: AppTest) -> dict[str, dict[str, list[str]]]:
    """The parameters of the links to pages, by where they lead."""
    return {link.proto.page: parse_qs(link.proto.query_string) for link in app.get("page_link")}


@pytest.mark.parametrize("route", [page.route for page in PAGES if page.reads])
def test_a_page_opens_with_its_sentence_and_no_link_holds_it(route: str) -> None:
    app = open_page(route)
    shown = app.text_input(key="sentence").value
    assert shown == (TRANSLATED_TEXT if route in READERS else DEFAULT_TEXT)
    if route in READERS:
        assert bleu_words(attnviz.translate(attnviz.load_model(READERS[route]), shown)) == bleu_words(BY_HAND[shown])
    assert not [found for found in links(app).values() if "text" in found]
    assert "text" not in app.query_params


def test_without_attention_the_same_sentence_is_lost() -> None:
    written = attnviz.translate(attnviz.load_model("recurrent"), TRANSLATED_TEXT)
    assert not {"arbeitet", "Krankenhaus"} & set(bleu_words(written))


@pytest.mark.parametrize("route", ["translate", "rnn", "explain"])
def test_it_opens_where_a_content_word_is_written(route: str) -> None:
    slider = open_page(route).select_slider(key="at")
    words = [option.split(". ", 1)[1] for option in slider.options]
    step = int(str(slider.value))
    assert 1 < step < len(words)
    word = words[step - 1]
    assert any(whole.startswith(word) for whole in bleu_words(BY_HAND[TRANSLATED_TEXT]))
    assert word.isalpha() and word.lower() not in FUNCTION_WORDS


@pytest.mark.parametrize("text", ["I go home", DEFAULT_TEXT, TRANSLATED_TEXT])
def test_what_the_reader_typed_goes_with_him(text: str) -> None:
    app = open_page("", text="home go I")
    app.text_input(key="sentence").set_value(text).run()
    assert {tuple(found["text"]) for found in links(app).values()} == {(text,)}
    for route in ("translate", "heads"):
        assert open_page(route, text=text).text_input(key="sentence").value == text


def test_a_row_of_one_pages_sentence_is_no_row_of_anothers() -> None:
    """From In context the way leads back to The block, and on to a page that opens with another sentence."""
    found = links(open_page("context", layer="2", head="3", query="4", key="2"))
    (before,) = [set(one) for page, one in found.items() if page.endswith("block")]
    (after,) = [set(one) for page, one in found.items() if page.endswith("rnn")]
    assert before == {"lang", "answers", "layer", "head", "query", "key"}
    assert after == before - {"query", "key"}
