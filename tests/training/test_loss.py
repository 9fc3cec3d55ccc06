"""What makes training fast changes none of its numbers."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from training.dropout import PooledDropout, pool_dropout
from training.loss import ROWS, linear_cross_entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("rows", [1, ROWS, 2 * ROWS + 3])
def test_loss_and_gradients_are_those_of_pytorch(smoothing: float, rows: int) -> None:
    torch.manual_seed(0)
    hidden = (3 * torch.randn(rows, 16)).requires_grad_()
    table = torch.randn(50, 16, requires_grad=True)
    wanted = torch.randint(0, 50, (rows,))
    expected = F.cross_entropy(hidden @ table.T, wanted, label_smoothing=smoothing)
    loss = linear_cross_entropy(hidden, table, wanted, smoothing)
    torch.testing.assert_close(loss, expected)
    wanted_gradients = torch.autograd.grad(0.5 * expected, (hidden, table))
    torch.testing.assert_close(torch.autograd.grad(0.5 * loss, (hidden, table)), wanted_gradients)


def test_large_scores_do_not_overflow() -> None:
    hidden, table = torch.full((1, 4), 30.0), torch.stack([torch.full((4,), 5.0), torch.full((4,), -5.0)])
    assert linear_cross_entropy(hidden, table, torch.tensor([1])).item() == pytest.approx(1200.0)


def test_nothing_asked_teaches_nothing() -> None:
    hidden, table = torch.zeros(0, 4, requires_grad=True), torch.randn(3, 4, requires_grad=True)
    loss = linear_cross_entropy(hidden, table, torch.zeros(0, dtype=torch.long))
    loss.backward()
    assert loss.item() == 0
    assert table.grad is not None
    assert not table.grad.any()


def test_in_bfloat16_the_loss_is_near_and_the_gradient_keeps_its_direction() -> None:
    torch.manual_seed(0)
    hidden, table = torch.randn(200, 32, requires_grad=True), torch.randn(100, 32, requires_grad=True)
    wanted = torch.randint(0, 100, (200,))
    expected = F.cross_entropy(hidden @ table.T, wanted)
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(hidden, table, wanted)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(expected.item(), rel=0.01)
    gradients = (torch.autograd.grad(value, (hidden, table)) for value in (loss, expected))
    for own, right in zip(*gradients, strict=True):
        assert F.cosine_similarity(own.flatten(), right.flatten(), dim=0) > 0.999


def test_pooled_dropout_drops_the_share_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    layer = PooledDropout(0.1)
    x = torch.ones(64, 1000)
    first, second = layer(x), layer(x)
    assert first.unique().tolist() == pytest.approx([0.0, 1 / 0.9])
    assert (first == 0).float().mean().item() == pytest.approx(0.1, abs=0.005)
    assert first.mean().item() == pytest.approx(1.0, abs=0.01)
    assert 0.1 < (first != second).float().mean().item() < 0.3, "each call must drop other places"
    assert torch.equal(layer.eval()(x), x)


def test_the_network_keeps_its_shares_and_nothing_of_pytorchs_dropout_is_left() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.3), nn.Sequential(nn.Dropout(0.2)))
    pool_dropout(network)
    shares = [module.p for module in network.modules() if isinstance(module, PooledDropout)]
    assert shares == [0.3, 0.2]
    assert not any(isinstance(module, nn.Dropout) for module in network.modules())
