"""Attention before Transformers through app.py: the five steps are the trace's, and the answers follow from them."""

import re
from functools import partial
from html import escape
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz import RecurrentTrace
from attnviz.concepts.recurrence import joined, last_state
from attnviz.lessons.rnn.drawing import SHOWN
from attnviz.model.checkpoint import ModelError
from attnviz.session.numerals import written
from tests import opened
from tests.opened import said

ROOT = Path(__file__).resolve().parents[2]
TEXT, ROW, TOKEN = "The snake is very dangerous", 2, 1
open_page = partial(opened.open_page, "rnn", text=TEXT)


@pytest.fixture(scope="module")
def app() -> AppTest:
    return open_page(at=str(ROW + 1), token=str(TOKEN + 1), number="17", combined="5")


@pytest.fixture(scope="module")
def found() -> RecurrentTrace:
    return attnviz.trace(attnviz.load_model("recurrent_attention"), TEXT)


def test_scores_exponents_and_weights_are_in_the_table(app: AppTest, found: RecurrentTrace) -> None:
    message, arrays = next(
        one for one in opened.sent(app, "table") if one[0]["caption"].startswith(f"Position {ROW + 1}")
    )
    assert message["rows"] == list(found.tokens)
    scores, exponents, weights = arrays["values"].T
    assert np.allclose(scores, found.scores[ROW])
    assert np.allclose(exponents / exponents.sum(), weights, atol=1e-6)
    assert np.allclose(weights, found.weights[ROW])


def test_one_number_of_each_step_is_written_out(app: AppTest, found: RecurrentTrace) -> None:
    text = said(app)
    assert f"| **score** |  |  | **{written(float(found.scores[ROW, TOKEN]), 4)}** |" in text
    value = written(float(found.attention_value[ROW, 16]), 4)
    assert f"| **number 17 of the attention value** |  |  | **{value}** |" in text
    step = joined(found, ROW)
    assert f"tanh({written(float(step.summed[4]), 4)}) = **{written(float(step.combined[4]), 4)}**" in text
    assert f"| **logit** |  |  | **{written(float(found.logits[ROW].max()), 4)}** |" in text


def test_the_bottleneck_is_drawn_from_the_states(app: AppTest) -> None:
    plain = attnviz.trace(attnviz.load_model("recurrent"), TEXT)
    (drawn,) = [one.proto.body for one in app.get("html") if 'class="attnviz-neck"' in one.proto.body]
    reads, neck, writes = re.split(r'<div class="(?:neck|writes)">', drawn)
    scale = np.linspace(-1, 1, 9)  # a state of a GRU is a mixture of values of tanh
    for part, tokens, states in (
        (reads, plain.tokens, plain.encoder_states),
        (neck, ("",), plain.encoder_states[-1:]),
        (writes, plain.next_tokens, plain.decoder_states),
    ):
        strips = [re.findall(r'class="c(\d)"', strip) for strip in re.findall(r"<b>(.*?)</b>", part)]
        nearest = np.abs(states[:, :SHOWN, None] - scale).argmin(axis=-1)
        assert np.array(strips, dtype=int).tolist() == nearest.tolist()
        assert all(escape(token) in part for token in tokens)


def test_what_passes_without_attention(app: AppTest) -> None:
    plain = attnviz.load_model("recurrent")
    n, width = attnviz.trace(plain, TEXT).encoder_states.shape
    assert f"{n} states of {width} numbers, {n * width:,} in all" in said(app)
    moved = last_state(plain, TEXT)
    first, second = moved.halves()
    assert f"without it the state moves by {written(float(moved.moved[-1]), 2)}" in said(app)
    half = (n - 1) // 2
    with_end = float(np.mean(moved.moved[n - 1 - half :]))
    assert f"would make its mean {written(with_end, 2)}" in said(app)
    assert f"by {written(first, 2)} on average, one of the second half by {written(second, 2)}" in said(app)
    radio = next(radio for radio in app.radio if radio.key.startswith("rnn_half"))
    radio.set_value("second" if second > first else "first").run()
    assert len(app.success) == 1


def test_a_whole_matrix_softmax_is_shown_to_fail(app: AppTest, found: RecurrentTrace) -> None:
    _, arrays = next(one for one in opened.sent(app, "table") if one[0]["caption"].startswith("What each position"))
    by_row, by_matrix = arrays["values"].T
    assert np.allclose(by_row, 1, atol=1e-5)
    assert by_matrix.sum() == pytest.approx(1, abs=1e-5)
    exponents = np.exp(found.scores.astype(float) - found.scores.max())
    assert np.allclose(by_matrix, exponents.sum(axis=1) / exponents.sum(), atol=1e-5)


def test_time_goes_forward_and_back_in_the_link(app: AppTest) -> None:
    app = open_page(at="2")
    app.button(key="rnn_next").click().run()
    assert app.query_params["at"] in ("3", ["3"])
    app.button(key="rnn_back").click().run()
    assert app.query_params["at"] in ("2", ["2"])


@pytest.mark.parametrize(
    "params", [{"text": "I", "at": "99", "token": "99", "target": "own"}, {"lang": "ko", "text": "나"}]
)
def test_short_and_foreign_sentences_do(params: dict[str, str]) -> None:
    assert open_page(**params)


def test_a_missing_model_is_said_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ModelError(ROOT / "weights" / "recurrent", "the file is missing")

    monkeypatch.setattr("attnviz.lessons.rnn.shared.recurrent_trace_of", missing)
    app = open_page()
    assert any("git checkout" in error.value.replace("\\", "") for error in app.error)
