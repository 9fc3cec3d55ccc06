"""Scores of the vocabulary in blocks are those of one product."""

import pytest
import torch

from attnviz.model.vocabulary import exact_scores


@pytest.mark.parametrize("n_tokens", [1, 512, 1300])
def test_blocks_are_the_whole_product_in_float64(n_tokens: int) -> None:
    draw = torch.Generator().manual_seed(3)
    vectors, table = torch.randn(7, 24, generator=draw), torch.randn(n_tokens, 24, generator=draw)
    found = exact_scores(vectors, table)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, vectors.double() @ table.double().T, rtol=1e-13, atol=1e-13)
