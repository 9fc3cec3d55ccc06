"""What might explain one prediction: six numbers for each source token, by methods that need not agree.

Everything is computed in float64 by the model's own ``encode`` and ``decode``, every weight by ``attend()``.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.model.attention import AttentionInputs, attend
from attnviz.model.transformer import StackRun, Transformer
from attnviz.trace.records import frozen, read_only

Exact: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["raw", "mean", "norm", "gradient", "rollout", "leave_one_out"]
METHODS: tuple[Method, ...] = get_args(Method)
_RUNS_AT_ONCE = 32  # a whole long sentence at once took more than a gigabyte


@dataclass(frozen=True, eq=False)
class Asked:
    """One prediction of a Transformer in float64: after reading ``target`` it is to write ``token``."""

    transformer: Transformer
    source: Tensor  # (1, source token)
    target: Tensor  # (1, target token): the last one is the row that predicts
    token: int

    @property
    def n_source(self) -> int:
        """Number of source tokens."""
        return self.source.shape[1]


def asked(transformer: Transformer, source: tuple[int, ...], target: tuple[int, ...], token: int) -> Asked:
    """Make a float64 copy of ``transformer``, so that small changes are not lost in rounding."""
    return Asked(deepcopy(transformer).double(), torch.tensor([source]), torch.tensor([target]), token)


@dataclass(frozen=True, eq=False)
class Explained:
    """What each method says of each source token, (source token)."""

    probability: float  # of the token, 0 to 1
    raw: Exact  # the chosen head's weights
    mean: Exact  # the mean of the weights of the layer's heads
    norm: Exact  # length of what each token's values add to the layer's output
    gradient: Exact  # weight times the slope of log p along it, summed over the layer's heads; signed
    rollout: Exact  # mean weights times the encoder's own mixing, layer by layer
    leave_one_out: Exact  # by how much log p falls when nobody may attend to the token; signed

    def of(self, method: Method) -> Exact:
        """Return one method's numbers."""
        found: Exact = getattr(self, method)
        return found

    def share(self, method: Method) -> Exact:
        """Return a method's numbers over the sum of their sizes, so that methods stand side by side."""
        values = self.of(method)
        total = float(np.abs(values).sum())
        return values / total if total else values


def explained(question: Asked, layer: int, head: int) -> Explained:
    """Ask all methods about the cross-attention of ``layer`` and ``head`` (from 0) in the predicting row.

    Sources: Kobayashi et al. 2020 (norm), Abnar and Zuidema 2020 (rollout), Bastings and Filippova 2020 (gradient
    times input, here the weight; leave-one-out).
    """
    with torch.inference_mode():
        encoded = question.transformer.encode(question.source)
        run = question.transformer.decode(question.target, encoded.hidden)
        call = run.layers[layer].attention["cross"]
        weights = last_row(call)  # (head, source token)
        logs = question.transformer.logits(run.hidden[0, -1]).log_softmax(dim=-1)
    return Explained(
        probability=float(logs[question.token].exp()),
        raw=read_only(weights[head]),
        mean=read_only(weights.mean(dim=0)),
        norm=contribution_norms(question.transformer, layer, call),
        gradient=weight_times_gradient(question, encoded.hidden, layer),
        rollout=frozen(weights.mean(dim=0).numpy() @ rollout(encoded)),
        leave_one_out=leave_one_out(question),
    )


def last_row(call: AttentionInputs) -> Tensor:
    """Return the weights of a call's last row, (head, key)."""
    return attend(call.query[0, :, -1:], call.key[0], call.value[0]).weights[:, 0]


def contribution_norms(transformer: Transformer, layer: int, call: AttentionInputs) -> Exact:
    """Return the length of what each source token adds to the last row of a cross-attention's output, (key).

    A token adds, head by head, its weight times its value times the head's slice of W_O. All tokens
    together, plus the bias of W_O, are the output. Source: Kobayashi et al. 2020, Equation 4.
    """
    return read_only(contributions(transformer, layer, call).norm(dim=-1))


def contributions(transformer: Transformer, layer: int, call: AttentionInputs) -> Tensor:
    """Return what each source token adds to the output's last row, (key, d_model)."""
    cross = transformer.decoder[layer].cross_attention
    mixed = last_row(call)[..., None] * call.value[0]  # (head, key, d_k)
    concat = mixed.transpose(0, 1).flatten(-2)  # (key, d_model)
    return concat @ cross.W_O.weight.T  # type: ignore[operator, union-attr]


def weight_times_gradient(question: Asked, memory: Tensor, layer: int) -> Exact:
    """Return, summed over the layer's heads, each weight times the slope of log p along it, (source token)."""
    kept: list[Tensor] = []

    def change(at: int, weights: Tensor) -> Tensor:
        if at != layer:
            return weights
        kept.append(weights.detach().clone().requires_grad_())
        return kept[0]

    with torch.inference_mode(False), torch.enable_grad():
        run = question.transformer.decode(question.target, memory.clone(), change=change)
        log = question.transformer.logits(run.hidden[0, -1]).log_softmax(dim=-1)[question.token]
        (slope,) = torch.autograd.grad(log, kept[0])
    products = (kept[0] * slope).detach()[0, :, -1]  # (head, source token)
    return read_only(products.sum(dim=0))


def rollout(encoded: StackRun) -> Exact:
    """Return how much of each source token is in each state that the encoder hands over, (token, token).

    Each layer's mean weights, averaged with the identity for the residual connection, multiplied
    from the first layer on. Source: Abnar and Zuidema 2020, Equation 1.
    """
    mixed = np.eye(encoded.hidden.shape[1])
    for run in encoded.layers:
        call = run.attention["self"]
        mean = attend(call.query[0], call.key[0], call.value[0]).weights.mean(dim=0).numpy()
        mixed = (mean + np.eye(len(mean))) / 2 @ mixed
    return frozen(mixed)


@torch.inference_mode()
def leave_one_out(question: Asked) -> Exact:
    """Return by how much log p falls when a source token is hidden from everyone, (source token).

    The padding mask hides it, in the encoder and in the cross-attention; all others stay where they are.
    """
    n, transformer = question.n_source, question.transformer
    hidden = ~torch.eye(n, dtype=torch.bool)  # (left out, source token), True = may attend
    every = torch.cat([torch.ones(1, n, dtype=torch.bool), hidden])[:, None, None]  # (run, 1, 1, source token)
    logs = []
    for masks in torch.split(every, _RUNS_AT_ONCE):
        memory = transformer.encode(question.source.expand(len(masks), -1), masks).hidden
        states = transformer.decode(question.target.expand(len(masks), -1), memory, masks).hidden[:, -1]
        logs.append(transformer.logits(states).log_softmax(dim=-1)[:, question.token])
    own, *without = torch.cat(logs)
    return read_only(own - torch.stack(without))


def rank_correlation(one: Exact, other: Exact) -> float:
    """Return Spearman's rank correlation, equal numbers sharing their mean rank; NaN when one is constant."""
    first, second = (_ranks(values) for values in (one, other))
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: Exact) -> Exact:
    below = (values[:, None] > values[None]).sum(axis=1)
    equal = (values[:, None] == values[None]).sum(axis=1)
    ranks: Exact = below + (equal - 1) / 2
    return ranks


def agreement(found: Explained) -> Exact:
    """Return the rank correlation of every two methods, (method, method)."""
    columns = [found.of(method) for method in METHODS]
    return frozen(np.array([[rank_correlation(one, other) for other in columns] for one in columns]))
