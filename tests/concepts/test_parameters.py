"""Parameter counts: the published ones, PyTorch's own modules, the loaded models."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from attnviz import Model
from attnviz.concepts.parameters import (
    GROUPS,
    PRESETS,
    STATED,
    HeadSizes,
    Shape,
    count,
    divisors,
    growth,
    numel,
    shape_of,
)
from attnviz.model.config import Config
from attnviz.model.transformer import Transformer

Golden = dict[str, dict[str, Any]]


def numel_of(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_gpt3_as_3blue1brown_counts_it(golden: Golden) -> None:
    value = golden["3b1b.gpt3_counts"]["value"]
    shape = PRESETS["gpt3"]
    found = count(shape)
    assert (shape.d_model, shape.sizes.d_k) == (value["d_embed"], value["d_head"])
    assert (shape.n_heads, shape.layers, shape.vocabulary) == (value["heads"], value["layers"], value["vocab"])
    assert found.row("query").one == found.row("key").one == value["per_Q_or_K"]
    assert found.row("value").one + found.row("output").one == 2 * value["per_Q_or_K"]
    assert shape.sizes.per_head == value["per_head"]
    assert shape.sizes.total == value["per_block"]
    assert found.of("attention") == value["all_attention"]
    assert shape.d_model**2 == value["square_value_matrix"]
    assert found.row("embedding").one == value["embedding"] == value["unembedding"]
    assert found.row("embedding").times == 2
    assert found.row("wide").one + found.row("narrow").one == value["mlp_per_block"]
    assert found.of("feed_forward") == value["mlp_all"]
    assert found.total == value["total"]
    assert found.matrices == value["matrices"]
    assert round(found.of("attention") / found.total, 3) == value["attention_share"]


def test_one_head_or_eight(golden: Golden) -> None:
    value = golden["head_params_constant"]["value"]
    assert HeadSizes(512, 8).total == value["h8"]
    assert HeadSizes(512, 1).total == value["h1"]


def test_gpt2_small() -> None:
    assert count(PRESETS["gpt2"]).total == 124_439_808


def test_the_loaded_models_have_what_the_formula_says(model: Model, untrained: Model) -> None:
    for loaded in (model, untrained):
        assert count(shape_of(loaded.transformer.config)).total == numel(loaded) == numel_of(loaded.transformer)


@pytest.mark.parametrize("name", STATED)
def test_the_papers_own_figures_are_near(name: str) -> None:
    assert count(PRESETS[name]).total == pytest.approx(STATED[name], rel=0.04)


@given(
    d_k=st.integers(1, 6).map(lambda half: 2 * half),
    n_heads=st.integers(1, 4),
    encoder=st.integers(1, 3),
    decoder=st.integers(1, 3),
    d_ff=st.integers(1, 20),
    vocabulary=st.integers(1, 50),
    norm_first=st.booleans(),
)
@settings(max_examples=25)
def test_our_transformer_at_any_size(
    d_k: int, n_heads: int, encoder: int, decoder: int, d_ff: int, vocabulary: int, norm_first: bool
) -> None:
    config = Config(vocabulary, d_k * n_heads, n_heads, encoder, decoder, d_ff, norm_first=norm_first)
    assert count(shape_of(config)).total == numel_of(Transformer(config))


@given(
    d_k=st.integers(1, 8),
    n_heads=st.sampled_from((2, 4)),  # of an odd number PyTorch warns
    encoder=st.integers(1, 3),
    decoder=st.integers(1, 3),
    d_ff=st.integers(1, 20),
)
@settings(max_examples=25)
def test_pytorchs_transformer(d_k: int, n_heads: int, encoder: int, decoder: int, d_ff: int) -> None:
    """Its stacks both end in a LayerNorm, and it has no token table."""
    d_model = d_k * n_heads
    theirs = nn.Transformer(d_model, n_heads, encoder, decoder, d_ff, batch_first=True)
    assert count(Shape(0, d_model, n_heads, encoder, decoder, d_ff)).total == numel_of(theirs)
    layer = nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True)
    assert count(Shape(0, d_model, n_heads, 1, 0, d_ff, final_norms=False)).total == numel_of(layer)


def does_not_depend_on_heads(total: Callable[[int, int], int], d_model: int) -> bool:
    """The property of the page: the same count at every number of heads, and that of PyTorch's module."""
    theirs = numel_of(nn.MultiheadAttention(d_model, 1, bias=False))
    return all(total(d_model, n_heads) == theirs for n_heads in divisors(d_model))


@given(d_model=st.integers(1, 96))
@settings(max_examples=40)
def test_the_count_does_not_depend_on_the_number_of_heads(d_model: int) -> None:
    assert does_not_depend_on_heads(lambda width, n_heads: HeadSizes(width, n_heads).total, d_model)
    shape = Shape(10, d_model, 1, 2, 2, 4 * d_model)
    assert len({count(replace(shape, n_heads=n_heads)).total for n_heads in divisors(d_model)}) == 1


@pytest.mark.parametrize(
    "mutant",
    [
        lambda width, n_heads: 4 * width * width * n_heads,  # each head as wide as d_model
        lambda width, n_heads: 4 * width * 64 * n_heads,  # heads always 64 wide
        lambda width, n_heads: 4 * width * (width // n_heads),  # one head's, taken for all
        lambda width, n_heads: 3 * width * width,  # W_O forgotten
    ],
)
def test_a_mutant_count_is_found(mutant: Callable[[int, int], int]) -> None:
    assert not does_not_depend_on_heads(mutant, 48)


def test_the_running_total_ends_at_the_total() -> None:
    for shape in PRESETS.values():
        found = count(shape)
        assert found.running[-1] == found.total == sum(found.of(group) for group in GROUPS)
        assert list(found.running) == sorted(found.running)


def test_what_a_model_does_not_have_is_no_row() -> None:
    bare = {row.name for row in count(PRESETS["gpt3"]).rows}
    assert not bare & {"positions", "norm", "attention_bias", "feed_forward_bias"}
    with pytest.raises(KeyError):
        count(PRESETS["gpt3"]).row("norm")
    assert count(Shape(7, 4, 2, 0, 0, 8)).total == 28  # no layers: the token table alone


@given(layers=st.integers(1, 5))
def test_cross_attention_comes_with_an_encoder(layers: int) -> None:
    alone, both = Shape(10, 8, 2, 0, layers, 16), Shape(10, 8, 2, 1, layers, 16)
    assert (alone.calls, both.calls) == (layers, 1 + 2 * layers)


def test_growth_is_linear_in_tokens_and_quadratic_in_layers() -> None:
    grown = growth(PRESETS["base"], (64, 128, 256))
    assert grown["embedding"][1] == 2 * grown["embedding"][0]
    for group in GROUPS[1:3]:
        assert grown[group][2] == 4 * grown[group][1] == 16 * grown[group][0]
    for group in GROUPS[:3]:
        assert growth(PRESETS["base"], (512,))[group] == (count(PRESETS["base"]).of(group),)


@pytest.mark.parametrize(("d_model", "n_heads"), [(10, 3), (8, 0), (0, 1), (4, 8)])
def test_heads_that_do_not_fit_are_refused(d_model: int, n_heads: int) -> None:
    with pytest.raises(ValueError, match="can't be split"):
        HeadSizes(d_model, n_heads)
