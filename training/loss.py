"""Cross-entropy over the vocabulary in one pass, a few rows at a time.

Scores of all tokens of a batch fill 200 MB; log-softmax, its gradient and their copies between number
formats took 40 % of the time of training. Here the scores of some rows stay in the processor's cache
until their part of the gradient is made. Source of the idea: Hsu et al. 2024, "Liger Kernel" (fused
linear cross-entropy).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ROWS = 128  # 128 rows of 10,000 scores are 5 MB


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, table: Tensor, wanted: Tensor, smoothing: float, number: torch.dtype
    ) -> Tensor:
        inputs, words = hidden.to(number), table.to(number)
        of_hidden = torch.empty_like(hidden, dtype=torch.float32)
        of_table = torch.zeros_like(table)
        total = torch.zeros(())
        for start in range(0, len(inputs), ROWS):
            rows, right = inputs[start : start + ROWS], wanted[start : start + ROWS, None]
            scores = (rows @ words.T).float()  # (row, vocabulary)
            largest = scores.amax(1, keepdim=True)
            total -= (1 - smoothing) * (scores.gather(1, right) - largest).sum()
            if smoothing:
                total -= smoothing * (scores.mean(1, keepdim=True) - largest).sum()
            share = scores.sub_(largest).exp_()
            sums = share.sum(1, keepdim=True)
            total += sums.log().sum()
            # d loss / d scores = softmax - what is wanted
            share.div_(sums)
            if smoothing:
                share.sub_(smoothing / len(table))
            share.scatter_add_(1, right, torch.full(right.shape, smoothing - 1.0))
            change = share.to(number)
            of_hidden[start : start + ROWS] = change @ words
            of_table += change.T @ rows
        count = max(1, len(inputs))  # of nothing asked, nothing is learned
        ctx.save_for_backward(of_hidden / count, of_table / count)
        return total / count

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        of_hidden, of_table = ctx.saved_tensors
        return of_hidden * gradients[0], of_table * gradients[0], None, None, None


def linear_cross_entropy(hidden: Tensor, table: Tensor, wanted: Tensor, smoothing: float = 0.0) -> Tensor:
    """Return the mean cross-entropy of ``hidden @ table.T``, with label smoothing, as ``F.cross_entropy`` does.

    ``hidden`` (row, d_model), ``table`` (vocabulary, d_model), ``wanted`` (row,) token ids. Products are made
    in the number format of autocast where that is on; sums and exponentials in float32.
    """
    number = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
    with torch.autocast("cpu", enabled=False):
        loss: Tensor = _LinearCrossEntropy.apply(hidden.float(), table, wanted, smoothing, number)  # type: ignore[no-untyped-call]
    return loss
