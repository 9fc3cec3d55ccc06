"""Muon's orthogonalisation against the singular value decomposition."""

from __future__ import annotations

import pytest
import torch

from training.muon import Muon, orthogonalised


@pytest.mark.parametrize("shape", [(64, 64), (32, 96), (96, 32)])
def test_orthogonalised_is_near_the_polar_factor(shape: tuple[int, int]) -> None:
    """U V^T has the same singular vectors; five steps bring the singular values near 1, not to it."""
    matrices = torch.randn(3, *shape, generator=torch.Generator().manual_seed(1))
    u, _, vh = torch.linalg.svd(matrices, full_matrices=False)
    update = orthogonalised(matrices)
    within = u.mT @ update @ vh.mT  # (matrix, rank, rank): diagonal if the singular vectors are the same
    diagonal = within.diagonal(dim1=-2, dim2=-1)
    assert (within - torch.diag_embed(diagonal)).abs().max() < 1e-3
    large = torch.linalg.svdvals(matrices) > 0.05 * torch.linalg.svdvals(matrices)[:, :1]
    assert diagonal[large].min() > 0.6
    assert diagonal[large].max() < 1.25
    cosine = torch.nn.functional.cosine_similarity(update.flatten(1), (u @ vh).flatten(1))
    assert cosine.min() > 0.97


def test_each_matrix_of_a_batch_is_treated_alone() -> None:
    """A batch gives what its matrices give one by one, whatever their scale."""
    matrices = torch.randn(4, 8, 12, generator=torch.Generator().manual_seed(2))
    scaled = matrices * torch.tensor([1e-3, 1.0, 50.0, 7.0])[:, None, None]
    alone = torch.cat([orthogonalised(matrix[None]) for matrix in matrices])
    assert torch.allclose(orthogonalised(scaled), alone, atol=1e-4)


def test_a_zero_gradient_stays_zero() -> None:
    """No division by the norm of nothing."""
    assert torch.equal(orthogonalised(torch.zeros(1, 4, 6)), torch.zeros(1, 4, 6))


def test_muon_goes_downhill() -> None:
    """It brings two matrices of different shape near their targets."""
    generator = torch.Generator().manual_seed(3)
    parameters = [torch.nn.Parameter(torch.zeros(6, 6)), torch.nn.Parameter(torch.zeros(4, 9))]
    wanted = [torch.randn(parameter.shape, generator=generator) for parameter in parameters]
    optimiser = Muon(parameters, lr=0.05)

    def loss() -> torch.Tensor:
        return sum(((p - w) ** 2).mean() for p, w in zip(parameters, wanted, strict=True))  # type: ignore[return-value]

    before = loss().item()
    for _ in range(150):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    assert loss().item() < 0.05 * before
