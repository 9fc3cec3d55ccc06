"""Follow one word: the page sends the film the trace's own record, and hears the word and the step that it sends."""

import numpy as np
import streamlit as st

import attnviz
from attnviz.lessons.follow.film import receive
from attnviz.session.catalog import Texts
from attnviz.session.choices import current
from attnviz.session.screen import completed
from tests.opened import only, open_page

SNAKE = "The snake is very dangerous because it has a venom ."


def test_the_film_gets_the_numbers_of_the_linked_word(model: attnviz.Model) -> None:
    app = open_page("follow", text=SNAKE, layer="2", head="2", query="8", step="6")
    values, arrays = only(app, "follow")
    trace = attnviz.trace(model, SNAKE)
    assert values["record"]["label"] == trace.tokens[7]
    assert values["stop"] == 6
    assert len(values["names"]) == 9
    np.testing.assert_allclose(arrays["weights"], trace.encoder_self[1].weights[1, 7], atol=1e-6)


def test_a_step_and_a_word_go_into_the_link_and_nothing_else_does(model: attnviz.Model) -> None:
    trace = attnviz.trace(model, SNAKE)
    screen = completed(current()[0], Texts("en"), trace, lambda: trace)
    receive(screen, {"query": 3, "step": 4, "model": "korean", "text": "x"})
    assert (st.query_params["query"], st.query_params["step"]) == ("3", "4")
    assert "model" not in st.query_params
    receive(screen, {"query": 10**6, "step": "9"})
    assert (st.query_params["query"], st.query_params["step"]) == ("3", "4")
