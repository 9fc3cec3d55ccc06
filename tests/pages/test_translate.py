"""The Translate page through app.py: it shows the concept's own numbers, and its link holds what was chosen."""

from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz import Model
from attnviz.concepts.beam import Hypothesis, searched
from attnviz.concepts.decoding import (
    END,
    apart,
    continued,
    log_probability,
    next_distribution,
    one_by_one,
    padded,
    piece,
    telling,
    write,
)
from attnviz.lessons.translate import proofs
from attnviz.lessons.translate.step import SETTINGS
from attnviz.lessons.translate.writing import name_of
from attnviz.session.catalog import Texts
from attnviz.session.markdown import literal
from attnviz.session.numerals import tiny, written
from attnviz.trace.tokens import spelled
from tests import opened

SENTENCE = "The cat sleeps because it is late ."
open_page = partial(opened.open_page, "translate", text=SENTENCE, layer="2", head="4")


def drawn(app: AppTest) -> list[str]:
    """Return the HTML of the rows of weights and of the likely tokens."""
    bodies = [html.proto.body for html in app.get("html")]
    return [body for body in bodies if "attnviz-chips" in body[:40] or "attnviz-next" in body[:40]]


def guess(app: AppTest, key: str, name: str | None) -> None:
    """Answer a question of the page, or take the answer back."""
    next(radio for radio in app.radio if f"_{key}_" in radio.key).set_value(name).run()


def prose(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.info))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_shows_the_models_own_numbers(language: str, model: Model) -> None:
    app, done = open_page(lang=language, at="3"), write(model, SENTENCE)
    own, cross, following = drawn(app)
    weights = done.trace.decoder_self[1].weights[3, 2]
    assert own.count('class="off"') == len(done.trace.target_tokens) - 3
    assert all(f"<small>{written(float(weight))}</small>" in own for weight in weights[:3])
    row = done.trace.cross[1].weights[3, 2]
    assert 'class="off"' not in cross
    assert all(f"<small>{written(float(weight))}</small>" in cross for weight in row)
    found = next_distribution(done.trace.logits[2])
    assert all(f"<td>{written(float(value), 3)}</td>" in following for value in found.probabilities)
    said = prose(app)
    assert f"**{written(found.entropy)}" in said
    assert f"**{written(log_probability(done))}**" in said
    first = np.array([[head[0] for head in call.weights] for call in done.trace.cross], dtype=float)
    ahead = first[:, :, first.shape[2] // 2 :].sum(axis=2)  # of the source's second half, before anything is written
    layer, head = np.argwhere(ahead == ahead.max())[0] + 1
    who = {"en": f"head {head} of layer {layer} gives it most", "ko": f"{layer}층 헤드 {head}"}[language]
    assert who in said and tiny(float(ahead.max())) in said and ahead.max() > 0.01
    assert {"{", "}"}.isdisjoint(app.header[0].value)
    difference = apart(done.trace, one_by_one(model, done.source, done.ids))
    masked, seen = (padded(model, done, 8, mask_padding=way) for way in (True, False))
    values = [metric.value for metric in app.metric]
    assert values == [
        *(tiny(getattr(difference, name)) for name in ("decoder_self", "cross", "logits")),
        *(tiny(getattr(way, name)) for way in (masked, seen) for name in ("logits", "weights", "on_padding")),
    ]
    table = next(element.value for element in app.markdown if element.value.startswith("| "))
    for one in searched(model, SENTENCE, 4).ranked(0.6):
        assert f"| {written(one.log_probability)} | {len(one.ids)} | {written(one.score(0.6))} |" in table
    lines, arrays = opened.only(app, "lines")
    assert lines["part"] == "cross"
    assert arrays["weights"].shape[-1] == len(done.trace.words)


def test_time_goes_forward_and_back_and_is_in_the_link(model: Model) -> None:
    app, done = open_page(at="2", query="5"), write(model, SENTENCE)
    assert app.select_slider(key="at").value == 5  # a row that was chosen in a figure
    app.button(key="translate_next").click().run()
    assert app.query_params["at"] == "6"
    assert "query" not in app.query_params
    app.button(key="translate_back").click().run()
    app.select_slider(key="at").set_value(1).run()
    assert app.query_params["at"] == "1"
    assert app.button(key="translate_back").disabled
    app.segmented_control(key="rows").set_value("mean").run()
    assert app.query_params["rows"] == "mean"
    mean = done.trace.cross[1].weights.mean(axis=0)[0]
    assert all(f"<small>{written(float(weight))}</small>" in drawn(app)[1] for weight in mean)


def test_another_token_is_written_and_the_model_goes_on(model: Model) -> None:
    app, done = open_page(at="2"), write(model, SENTENCE)
    found = next_distribution(done.trace.logits[1])
    token = next(token for token in found.ids if token != done.ids[1] and piece(model, token).isalpha())
    app.pills(key="translate_pick").set_value(token).run()
    text = continued(model, done.ids[:1], token)
    assert app.query_params["beginning"] == text
    assert app.query_params["at"] == "2"
    other = write(model, SENTENCE, text)
    assert f"**{literal(other.beginning)}**{literal(other.trace.target.removeprefix(other.beginning))}" in prose(app)
    app.text_input(key="beginning").set_value(f"Ein *Hund* {END}").run()
    assert "**Ein \\*Hund\\***" in prose(app).replace("\\* Hund \\*", "\\*Hund\\*")
    app.text_input(key="sentence").set_value("Go").run()  # another sentence is not forced
    assert not {"beginning", "at"} & set(app.query_params)
    app.text_input(key="beginning").set_value("Ja").run()
    app.button(key="translate_reset").click().run()
    assert "beginning" not in app.query_params


def test_a_link_restores_all_and_nonsense_is_told(model: Model) -> None:
    app = open_page(at="4", beginning="Ein Hund", temperature="2", beam="2", alpha="1", beam_at="3", padding="3")
    done = write(model, SENTENCE, "Ein Hund")
    found = next_distribution(done.trace.logits[3], 2.0)
    assert f"<td>{written(float(found.probabilities[0]), 3)}</td>" in drawn(app)[2]
    table = next(element.value for element in app.markdown if element.value.startswith("| "))
    beam = searched(model, SENTENCE, 2, "Ein Hund")
    assert all(f"| {written(one.score(1.0))} |" in table for one in beam.ranked(1.0, 2))
    assert table.count("\n") == 1 + len(beam.ranked(1.0, 2))
    nonsense = {
        "at": "999", "rows": "both", "temperature": "0", "beginning": "x" * 401, "beam": "6", "alpha": "2",
        "beam_at": "-1", "padding": "99", "stop": "0-", "beam_stop": "3-xyz",
    }  # fmt: skip
    assert set(nonsense) == {setting.name for setting in SETTINGS}
    app = open_page(**nonsense)
    assert all(name in app.info[0].value for name in nonsense)
    done = write(model, SENTENCE)
    assert app.select_slider(key="at").value == telling(done.trace, done.steps, 1, 3)[2] + 1


def test_where_the_reader_stopped_is_in_the_link_and_it_goes_on_from_there(model: Model) -> None:
    whole, name = write(model, SENTENCE), name_of("translator", SENTENCE)
    app = open_page(stop=f"4-{name}", at="4")
    said = Texts("en")
    warned = [warning.value for warning in app.warning]
    assert warned == [said("translate.stopped", count=4, most=whole.limit)]
    assert app.select_slider(key="at").options[-1].startswith("4. ")
    assert spelled(model.tokenizer, whole.ids[:4]) in prose(app)
    assert literal(whole.trace.target) not in prose(app)
    row = whole.trace.cross[1].weights[3, 3]  # later tokens change nothing in earlier rows
    assert all(f"<small>{written(float(weight))}</small>" in drawn(app)[1] for weight in row)
    table = next(element.value for element in app.markdown if element.value.startswith("| "))
    assert all(f"| {written(one.log_probability)} | {len(one.ids)} |" in table for one in _after(model, 4))
    app.button(key="translate_go_on").click().run()
    assert "stop" not in app.query_params
    assert not app.warning
    assert literal(whole.trace.target) in prose(app)
    assert not open_page(stop=f"4-{name}", text=f"{SENTENCE} Go !").warning  # another sentence was not stopped
    assert not open_page(stop=f"128-{name}").warning  # nor was it, when it ended before


def _after(model: Model, n_steps: int) -> tuple[Hypothesis, ...]:
    return searched(model, SENTENCE, 4).ranked(0.6, n_steps - 1)


def test_a_search_is_stopped_by_itself(model: Model) -> None:
    app = open_page(beam_stop=f"3-{name_of('translator', SENTENCE, '')}")
    assert [warning.value for warning in app.warning] == [Texts("en")("translate.beam_stopped", count=3)]
    table = next(element.value for element in app.markdown if element.value.startswith("| "))
    assert all(f"| {written(one.log_probability)} | {len(one.ids)} |" in table for one in _after(model, 3))
    assert {radio.key.split("_")[1] for radio in app.radio} == {"visible", "strongest", "teacher"}
    assert "scores best" not in prose(app) and "best-scoring" not in prose(app)
    app.button(key="beam_go_on").click().run()
    assert not app.warning
    assert "beam_stop" not in app.query_params


def test_nothing_is_searched_before_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "searching", lambda *_: pytest.fail("a search for a reader who did not ask"))
    app = open_page(text="A cat sleeps .", answers="")
    assert not app.exception
    monkeypatch.undo()
    guess(app, "beam", "higher")
    assert len([*app.success, *app.error]) == 1


def test_nothing_is_written_one_by_one_before_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "one_by_one", lambda *_: pytest.fail("written for a reader who did not ask"))
    app = open_page(text="Two cats sleep .", answers="")
    assert not app.exception
    monkeypatch.undo()
    guess(app, "teacher", "last")
    assert [error.value.split("**")[1] for error in app.error] == [Texts("en")("lesson.wrong")]
    assert Texts("en")("translate.apart_cross") in {metric.label for metric in app.metric}


def test_rows_that_differ_by_more_than_rounding_have_no_right_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "ROUNDING", -1.0)
    app = open_page(text="Three cats sleep .", answers="")
    guess(app, "teacher", "same")
    assert not [*app.success, *app.error, *app.exception]
    assert Texts("en")("translate.apart_cross") in {metric.label for metric in app.metric}


def test_every_answer_gets_its_reason(model: Model) -> None:
    app, done = open_page(at="2"), write(model, SENTENCE)
    tokens, best = done.trace.tokens, searched(model, SENTENCE, 4).ranked(0)[0]
    difference = best.log_probability - log_probability(done)
    where = int(done.trace.cross[1].weights.mean(axis=0)[3].argmax())
    answers = {
        "visible": "seen",
        "strongest": str(where),
        "teacher": "same",
        "beam": "same" if abs(difference) < 1e-4 else "higher" if difference > 0 else "lower",
    }
    asked = {radio.key.split("_")[1]: radio for radio in app.radio}
    assert set(asked) == set(answers)
    names = {
        "visible": ["seen", "total", "less", "source"],
        "strongest": [str(at) for at, token in enumerate(tokens) if literal(token) in asked["strongest"].options],
        "teacher": ["same", "last", "none"],
        "beam": ["higher", "same", "lower"],
    }
    for key, answer in answers.items():
        assert len(asked[key].options) == len(names[key]) > 1
        for name in names[key]:
            guess(app, key, name)
            assert not app.exception
            (why,) = [box.value for box in (*app.success, *app.error)]
            assert bool(app.success) == (name == answer)
            assert len(why) > 25
        guess(app, key, None)
    assert str(int(done.trace.decoder_self[1].mask[3].sum())) in asked["visible"].options


def test_the_shortest_and_the_strangest() -> None:
    app = open_page(text="Go", beginning=END, beam="1")
    assert f"1. {END}" not in prose(app)
    assert "Width 1 **is** greedy" in prose(app)
    assert not open_page(text="<b>$x$ | *y* 😀", at="2").error
    assert np.isfinite([float(metric.value) for metric in open_page(model="untrained", padding="0").metric[-1:]]).all()
