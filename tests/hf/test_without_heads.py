"""Heads taken out of models of others: the same as a W_O in which their rows are 0, and nothing stays behind."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from transformers.pytorch_utils import Conv1D

import attnviz
from attnviz import ModelError
from attnviz.hf.tiny import tiny_model, tiny_tokenizer
from attnviz.trace.records import Part

pytestmark = pytest.mark.filterwarnings("ignore")
TEXT = "the cat sat ."
Heads = list[tuple[Part, int, int]]


def made(kind: str) -> Any:
    return attnviz.wrap_hf(tiny_model(kind), tiny_tokenizer(), name=kind)


def zeroed(model: Any, heads: Heads) -> Any:
    """The same model, read anew, with these heads' rows of W_O set to 0."""
    network = deepcopy(model.network)
    names = {module: name for name, module in model.network.named_modules()}
    with torch.no_grad():
        for part, layer, head in heads:
            (site,) = [site for site in model.sites if (site.part, site.layer) == (part, layer)]
            join: Any = network.get_submodule(names[site.join])
            rows = join.weight if isinstance(join, Conv1D) else join.weight.T
            width = len(rows) // site.n_heads
            rows[head * width : (head + 1) * width] = 0
    return attnviz.wrap_hf(network, tiny_tokenizer(), name="zeroed")


@pytest.mark.parametrize(
    ("kind", "heads"),
    [
        ("bert", [("encoder_self", 0, 1), ("encoder_self", 2, 3)]),
        ("gpt2", [("decoder_self", 1, 0)]),
        ("llama", [("decoder_self", 0, 0), ("decoder_self", 0, 3), ("decoder_self", 2, 1)]),  # heads share keys
        ("t5", [("encoder_self", 1, 2), ("decoder_self", 0, 1), ("cross", 1, 0)]),
        ("albert", [("encoder_self", layer, 2) for layer in range(3)]),  # one module in all layers
    ],
)
def test_it_is_the_same_as_without_their_rows_of_w_o(kind: str, heads: Heads) -> None:
    model = made(kind)
    whole = attnviz.logits(model, TEXT, "a" if kind == "t5" else "")
    with attnviz.api.without_heads(model, heads):
        out = attnviz.logits(model, TEXT, "a" if kind == "t5" else "")
    np.testing.assert_allclose(out, attnviz.logits(zeroed(model, heads), TEXT, "a" if kind == "t5" else ""), atol=1e-5)
    assert np.abs(out - whole).max() > 1e-3
    np.testing.assert_array_equal(attnviz.logits(model, TEXT, "a" if kind == "t5" else ""), whole)


def test_each_layer_of_a_shared_module_is_its_own() -> None:
    model, found = made("albert"), []
    for layer in range(3):
        with attnviz.api.without_heads(model, [("encoder_self", layer, 2)]):
            found.append(attnviz.logits(model, TEXT))
            np.testing.assert_array_equal(attnviz.logits(model, TEXT), found[-1])  # a second pass begins anew
    assert all(np.abs(found[a] - found[b]).max() > 1e-3 for a, b in ((0, 1), (1, 2), (0, 2)))


def test_an_encoder_decoder_writes_without_them() -> None:
    model = made("t5")
    heads: Heads = [("decoder_self", 0, head) for head in range(4)] + [("cross", 1, 2), ("encoder_self", 0, 0)]
    with attnviz.api.without_heads(model, ()):
        assert attnviz.translate(model, TEXT) == attnviz.translate(made("t5"), TEXT)
    with attnviz.api.without_heads(model, heads):
        found = attnviz.translate(model, TEXT)
    assert found == attnviz.translate(zeroed(model, heads), TEXT)


def test_a_head_that_is_not_there_and_a_model_that_gives_none_away() -> None:
    with (
        pytest.raises(ValueError, match="no head 9"),
        attnviz.api.without_heads(made("bert"), [("encoder_self", 0, 9)]),
    ):
        pass
    known = made("mpnet")
    assert known.tier == "weights only"
    with pytest.raises(ModelError, match="can't be exchanged"), attnviz.api.without_heads(known, ()):
        pass
