"""Scaled dot-product attention and its multi-head form ("Attention Is All You Need", 3.2).

Axes, in this order: batch (absent in a trace), head, query, key, d_k.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class AttentionSteps(NamedTuple):
    """Every step of Equation 1, in the order in which it is computed.

    A step that a model does not have is the very tensor before it.
    """

    scores: Tensor  # (..., query, key)
    scaled_scores: Tensor  # (..., query, key)
    capped_scores: Tensor  # (..., query, key), between -softcap and softcap
    biased_scores: Tensor  # (..., query, key), the position bias added
    masked_scores: Tensor  # (..., query, key), -inf where attention is not allowed
    weights: Tensor  # (..., query, key), each row sums to 1, to less where a sink takes its share
    head_output: Tensor  # (..., query, d_k)


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    scale: float | None = None,
    softcap: float | None = None,
    bias: Tensor | None = None,
    sinks: Tensor | None = None,
) -> AttentionSteps:
    """Compute softmax(Q K^T / sqrt(d_k)) V and return every step.

    ``query`` (..., query, d_k), ``key`` and ``value`` (..., key, d_k); ``mask`` is boolean and
    broadcasts to (..., query, key): True = the query at row i may attend to the key at column j.
    ``scale`` multiplies the scores: None is 1 / sqrt(d_k), 1 is the plain dot product of Luong et al. 2015.

    Three things that the paper has not, in the order in which models compute them: ``softcap`` bends the
    scaled scores s to softcap tanh(s / softcap) (Gemma 2); ``bias`` (..., query, key) is added to them (T5's
    relative positions); ``sinks`` (...) holds one more score for every row of a head, which takes part in the
    softmax and reads nothing (gpt-oss).

    A row in which nothing is allowed has no softmax: ``ValueError``.
    Source: Equation 1 and Figure 2 (left) of the paper.
    """
    if mask is not None and not bool(mask.any(dim=-1).all()):
        raise ValueError("the mask forbids every key to some query: its softmax does not exist")
    scores = query @ key.transpose(-2, -1)  # (..., query, key)
    scaled_scores = scores / math.sqrt(query.shape[-1]) if scale is None else scores * scale
    capped_scores = scaled_scores if softcap is None else (scaled_scores / softcap).tanh() * softcap
    biased_scores = capped_scores if bias is None else capped_scores + bias
    masked_scores = biased_scores if mask is None else biased_scores.masked_fill(~mask, -math.inf)
    if sinks is None:
        weights = masked_scores.softmax(dim=-1)
    else:
        column = sinks[..., None, None].expand(*masked_scores.shape[:-1], 1)  # (..., query, 1)
        weights = torch.cat([masked_scores, column], dim=-1).softmax(dim=-1)[..., :-1]
    head_output = weights @ value  # (..., query, d_k)
    return AttentionSteps(scores, scaled_scores, capped_scores, biased_scores, masked_scores, weights, head_output)


class AttentionInputs(NamedTuple):
    """What one multi-head attention call was given and projected; the steps follow from it."""

    inputs: Tensor  # (batch, query, d_model): the queries come from here
    memory: Tensor  # (batch, key, d_model): keys and values come from here
    query: Tensor  # (batch, head, query, d_k)
    key: Tensor  # (batch, head, key, d_k)
    value: Tensor  # (batch, head, key, d_k)
    mask: Tensor | None  # broadcasts to (batch, head, query, key)


class MultiHeadAttention(nn.Module):
    """Project, split into heads, attend with the fused kernel, join, project (Section 3.2.2)."""

    def __init__(self, d_model: int, n_heads: int, dropout: float = 0.0) -> None:
        """Make the four projections; ``dropout`` acts on the weights, in training only."""
        super().__init__()
        self.n_heads = n_heads
        self.dropout = dropout
        self.W_Q = nn.Linear(d_model, d_model)
        self.W_K = nn.Linear(d_model, d_model)
        self.W_V = nn.Linear(d_model, d_model)
        self.W_O = nn.Linear(d_model, d_model)

    def split_heads(self, projected: Tensor) -> Tensor:
        """Turn (batch, token, d_model) into (batch, head, token, d_k)."""
        batch, n_tokens, _ = projected.shape
        return projected.view(batch, n_tokens, self.n_heads, -1).transpose(1, 2)

    def keys_and_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Project ``memory`` (batch, key, d_model) to keys and values, (batch, head, key, d_k) each."""
        return self.split_heads(self.W_K(memory)), self.split_heads(self.W_V(memory))

    def forward(
        self,
        inputs: Tensor,
        memory: Tensor,
        mask: Tensor | None,
        projected: tuple[Tensor, Tensor] | None = None,
        change: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, AttentionInputs]:
        """Return the output (batch, query, d_model) and what is needed to derive every step.

        ``projected``: keys and values that are already there, so that decoding need not make them anew.
        ``change``: what to put in the place of the weights (batch, head, query, key), for asking what follows.
        Nothing is kept on the module: one model serves all users at once.
        """
        query = self.split_heads(self.W_Q(inputs))  # (batch, head, query, d_k)
        key, value = projected or self.keys_and_values(memory)
        dropout = self.dropout if self.training else 0.0
        if change is None:
            head_output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
        else:
            head_output = change(attend(query, key, value, mask).weights) @ value
        concat = head_output.transpose(1, 2).flatten(-2)  # (batch, query, d_model)
        return self.W_O(concat), AttentionInputs(inputs, memory, query, key, value, mask)
