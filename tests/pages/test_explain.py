"""Does attention explain through app.py: the numbers are the concepts' own, and the answers follow from them."""

from functools import partial

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from attnviz import Model
from attnviz.concepts.explanation import METHODS, Asked, Explained, asked, explained
from attnviz.concepts.weight_tests import shuffled, uniform
from attnviz.lessons.explain.shared import N_DRAWS
from attnviz.model.transformer import END_ID, START_ID
from attnviz.session.numerals import written
from attnviz.trace.tokens import tokenize
from tests import opened
from tests.opened import said

SENTENCE, ROW, LAYER, HEAD = "The snake is very dangerous", 3, 1, 2
open_page = partial(opened.open_page, "explain", text=SENTENCE)


@pytest.fixture(scope="module")
def app() -> AppTest:
    return open_page(at=str(ROW + 1), layer=str(LAYER + 1), head=str(HEAD + 1), scope="layer", seed="11")


@pytest.fixture(scope="module")
def question(model: Model) -> Asked:
    source = tokenize(model.tokenizer, SENTENCE).ids
    (ids,) = model.transformer.greedy(torch.tensor([source]), 40)
    return asked(model.transformer, source, (START_ID, *ids[:ROW]), (*ids, END_ID)[ROW])


@pytest.fixture(scope="module")
def found(question: Asked) -> Explained:
    return explained(question, LAYER, HEAD)


def test_the_table_has_every_method_and_token(app: AppTest, found: Explained) -> None:
    message, arrays = next(one for one in opened.sent(app, "table") if one[0]["caption"].startswith("What each method"))
    values = arrays["values"]
    assert values.shape == (6, len(found.raw)) == (len(message["rows"]), len(message["columns"]))
    for row, method in zip(values, METHODS, strict=True):
        assert np.allclose(row, found.of(method), atol=1e-6)


def test_shuffled_and_equal_weights_are_said(app: AppTest, question: Asked) -> None:
    draws, even = shuffled(question, "layer", LAYER, HEAD, N_DRAWS, 11), uniform(question, "layer", LAYER, HEAD)
    own, after = draws.predictions
    text = said(app)
    assert f"the median distance is **{written(float(np.median(draws.distance)), 3)}**" in text
    assert f"In **{sum(token == own for token in after)}** of the {N_DRAWS}" in text
    assert f"the distance is {written(float(even.distance[0]), 3)}" in text


def test_the_token_that_costs_most_is_the_right_answer(app: AppTest, found: Explained) -> None:
    radio = next(radio for radio in app.radio if radio.key.startswith("explain_hidden"))
    best = int(found.leave_one_out.argmax())
    radio.set_value(str(best)).run()
    assert len(app.success) == 1
    assert written(float(found.leave_one_out[best]), 3) in app.success[0].value


def test_hiding_a_token_gives_its_probability(found: Explained) -> None:
    app = open_page(at=str(ROW + 1), layer=str(LAYER + 1), head=str(HEAD + 1), hide="2")
    after = found.probability * float(np.exp(-found.leave_one_out[1]))
    assert f"from {written(found.probability, 3)} to **{written(after, 3)}**" in said(app)


@pytest.mark.parametrize("params", [{"model": "single_head", "lang": "ko"}, {"text": "I", "at": "99", "hide": "150"}])
def test_other_models_and_short_sentences_do(params: dict[str, str]) -> None:
    assert open_page(**params)
