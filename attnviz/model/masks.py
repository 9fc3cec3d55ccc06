"""Boolean masks. True = may attend, as in ``F.scaled_dot_product_attention``."""

from __future__ import annotations

import torch
from torch import Tensor


def causal_mask(n_tokens: int) -> Tensor:
    """Return (query, key): the query at row i may attend to the keys at columns 0 to i."""
    return torch.ones(n_tokens, n_tokens, dtype=torch.bool).tril()


def padding_mask(token_ids: Tensor, pad_id: int) -> Tensor:
    """Return (batch, 1, 1, key): no query may attend to a key that is only padding."""
    return (token_ids != pad_id)[:, None, None, :]
