"""Two hundred varied sentences: writing one by one, all at once, greedily, by a loop of our own and with one beam."""

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


def sentences(count: int, seed: int = 2017) -> list[str]:
    """Return different sentences of a small grammar: questions, clauses, numbers, names, with and without an end."""
    chance, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        words = [chance.choice(parts) for parts in (SUBJECTS, VERBS, OBJECTS, ENDS)]
        if chance.random() < 0.2:
            words = ["Why", "does", *words[:1], "think that", *words]
        found[" ".join(words).strip()] = None
    return list(found)


@pytest.fixture(scope="module")
def translations(model: Model) -> list[Written]:
    return [write(model, text) for text in sentences(200)]


def test_one_by_one_is_all_at_once(model: Model, translations: list[Written]) -> None:
    """In float32 a logit is a sum of terms as large as the row's largest logit: so is its rounding."""
    for done in translations:
        trace, stepwise = done.trace, one_by_one(model, done.source, done.ids)
        for name in ("decoder_self", "cross"):
            weights = np.stack([call.weights for call in trace.attention(name)])
            assert np.abs(np.nan_to_num(getattr(stepwise, name)) - weights).max() <= 1e-5, (trace.text, name)
        apart = np.abs(stepwise.logits - trace.logits).max(axis=1)  # (row)
        assert (apart <= 1e-5 * np.maximum(1, np.abs(trace.logits).max(axis=1))).all(), trace.text


@torch.inference_mode()
def test_without_rounding_they_are_the_same_number_by_number(model: Model, translations: list[Written]) -> None:
    exact = copy.deepcopy(model.transformer).double()
    for done in translations:
        source, target = torch.tensor([done.source]), torch.tensor([[START_ID, *done.ids]])
        memory = exact.encode(source).hidden
        at_once, pasts = exact.logits(exact.decode(target, memory).hidden)[0], exact.start(memory)
        for row in range(target.shape[1]):
            step = exact.extend(target[:, : row + 1], memory, pasts)
            pasts = step.pasts
            difference = (step.logits[0] - at_once[row]).abs() / at_once[row].abs().clamp(min=1)
            assert float(difference.max()) <= 1e-12, done.trace.text


@torch.inference_mode()
def our_own_loop(model: Model, source: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """Decode without a cache and without the model's own greedy: the whole prefix anew for each token."""
    transformer, ids = model.transformer, [START_ID]
    while len(ids) <= limit:
        scores = transformer(torch.tensor([source]), torch.tensor([ids]))[0, -1].numpy().astype(np.float64)
        scores[[PAD_ID, START_ID, MASK_ID]] = -np.inf
        if len(ids) > 2 and ids[-1] == ids[-2]:
            scores[ids[-1]] = -np.inf  # never a third time running
        token = int(scores.argmax())
        if token == END_ID:
            break
        ids.append(token)
    return tuple(ids[1:])


def test_greedy_is_a_loop_of_our_own(model: Model, translations: list[Written]) -> None:
    assert sum(len(done.ids) for done in translations) > 1000  # something was written
    for done in translations:
        assert our_own_loop(model, done.source, done.limit) == done.ids, done.trace.text


def test_one_beam_is_greedy(model: Model, translations: list[Written]) -> None:
    for done in translations:
        (only,) = searched(model, done.trace.text, 1).ranked(0.6)
        assert only.ids == (*done.ids, END_ID)[: done.n_steps], done.trace.text
