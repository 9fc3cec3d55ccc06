"""Heads taken out: nothing changes nothing, one head is its own output set to 0, and nobody else notices."""

import numpy as np
import pytest
import torch

from attnviz import Model
from attnviz.concepts.ablation import Head, all_heads, without_heads
from attnviz.trace.records import PARTS
from attnviz.trace.run import trace, translate

TEXT = "The snake is very dangerous because it has a venom"


def test_taking_out_nothing_changes_nothing(model: Model) -> None:
    assert without_heads(model, []) is model


def test_every_head_is_there_once(model: Model) -> None:
    heads = all_heads(model)
    assert len(set(heads)) == len(heads) == 8 * (4 + 2 + 2)
    assert {place.part for place in heads} == set(PARTS)


@pytest.mark.parametrize("place", [Head("encoder_self", 0, 2), Head("decoder_self", 1, 0), Head("cross", 1, 7)])
def test_the_output_is_that_of_the_other_heads(model: Model, place: Head) -> None:
    """In the layer of the head everything before it is as it was, and its contribution alone is missing."""
    before = trace(model, TEXT)
    after = trace(without_heads(model, [place]), TEXT, before.target)
    own, changed = (found.attention(place.part)[place.layer] for found in (before, after))
    first = place.part == "encoder_self" and place.layer == 0
    if first:
        assert np.array_equal(changed.weights, own.weights)
    kept = [head for head in range(8) if head != place.head]
    rest = changed.contribution[kept].astype(np.float64).sum(axis=0) + changed.b_O
    assert np.abs(rest - changed.output).max() < 1e-5 * np.abs(changed.output).max()  # float32
    assert not changed.contribution[place.head].any()
    assert own.contribution[place.head].any()
    assert np.abs(after.logits - before.logits).max() > 0


def test_the_model_itself_stays_as_it_is(model: Model) -> None:
    before = {name: value.clone() for name, value in model.transformer.state_dict().items()}
    said = translate(model, TEXT)
    assert without_heads(model, all_heads(model)).transformer is not model.transformer
    for name, value in model.transformer.state_dict().items():
        assert torch.equal(value, before[name])
    assert translate(model, TEXT) == said


def test_an_unknown_head_is_refused(model: Model) -> None:
    for place in (Head("cross", 2, 0), Head("encoder_self", 0, 8)):
        with pytest.raises(ValueError, match="translator has no"):
            without_heads(model, [place])
