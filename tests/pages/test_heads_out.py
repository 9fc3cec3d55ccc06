"""Take heads out, through app.py: what is said is what the model does without them; the choice is in the link."""

import math
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz import Model
from attnviz.concepts.ablation import Head, all_heads, moved, without_heads
from attnviz.concepts.worth import compared, own_pairs, translate_all
from attnviz.lessons.heads.scalpel import OUT
from attnviz.session.numerals import written
from attnviz.trace.run import logits, translate
from tests.opened import only, open_page, said

TEXT = "The children are playing in the garden ."


def cut_of(app: AppTest) -> dict[str, Any]:
    """What the grid was told of heads that are out."""
    found: dict[str, Any] = only(app, "heads")[0]["cut"]
    return found


def texts_of(diff: list[list[str]]) -> tuple[str, str]:
    """The text before and after, put together from the marked words."""
    return tuple(" ".join(word for kind, word in diff if kind in ("same", own)) for own in ("gone", "new"))  # type: ignore[return-value]


def open_tab(**params: str) -> AppTest:
    return open_page("heads", text=TEXT, **params)


def test_the_grid_shows_what_the_model_writes_without_them(model: Model) -> None:
    out = tuple(sorted(place for place in all_heads(model) if place.part == "cross"))
    cut = cut_of(open_tab(out=OUT.write(out), part="decoder_self"))
    own, less = translate(model, TEXT), without_heads(model, out)
    assert (cut["on"], cut["letter"], cut["all"]) == (True, "d", len(all_heads(model)))
    assert OUT.read("_".join(cut["out"])) == out
    assert texts_of(cut["told"]["diff"]) == tuple(" ".join(text.split()) for text in (own, translate(less, TEXT)))
    # the geometric mean over the tokens of the first text, end token included, from the plain forward pass
    for row, one in zip(cut["told"]["rows"][0][1:], (model, less), strict=True):
        scores = np.array(logits(one, TEXT, own), dtype=np.float64)
        logs = (
            scores
            - np.log(np.exp(scores - scores.max(-1, keepdims=True)).sum(-1, keepdims=True))
            - scores.max(-1, keepdims=True)
        )
        best = np.array(logits(model, TEXT, own)).argmax(-1)  # greedy wrote the likeliest each time
        assert row == pytest.approx(math.exp(logs[np.arange(len(best)), best].mean()), abs=1e-5)


def test_nothing_is_written_before_it_is_asked_for(model: Model) -> None:
    assert cut_of(open_tab()) | {"all": 0} == {
        "on": False, "out": [], "bleu": False, "letter": "e", "all": 0, "told": {},
    }  # fmt: skip
    told = cut_of(open_tab(cut="on"))["told"]
    assert {kind for kind, _ in told["diff"]} == {"same"}
    assert texts_of(told["diff"])[0] == translate(model, TEXT)
    assert told["rows"][0][2] is None and told["offersBleu"] and not told["bleu"]


def test_bleu_and_its_errors_come_when_asked_and_go_with_other_heads(model: Model) -> None:
    heads = (Head("encoder_self", 1, 2),)
    app = open_tab(out="e2-3")
    assert "sentences of our own" not in said(app)
    app.button(key="heads_out_bleu").click().run()
    sources = [source for source, _ in own_pairs()]
    found = compared(translate_all(model, sources), translate_all(without_heads(model, heads), sources))
    told = f"{written(found.whole, 1)} ± {written(found.whole_error, 1)} with all heads"
    assert told in cut_of(app)["told"]["bleu"] and told in said(app)
    assert f"{written(found.without, 1)} ± {written(found.without_error, 1)} without" in said(app)
    app.pills(key="heads_out_cross_1").set_value([0, 7]).run()
    assert OUT.read("".join(app.query_params["out"])) == (Head("cross", 1, 0), Head("cross", 1, 7), *heads)
    assert cut_of(app)["out"] == ["c2-1", "c2-8", "e2-3"]
    assert "bleu" not in app.query_params and not cut_of(app)["told"]["bleu"]


def test_how_far_a_word_moves() -> None:
    before = np.array([[3, 4], [1, 0], [0, 1], [9, 9]], dtype=np.float32)
    after = np.array([[3, 4], [2, 0], [0, 2], [0, 0]], dtype=np.float32)
    assert moved(before, after, (0, 1, 1, None)) == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize("text", ["x", "e1", "e0-1", "e1-0", "c1-1__", "e1-1_<b>", "e1-1" * 1900])
def test_nonsense_in_the_link_is_refused(text: str) -> None:
    assert OUT.read(text) is None


@pytest.mark.parametrize("params", [{"model": "single_head", "out": "e1-1_c2-1"}, {"out": "e9-9", "lang": "ko"}])
def test_other_models_and_heads_that_are_not_there(params: dict[str, str]) -> None:
    assert len(cut_of(open_tab(**params))["out"]) == 2 * ("model" in params)
