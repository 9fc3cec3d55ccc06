"""Why scale through app.py: its numbers are the concept's, its settings live in the URL, its questions are computed."""

import base64
from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.concepts.scaling import D_KS, measure
from attnviz.concepts.wrong_ways import compare
from tests import opened
from tests.opened import charts, said
from tests.sentences import SENTENCES

SENTENCE = "I go home"
open_page = partial(opened.open_page, "scaling", text=SENTENCE)


def values(drawn: Any) -> np.ndarray:
    """The numbers of one axis, as Plotly packs them or as a list."""
    if isinstance(drawn, dict):
        return np.frombuffer(base64.b64decode(drawn["bdata"]), dtype=np.dtype(drawn["dtype"]))
    return np.array(drawn, dtype=float)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_picture_is_the_measurement(language: str) -> None:
    app = open_page(lang=language, d_k="256", seed="11", draw="3", divide="none")
    sizes = measure(11)
    size = sizes[D_KS.index(256)]
    drawn = charts(app)
    _, plain, scaled, _ = drawn["scaling_variance"]["data"]
    np.testing.assert_allclose(values(plain["y"]), [one.variance for one in sizes])
    np.testing.assert_allclose(values(scaled["y"]), [one.scaled_variance for one in sizes])
    for trace, divisor in zip(drawn["scaling_row"]["data"], ("root", "none"), strict=True):
        np.testing.assert_allclose(values(trace["y"]), size.rows[divisor].weights[2])  # type: ignore[index]
    assert sum(values(drawn["scaling_histogram"]["data"][0]["y"])) == size.scores.size
    assert f"{size.variance:.2f}" in said(app)
    assert f"{size.rows['none'].entropy.mean():.3f}" in said(app)


def test_settings_are_written_to_the_url_and_nonsense_is_told() -> None:
    app = open_page(d_k="100", seed="-1", draw="501", divide="both")
    assert all(name in app.info[0].value for name in ("d_k", "seed", "draw", "divide"))
    assert (app.select_slider(key="d_k").value, app.number_input(key="seed").value) == (64, 7)
    app.select_slider(key="d_k").set_value(8).run()
    app.number_input(key="seed").set_value(3).run()
    assert (app.query_params["d_k"], app.query_params["seed"]) == ("8", "3")
    assert not app.exception


BINS = (("few", 0.05), ("some", 0.35), ("many", 0.65), ("most", 1.0))


def guess(app: AppTest, question: str, answer: str) -> str:
    """Choose an answer; return what the page says to it, after "right" or "wrong"."""
    (radio,) = [one for one in app.radio if one.key.startswith(f"scaling_{question}_")]
    radio.set_value(answer).run()
    said = [("right", one.value) for one in app.success] + [("wrong", one.value) for one in app.error]
    assert len(said) == 1
    return f"{said[0][0]} {said[0][1]}"


def test_every_answer_says_why() -> None:
    app = open_page()
    for question, right, wrong in (
        ("sd", "root", ("one", "same", "square")),
        ("order", "none", ("few", "most")),
    ):
        fresh = open_page() if question == "order" else app
        said = {answer: guess(fresh, question, answer) for answer in (*wrong, right)}
        assert len(set(said.values())) == len(said)
        assert {answer for answer, words in said.items() if words.startswith("right")} == {right}


@pytest.mark.parametrize("size", [4, 32, 128, 1024])
def test_the_answer_about_rows_follows_d_k(size: int) -> None:
    share = float((measure(7)[D_KS.index(size)].rows["none"].largest > 0.9).mean())
    right = next(name for name, end in BINS if share <= end)
    app = open_page(d_k=str(size))
    for answer, _ in BINS:
        said = guess(app, "rows", answer)
        assert said.startswith("right" if answer == right else "wrong")
        assert f"{share:.0%}" in said


def test_the_answers_about_rows_are_not_all_the_same() -> None:
    shares = [float((size.rows["none"].largest > 0.9).mean()) for size in measure(7)]
    assert len({next(name for name, end in BINS if share <= end) for share in shares}) >= 3


def test_the_trained_models_row_is_the_traces_own() -> None:
    app = open_page(layer="2", head="4", query="2")
    call = attnviz.trace(attnviz.load_model(), SENTENCE).encoder_self[1]
    found = compare(call, 3, "no_scaling")
    drawn = charts(app)
    for trace, way in zip(drawn["scaling_sentence_row"]["data"], (found.right, found.wrong), strict=True):
        np.testing.assert_allclose(values(trace["y"]), way.weights[1])
    for name, way in (("scaled", found.right), ("unscaled", found.wrong)):
        np.testing.assert_allclose(values(drawn[f"scaling_map_{name}"]["data"][0]["z"]).ravel(), way.weights.ravel())
    app.selectbox(key="scaling_query").set_value(0).run()
    assert app.query_params["query"] == "1"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("yes " * 128, "encoder_self"),
        ("Go", "decoder_self"),
        ("집에 간다 😀", "cross"),
        ("<b>bold</b> $x$ *a*", "cross"),
    ],
    ids=["128", "one", "korean", "html"],
)
def test_any_sentence(text: str, part: str) -> None:
    app = open_page(text=text, part=part)
    drawn = charts(app)
    assert "scaling_sentence_row" in drawn
    assert ("scaling_map_scaled" in drawn) == (len(text) < 200)


def test_an_empty_sentence_leaves_the_random_part() -> None:
    app = open_page(text=" ")
    assert app.info
    assert "scaling_variance" in charts(app)
    assert "scaling_sentence_row" not in charts(app)


def test_the_papers_sentence_opens() -> None:
    assert "scaling_map_scaled" in charts(open_page(text=SENTENCES[0]))
