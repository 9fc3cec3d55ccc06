"""Varied sentences written one by one, all at once and greedily; every fourth exactly and by beam.

Sixty in make test, two hundred in make test-all.
"""

import copy
import random

import numpy as np
import pytest
import torch

from attnviz import Model
from attnviz.concepts.beam import searched
from attnviz.concepts.decoding import Written, one_by_one, write
from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID, START_ID

SUBJECTS = ("Tom", "the old man", "my sister", "a dog", "nobody", "the children", "she", "our teacher from Berlin", "I")
VERBS = ("saw", "did not like", "bought", "will never forget", "asked for", "is reading", "lost")
OBJECTS = ("the red house", "2009 letters", "a book", "it", "what they said", "3.5 kg of tea", "the key to the door")
ENDS = (".", "!", "?", "because it was late .", "in the garden .", "when it rained , and then went home .", "")

EXACTLY = 4  # every fourth in float64, and with one beam


def sentences(count: int, seed: int = 2017) -> list[str]:
    """Return different sentences of a small grammar: questions, clauses, numbers, names, with and without an end."""
    chance, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        words = [chance.choice(parts) for parts in (SUBJECTS, VERBS, OBJECTS, ENDS)]
        if chance.random() < 0.2:
            words = ["Why", "does", *words[:1], "think that", *words]
        found[" ".join(words).strip()] = None
    return list(found)


@pytest.fixture(scope="module", params=[60, pytest.param(200, marks=pytest.mark.full)])
def translations(model: Model, request: pytest.FixtureRequest) -> list[Written]:
    return [write(model, text) for text in sentences(request.param)]


def test_one_by_one_is_all_at_once(model: Model, translations: list[Written]) -> None:
    """In float32 a sum is rounded like its largest term: logits by their row's largest, weights by their scores'."""
    for done in translations:
        trace, stepwise = done.trace, one_by_one(model, done.source, done.ids)
        for name in ("decoder_self", "cross"):
            weights, scores = (
                np.stack([getattr(call, kind) for call in trace.attention(name)])
                for kind in ("weights", "scaled_scores")
            )
            apart = np.abs(np.nan_to_num(getattr(stepwise, name)) - weights).max(axis=-1)  # (layer, head, row)
            assert (apart <= 2e-6 * np.maximum(5, np.abs(scores).max(axis=-1))).all(), (trace.text, name)
        apart = np.abs(stepwise.logits - trace.logits).max(axis=1)  # (row)
        assert (apart <= 1e-5 * np.maximum(1, np.abs(trace.logits).max(axis=1))).all(), trace.text


@torch.inference_mode()
def test_without_rounding_they_are_the_same_number_by_number(model: Model, translations: list[Written]) -> None:
    exact = copy.deepcopy(model.transformer).double()
    for done in translations[::EXACTLY]:
        source, target = torch.tensor([done.source]), torch.tensor([[START_ID, *done.ids]])
        memory = exact.encode(source).hidden
        at_once, pasts = exact.logits(exact.decode(target, memory).hidden)[0], exact.start(memory)
        for row in range(target.shape[1]):
            step = exact.extend(target[:, : row + 1], memory, pasts)
            pasts = step.pasts
            difference = (step.logits[0] - at_once[row]).abs() / at_once[row].abs().clamp(min=1)
            assert float(difference.max()) <= 1e-12, done.trace.text


def test_greedy_takes_the_likeliest_token_of_each_row(model: Model, translations: list[Written]) -> None:
    """The rows of a trace are computed at once, without a cache and without the model's own greedy."""
    assert sum(len(done.ids) for done in translations) > 5 * len(translations)  # something was written
    for done in translations:
        scores = done.trace.logits.copy()  # (row, vocabulary): what row t reads, it writes token t after
        scores[:, [PAD_ID, START_ID, MASK_ID]] = -np.inf
        for row, (before, last) in enumerate(zip(done.ids, done.ids[1:], strict=False), start=2):
            if before == last:
                scores[row, last] = -np.inf  # never a third time running
        expected = (*done.ids, END_ID)[: done.limit]
        assert tuple(scores.argmax(axis=1)[: len(expected)]) == expected, done.trace.text


def test_one_beam_is_greedy(model: Model, translations: list[Written]) -> None:
    for done in translations[::EXACTLY]:
        (only,) = searched(model, done.trace.text, 1).ranked(0.6)
        assert only.ids == (*done.ids, END_ID)[: done.n_steps], done.trace.text
