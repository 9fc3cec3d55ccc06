"""The inside of a feed-forward network: its units add up to what the model's own module gives."""

import numpy as np
import pytest
import torch

import attnviz
from attnviz import Model
from attnviz.concepts.feed_forward import Inside, inside
from attnviz.concepts.residual import sub_layers

TEXT = "The snake is very dangerous"


@pytest.fixture(params=[("encoder", 0), ("decoder", 1)], ids=str)
def found(request: pytest.FixtureRequest, model: Model) -> tuple[Inside, np.ndarray, torch.nn.Module]:
    stack, layer = request.param
    trace = attnviz.trace(model, TEXT)
    one = next(one for one in sub_layers(trace, stack) if (one.layer, one.name) == (layer, "feed_forward"))
    network = getattr(model.transformer, stack)[layer].feed_forward
    return inside(network, one.normalised), one.output, network


def test_the_units_add_up_to_what_the_trace_has(found: tuple[Inside, np.ndarray, torch.nn.Module]) -> None:
    own, output, network = found
    np.testing.assert_allclose(own.output, output, atol=1e-4)
    W_2 = network[2].weight.detach().double().numpy()  # type: ignore[index]
    token, unit = 1, int(own.strongest(1, 1)[0])
    assert own.added[token, unit] == pytest.approx(np.linalg.norm(own.fired[token, unit] * W_2[:, unit]))


def test_what_the_relu_cuts_is_counted(found: tuple[Inside, np.ndarray, torch.nn.Module]) -> None:
    own, _, _ = found
    assert (own.fired >= 0).all()
    assert own.zeros.tolist() == [(row == 0).sum() for row in own.fired]
    assert own.silent == sum(1 for unit in own.fired.T if not unit.any())
    half, lengths = own.half(0), np.sort(own.added[0])[::-1]
    assert lengths[:half].sum() >= lengths.sum() / 2 > lengths[: half - 1].sum()
