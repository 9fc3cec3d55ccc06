"""What heads are worth: our own sentences are ours, scored as sacrebleu scores, and nothing out changes nothing."""

import gzip
import re
from pathlib import Path

import pytest
import torch
from sacrebleu.metrics import BLEU

from attnviz import Model
from attnviz.concepts.ablation import all_heads, without_heads
from attnviz.concepts.worth import log_probability, own_pairs, translate_all, worth
from attnviz.trace.run import logits, trace, translate

TEXT = "The children are playing in the garden ."


def plain(text: str) -> str:
    return re.sub(r"\W", "", text.casefold())


def test_our_sentences_are_in_no_training_text(data: Path) -> None:
    seen: set[str] = set()
    for file in data.glob("*.en-de.tsv.gz"):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            seen |= {plain(side) for line in lines for side in line.split("\t")}
    assert len(own_pairs()) > 35
    assert not {plain(side) for pair in own_pairs() for side in pair} & seen


def test_a_batch_translates_as_one_by_one(model: Model) -> None:
    sources = [source for source, _ in own_pairs()][:12]
    assert list(translate_all(model, sources)) == [translate(model, source) for source in sources]


def test_the_score_is_that_of_sacrebleu(model: Model) -> None:
    found = worth(model, TEXT, translate(model, TEXT))
    theirs = BLEU().corpus_score(list(found.translations), [[target for _, target in own_pairs()]])
    assert found.bleu == pytest.approx(theirs.score)
    assert found.translation == translate(model, TEXT)


def test_the_log_probability_is_the_sum_over_the_tokens(model: Model) -> None:
    target = translate(model, TEXT)
    rows = torch.tensor(logits(model, TEXT, target)).double().log_softmax(dim=-1)
    labels = trace(model, TEXT, target).next_tokens
    assert labels[-1] == "‹end›"
    best = sum(float(row.max()) for row in rows)  # greedy took the likeliest each time
    assert log_probability(model, TEXT, target) == pytest.approx(best, abs=1e-4)


def test_without_any_head_little_is_left(model: Model) -> None:
    own = translate(model, TEXT)
    whole, none = worth(model, TEXT, own), worth(without_heads(model, all_heads(model)), TEXT, own)
    assert worth(without_heads(model, ()), TEXT, own) == whole
    assert none.bleu < whole.bleu / 4
    assert none.log_probability < whole.log_probability
