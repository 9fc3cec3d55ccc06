"""How good is it through app.py: what stands there is what was measured, and what BLEU makes of two sentences."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sacrebleu.metrics import BLEU
from streamlit.testing.v1 import AppTest

import attnviz
from attnviz.lessons.quality import shared
from attnviz.lessons.quality.models import read_unequally
from attnviz.lessons.quality.paper import PAPER
from attnviz.trace.evaluation import Scores, load_scores
from attnviz.trace.models import translators
from tests import opened
from tests.opened import said

ROOT = Path(__file__).resolve().parents[2]
TRANSLATORS = [row.name for row in translators()]
COMPARED = [row.name for row in translators() if row.compared]
REFERENCE, CANDIDATE = "a small cat sat on the old mat", "the cat sat on on the mat"
open_page = partial(opened.open_page, "quality", text="I go home")


@pytest.fixture(scope="module")
def app() -> AppTest:
    return open_page(reference=REFERENCE, candidate=CANDIDATE, order="2")


def test_the_table_is_what_was_measured(app: AppTest) -> None:
    rows = [row for row in said(app).splitlines() if row.startswith("| ") and " M |" in row]
    assert len(rows) == len(TRANSLATORS) > 1
    for row, name in zip(rows, TRANSLATORS, strict=True):
        found = json.loads((ROOT / "weights" / name / "evaluation.json").read_text(encoding="utf-8"))
        test, read = found["translation"]["test"], found["training"]["curve"][-1]["target_tokens"]
        cells = [cell.strip(" *") for cell in row.split("|")[2:-1]]
        bleu = f"{test['BLEU']:.1f}**\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{test['BLEU standard error']:.1f}"
        expected = [bleu, f"{test['chrF']:.1f}", f"{found['translation']['flores']['BLEU']:.1f}"]
        expected.append(f"{found['model']['parameters'] / 1e6:.2f} M")
        assert cells == [*expected, f"{read / 1e6:.1f} M"]
    assert not app.info


def test_who_read_more_than_the_text_that_all_share_is_named(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    began = []
    for name in COMPARED:
        texts = json.loads((ROOT / f"weights/{name}/evaluation.json").read_text("utf-8"))["training"]["texts"]
        began.append(f"” {texts[0]['target_tokens'] / 1e6:.1f} million")
    assert "went on with the same larger text" in said(app)
    for read in set(began):
        assert said(app).count(read) == began.count(read)

    def scores(name: str, first_text: int | None) -> Scores | None:
        found = load_scores(name)
        return found and replace(found, first_text=first_text)

    for longer, told in (
        (None, "pairs, cut into the same tokens. They have"),
        (COMPARED[0], "After 21.1 million target"),
    ):
        monkeypatch.setattr(
            shared, "load_scores", lambda name, who=longer: scores(name, 21_087_648 if name == who else None)
        )
        assert told in said(open_page())


def test_what_attention_brings_is_said_from_the_numbers(app: AppTest) -> None:
    with_attention, without = load_scores("recurrent_attention"), load_scores("recurrent")
    assert with_attention
    assert without
    lift = with_attention.test.bleu - without.test.bleu
    assert f"({lift:+.1f})".replace("-", "−") in said(app)
    assert ("lifts the recurrent model" in said(app)) == (lift > 0)
    factors = [a.bleu / b.bleu for a, b in zip(with_attention.by_length, without.by_length, strict=True)]
    points = [a.bleu - b.bleu for a, b in zip(with_attention.by_length, without.by_length, strict=True)]
    for values, form in ((points, "{:+.2f}"), (factors, "{:.2f}")):
        assert " | ".join(form.format(value) for value in values) in said(app)
    fresh = open_page()
    key = next(radio.key for radio in fresh.radio if radio.key.startswith("quality_length"))
    assert len(fresh.radio(key=key).options) == len(factors)
    fresh.radio(key=key).set_value(str(factors.index(max(factors)))).run()
    assert any("largest at" in success.value for success in fresh.success)
    fresh.radio(key=key).set_value(str(factors.index(min(factors)))).run()
    assert fresh.error


def test_bleu_of_the_readers_sentences_is_that_of_sacrebleu(app: AppTest) -> None:
    theirs = BLEU(effective_order=True).sentence_score(CANDIDATE, [REFERENCE])
    assert f"= {theirs.score:.1f}**" in said(app)
    assert f"{theirs.counts[1]} / {theirs.totals[1]}" in said(app)


def test_every_model_translates_the_sentence_itself(app: AppTest) -> None:
    assert len(COMPARED) > 1
    for name in COMPARED:
        written = attnviz.translate(attnviz.load_model(name), "I go home")
        assert written.replace(".", "\\.").replace("-", "\\-") in said(app)


def test_the_papers_numbers_are_the_published_ones(app: AppTest, golden: dict[str, Any]) -> None:
    published = golden["vaswani.table2"]["value"]
    known = {name: (german, french) for name, german, french in PAPER}
    for ours, theirs in (("GNMT + RL", "GNMT_RL"), ("ConvS2S", "ConvS2S"), ("MoE", "MoE"), ("ByteNet", "ByteNet")):
        assert known[ours] == tuple(published[theirs])
    assert known["Deep-Att + PosUnk"] == tuple(published["DeepAtt_PosUnk"])
    for size in ("base", "big"):
        assert known[f"Transformer ({size})"] == (published[size]["ende"], published[size]["enfr"])
    assert "| Transformer (big) | 28.4 | 41.0 |" in said(app)
    assert "can't be compared" in said(app)


@pytest.mark.parametrize(("reference", "candidate"), [("", ""), ("x", ""), ("", "x"), ("<b>$x$ | _y_</b>", "| # `z`")])
def test_odd_sentences_do_no_harm(reference: str, candidate: str) -> None:
    assert open_page(reference=reference, candidate=candidate, order="4", slip="no_brevity", lang="ko")


def test_an_address_that_is_typed_is_no_link() -> None:
    app = open_page(reference="go to www.evil.example now", candidate="go to https://evil.example/auto now", order="1")
    told = said(app)
    assert "evil" in told
    assert "https://evil" not in told.replace("\\", "")
    assert "www.evil" not in told.replace("\\", "")


def test_a_model_without_a_measurement_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(name: str) -> Scores | None:
        return None if name == "recurrent" else load_scores(name)

    monkeypatch.setattr("attnviz.lessons.quality.shared.load_scores", known)
    app = open_page()
    assert any("recurrent" in hint.value for hint in app.info)
    assert not [radio for radio in app.radio if radio.key.startswith("quality_length")]


def test_a_short_sentence_says_which_orders_are_counted_and_what_the_signature_would_give() -> None:
    app = open_page(reference=REFERENCE, candidate="a small")
    (line,) = [caption.value for caption in app.caption if "eff:no" in caption.value and "exist" in caption.value]
    effective, strict = BLEU(effective_order=True), BLEU(effective_order=False)
    assert f"= {effective.sentence_score('a small', [REFERENCE]).score:.1f}**" in said(app)
    assert f"would get {strict.corpus_score(['a small'], [[REFERENCE]]).score:.1f}." in line
    assert "eff:no" in load_scores("translator").bleu_signature
    assert not [caption.value for caption in open_page().caption if "exist" in caption.value]


def test_who_read_most_is_said_only_where_they_differ() -> None:
    found = [scores for name in COMPARED if (scores := load_scores(name))]
    most = max(found, key=lambda one: one.target_tokens)
    times = most.target_tokens / min(one.target_tokens for one in found)
    assert read_unequally(found) == ((most.name, times) if times >= 1.1 else None)
    assert read_unequally([most, most]) is None
    assert read_unequally([]) is None
    halved = replace(most.training, target_tokens=(most.target_tokens // 2,))
    assert read_unequally([most, replace(most, name="less", training=halved)]) == (
        most.name,
        pytest.approx(2, rel=1e-3),
    )
