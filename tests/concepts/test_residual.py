"""What sub-layers add, and what depth does without residual connections."""

import numpy as np
import pytest
import torch

import attnviz
from attnviz import Trace
from attnviz.concepts.residual import TOKENS, WIDTH, Stack, additions, random_depth, sub_layers
from attnviz.model.layers import EncoderLayer
from attnviz.trace.records import layer_norm

SENTENCE = "The animal didn't cross the street because it was too tired ."
STACKS: tuple[Stack, ...] = ("encoder", "decoder")


@pytest.fixture(scope="module", params=["translator", "untrained"])
def trace(request: pytest.FixtureRequest) -> Trace:
    return attnviz.trace(attnviz.load_model(request.param), SENTENCE, "Das Tier war zu müde .")


@pytest.mark.parametrize("stack", STACKS)
def test_each_sum_is_what_the_next_sub_layer_gets(trace: Trace, stack: Stack) -> None:
    found = sub_layers(trace, stack)
    names = [name for name in trace.residual if name.startswith(stack)]
    assert [f"{stack}.{one.layer}.{one.name}" for one in found] == names
    for one, following, name in zip(found, (*found[1:], None), names, strict=True):
        size = np.abs(trace.residual[name]).max()
        np.testing.assert_allclose(one.total, trace.residual[name], atol=2e-6 * size)
        np.testing.assert_array_equal(one.total, one.x + one.output)
        np.testing.assert_array_equal(one.normalised, layer_norm(one.x, trace.norms[name]))
        if following is not None:
            np.testing.assert_array_equal(following.x, trace.residual[name])


@pytest.mark.parametrize("stack", STACKS)
def test_attention_reads_the_normalised_vector_and_adds_its_own_output(trace: Trace, stack: Stack) -> None:
    for one in sub_layers(trace, stack):
        if one.name != "feed_forward":
            part = "cross" if one.name == "cross" else f"{stack}_self"
            call = trace.attention(part)[one.layer]  # type: ignore[arg-type]
            np.testing.assert_allclose(one.normalised, call.inputs, atol=2e-5)
            np.testing.assert_array_equal(one.output, call.output)
            same = trace.add_norm(part, one.layer)  # type: ignore[arg-type]
            np.testing.assert_array_equal(one.x, same.x)
            np.testing.assert_array_equal(one.total, same.total)


def test_the_feed_forwards_addition_is_the_models_own(model: attnviz.Model) -> None:
    trace = attnviz.trace(model, SENTENCE)
    for one in sub_layers(trace, "encoder"):
        if one.name == "feed_forward":
            with torch.inference_mode():
                layer = model.transformer.encoder[one.layer]
                assert isinstance(layer, EncoderLayer)
                expected = layer.feed_forward(torch.tensor(one.normalised))
            np.testing.assert_allclose(one.output, expected.numpy(), atol=5e-6 * np.abs(one.x).max() + 1e-5)


@pytest.mark.parametrize("stack", STACKS)
def test_what_leaves_a_stack_is_what_entered_plus_every_addition(trace: Trace, stack: Stack) -> None:
    found = sub_layers(trace, stack)
    last = [stream for name, stream in trace.residual.items() if name.startswith(stack)][-1]
    np.testing.assert_allclose(
        found[0].x + sum(one.output for one in found), last, atol=1e-5 * float(np.abs(last).max())
    )


def test_sizes_and_angles_fit_together(trace: Trace) -> None:
    for one in additions(sub_layers(trace, "decoder"), 2):
        assert one.ratio == pytest.approx(one.added / one.before)
        # the law of cosines
        assert one.after**2 == pytest.approx(
            one.before**2 + one.added**2 + 2 * one.before * one.added * one.cosine, rel=1e-5
        )


@pytest.mark.parametrize("stack", STACKS)
def test_a_model_that_normalises_the_sum(post_norm: attnviz.Model, stack: Stack) -> None:
    """The sums are those that really enter each LayerNorm; what leaves it is the next sub-layer's x."""
    entered: list[torch.Tensor] = []
    layers = getattr(post_norm.transformer, stack)
    norms = [module for module in layers.modules() if isinstance(module, torch.nn.LayerNorm)]
    hooks = [norm.register_forward_pre_hook(lambda _, inputs: entered.append(inputs[0][0])) for norm in norms]
    trace = attnviz.trace(post_norm, SENTENCE, "Das Tier .")
    for hook in hooks:
        hook.remove()
    found = sub_layers(trace, stack)
    names = [name for name in trace.residual if name.startswith(stack)]
    assert len(found) == len(entered) == len(names)
    for one, following, total, name in zip(found, (*found[1:], None), entered, names, strict=True):
        np.testing.assert_allclose(one.total, total.numpy(), atol=1e-5)
        np.testing.assert_allclose(one.normalised, trace.residual[name], atol=1e-5)
        if following is not None:
            np.testing.assert_array_equal(following.x, trace.residual[name])


# The page says it of any seed: make test-all tries a hundred, make test every fifth.
SEEDS = [pytest.param(range(0, 100, 5), id="some"), pytest.param(range(100), id="all", marks=pytest.mark.full)]


@pytest.mark.parametrize("seeds", SEEDS)
def test_without_residual_connections_words_become_one_and_less_gradient_returns_for_every_seed(seeds: range) -> None:
    for seed in seeds:
        kept, lost = (random_depth(24, seed, residual=residual, norm=True) for residual in (True, False))
        assert kept.apart[-1] > 0.1
        assert lost.apart[-1] < 1e-9
        assert kept.gradient[0] > lost.gradient[0]


@pytest.mark.parametrize("seeds", SEEDS)
def test_without_layer_norm_too_the_gradient_vanishes_or_explodes_for_every_seed(seeds: range) -> None:
    for seed in seeds:
        grown, vanished = (random_depth(12, seed, residual=residual, norm=False) for residual in (True, False))
        assert grown.gradient[0] > 30 * grown.gradient[-1]
        assert vanished.gradient[0] < 0.1 * vanished.gradient[-1]


def test_the_first_point_is_the_input_and_the_last_gradient_is_given() -> None:
    runs = [random_depth(3, 7, residual=residual, norm=True) for residual in (True, False)]
    for run in runs:
        assert len(run.apart) == len(run.cosine) == len(run.gradient) == 7
        assert run.cosine[0] == pytest.approx(1)
    assert runs[0].apart[0] == runs[1].apart[0]  # the same input
    assert runs[0].gradient[-1] == runs[1].gradient[-1]  # the same gradient at the end
    assert runs[0].gradient[-1] == pytest.approx(np.sqrt(TOKENS * WIDTH), rel=0.3)


def test_a_run_depends_on_its_seed_alone() -> None:
    torch.manual_seed(0)
    first = random_depth(2, 3, residual=True, norm=True)
    torch.manual_seed(1)
    np.testing.assert_array_equal(first.gradient, random_depth(2, 3, residual=True, norm=True).gradient)
    assert not np.array_equal(first.gradient, random_depth(2, 4, residual=True, norm=True).gradient)
