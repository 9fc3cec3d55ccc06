"""Take heads out, through app.py: what is said is what the model does without them; the choice is in the link."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from attnviz import Model
from attnviz.concepts.ablation import Head, all_heads, without_heads
from attnviz.concepts.worth import worth
from attnviz.lessons.heads.out import OUT
from attnviz.session.markdown import literal
from attnviz.session.numerals import written
from attnviz.trace.run import translate
from tests.opened import said

ROOT = Path(__file__).resolve().parents[2]
TEXT = "The children are playing in the garden ."


def open_tab(**params: str) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=120).switch_page("pages/heads.py")
    app.query_params.update({"text": TEXT, "lang": "en", **params})
    app.session_state["below"] = "Take heads out" if params.get("lang") != "ko" else "헤드 빼 보기"
    app.run()
    assert not app.exception
    return app


def test_what_is_said_is_what_the_model_does(model: Model) -> None:
    out = tuple(place for place in all_heads(model) if place.part == "cross")
    app = open_tab(out=OUT.write(out))
    own = translate(model, TEXT)
    whole, without = worth(model, TEXT, own), worth(without_heads(model, out), TEXT, own)
    text = said(app)
    assert f"With all heads: {literal(own)}" in text
    assert f"**{literal(without.translation)}**" in text
    assert f"goes from {written(whole.bleu, 1)} to **{written(without.bleu, 1)}**" in text
    assert f"from {written(whole.log_probability)} to {written(without.log_probability)}" in text


def test_heads_go_out_and_back_and_stand_in_the_link() -> None:
    app = open_tab(layer="2", head="3")
    assert "goes from" not in said(app)
    app.button(key="heads_out_this").click().run()
    assert app.query_params["out"] in ("e2-3", ["e2-3"])
    app.pills(key="heads_out_cross_1").set_value([0, 7]).run()
    assert OUT.read("".join(app.query_params["out"])) == (
        Head("cross", 1, 0),
        Head("cross", 1, 7),
        Head("encoder_self", 1, 2),
    )
    app.button(key="heads_out_none").click().run()
    assert "out" not in app.query_params


@pytest.mark.parametrize("text", ["x", "e1", "e0-1", "e1-0", "c1-1__", "e1-1_<b>", "e1-1" * 900])
def test_nonsense_in_the_link_is_refused(text: str) -> None:
    assert OUT.read(text) is None


@pytest.mark.parametrize("params", [{"model": "single_head", "out": "e1-1_c2-1"}, {"out": "e9-9", "lang": "ko"}])
def test_other_models_and_heads_that_are_not_there(params: dict[str, str]) -> None:
    assert open_tab(**params)
