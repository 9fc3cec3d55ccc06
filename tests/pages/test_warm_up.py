"""Warm-up through app.py: its numbers are the concept's, its settings live in the URL, its questions are computed."""

import base64
from functools import partial
from typing import Any

import numpy as np
import pytest

from attnviz.concepts.schedule import own_schedule, rate, schedule
from attnviz.lessons.warm_up import own
from attnviz.trace.evaluation import Evaluation, load_evaluation
from tests import opened
from tests.opened import charts

open_page = partial(opened.open_page, "warm-up")


def values(drawn: Any) -> np.ndarray:
    """The numbers of one axis, as Plotly packs them or as a list."""
    if isinstance(drawn, dict):
        return np.frombuffer(base64.b64decode(drawn["bdata"]), dtype=np.dtype(drawn["dtype"]))
    return np.array(drawn, dtype=float)


@pytest.mark.parametrize(("language", "axes"), [("en", "linear"), ("ko", "log")])
def test_the_picture_is_the_schedule(language: str, axes: str) -> None:
    app = open_page(lang=language, d_model="256", warmup="1000", axes=axes)
    drawn = charts(app)
    found = schedule(256, 1000, 6000)
    curve = drawn["warm_up_schedule"]["data"][2]
    np.testing.assert_allclose(values(curve["y"]), found.rates)
    mark = drawn["warm_up_schedule"]["data"][3]
    assert (values(mark["x"])[0], values(mark["y"])[0]) == (1000, found.peak)
    assert drawn["warm_up_schedule"]["layout"]["yaxis"]["type"] == axes
    run = load_evaluation().training
    assert run
    np.testing.assert_allclose(
        values(drawn["warm_up_own_factor"]["data"][0]["y"]), own_schedule(run.steps, run.seconds)[1]
    )
    np.testing.assert_allclose(values(drawn["warm_up_own_loss"]["data"][0]["y"]), run.translation_loss)
    np.testing.assert_allclose(values(drawn["warm_up_own_bleu"]["data"][0]["y"]), run.bleu)


def test_the_paper_s_peak_is_on_the_page() -> None:
    text = "\n".join(element.value for element in open_page().markdown)
    assert "6.98771 × 10⁻⁴" in text
    assert f"{rate(4000, 512, 4000):.5e}" == "6.98771e-04"


def test_settings_are_written_to_the_url_and_nonsense_is_told() -> None:
    app = open_page(d_model="513", warmup="soon", axes="round", without="maybe", seed="x")
    assert all(name in app.info[0].value for name in ("d_model", "warmup", "axes", "without", "seed"))
    assert app.select_slider(key="warmup").value == 4000
    app.select_slider(key="warmup").set_value(500).run()
    app.toggle(key="without").set_value(False).run()
    assert (app.query_params["warmup"], app.query_params["without"]) == ("500", "off")
    assert len(charts(app)["warm_up_losses"]["data"]) == 2  # the chosen warm-up and the short one
    assert not app.exception


def test_every_answer_says_why() -> None:
    for question, right, wrong in (
        ("double", "root", ("double", "same", "half")),
        ("half", "four", ("two", "three", "eight")),
        ("moved", "whole", ("thousandth", "hundredth", "tenth")),
    ):
        app = open_page(d_model="64")
        for answer in (*wrong, right):
            (radio,) = [one for one in app.radio if one.key.startswith(f"warm_up_{question}_")]
            radio.set_value(answer).run()
            assert len(app.success) == (answer == right), (question, answer)
            assert len(app.error) == (answer != right)
            assert any(character.isdigit() for character in [*app.success, *app.error][0].value)


def test_another_warm_up_gives_other_answers() -> None:
    def offered(**params: str) -> list[str]:
        return [option for radio in open_page(**params).radio for option in radio.options]

    some, others = offered(warmup="1000"), offered(warmup="16000")
    assert some[6] == "at step 4,000"
    assert others[6] == "at step 64,000"
    assert some[2] != others[2]


def test_weights_without_a_record_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for evaluation in (None, Evaluation((), None)):
        monkeypatch.setattr(own, "load_evaluation", lambda found=evaluation: found)
        app = open_page()
        assert "not recorded" in app.info[0].value
        assert "warm_up_own_loss" not in charts(app)
