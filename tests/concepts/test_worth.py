"""What heads are worth: our own sentences are ours, scored as sacrebleu scores, and nothing out changes nothing."""

import gzip
import re
from pathlib import Path

import pytest
import torch
from sacrebleu.metrics import BLEU

from attnviz import Model
from attnviz.concepts.ablation import Head, all_heads, without_heads
from attnviz.concepts.worth import compared, log_probability, own_pairs, translate_all, writing_by
from attnviz.trace.run import logits, trace, translate

TEXT = "The children are playing in the garden ."


def plain(text: str) -> str:
    return re.sub(r"\W", "", text.casefold())


def test_our_sentences_are_in_no_training_text(data: Path) -> None:
    seen: set[str] = set()
    for file in data.glob("*.en-de.tsv.gz"):
        whole = gzip.decompress(file.read_bytes()).decode().casefold()
        seen.update(re.split(r"[\t\n]", re.sub(r"[^\w\t\n]", "", whole)))  # as plain(), all sides at once
    assert len(own_pairs()) > 35
    assert plain("I'm going home.") in seen
    assert not {plain(side) for pair in own_pairs() for side in pair} & seen


def test_a_batch_translates_as_one_by_one(model: Model) -> None:
    sources = [source for source, _ in own_pairs()][:12]
    assert list(translate_all(model, sources)) == [translate(model, source) for source in sources]


def test_scores_and_their_errors_are_those_of_sacrebleu(model: Model) -> None:
    sources, references = zip(*own_pairs(), strict=True)
    whole = translate_all(model, sources)
    without = translate_all(without_heads(model, [Head("encoder_self", 0, head) for head in range(8)]), sources)
    found = compared(whole, without)
    theirs = [BLEU().corpus_score(list(one), [list(references)], n_bootstrap=1000) for one in (whole, without)]
    assert [found.whole, found.without] == pytest.approx([one.score for one in theirs])
    errors = [one._ci / 1.96 for one in theirs]  # half of what holds 95 % of the draws
    assert [found.whole_error, found.without_error] == pytest.approx(errors, rel=0.15)
    assert compared(whole, whole).change_error == 0
    # the same sentences are drawn for both: what is hard for one is hard for the other
    assert 0 < found.change_error < (found.whole_error**2 + found.without_error**2) ** 0.5


def test_the_log_probability_is_the_sum_over_the_tokens(model: Model) -> None:
    target = translate(model, TEXT)
    rows = torch.tensor(logits(model, TEXT, target)).double().log_softmax(dim=-1)
    labels = trace(model, TEXT, target).next_tokens
    assert labels[-1] == "‹end›"
    best = sum(float(row.max()) for row in rows)  # greedy took the likeliest each time
    assert log_probability(model, TEXT, target) == pytest.approx(best, abs=1e-4)


def test_without_any_head_little_is_left(model: Model) -> None:
    own = translate(model, TEXT)
    whole = writing_by(without_heads(model, ()), TEXT, own)
    none = writing_by(without_heads(model, all_heads(model)), TEXT, own)
    assert whole.translation == own
    assert whole.n_tokens == none.n_tokens == len(trace(model, TEXT, own).next_tokens)
    assert 0 < none.probability < whole.probability < 1
