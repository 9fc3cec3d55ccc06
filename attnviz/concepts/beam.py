"""Beam search: the likeliest beginnings are kept, step by step, by the model's own ``extend``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnviz.concepts.decoding import task
from attnviz.model.layers import Past
from attnviz.model.transformer import END_ID, START_ID, Transformer
from attnviz.trace.run import Model


@dataclass(frozen=True)
class Hypothesis:
    """One translation that beam search keeps."""

    ids: tuple[int, ...]  # with the end token when finished
    log_probability: float  # natural logarithm, all tokens added up
    finished: bool

    def score(self, alpha: float) -> float:
        """Divide by ((5 + length) / 6) ^ alpha; 0 leaves the sum as it is (Wu et al. 2016, Equation 14)."""
        return self.log_probability / float(((5 + len(self.ids)) / 6) ** alpha)


@dataclass(frozen=True)
class Beam:
    """Beam search as it went: after each step, the unfinished hypotheses and the finished ones so far."""

    width: int
    unfinished: tuple[tuple[Hypothesis, ...], ...]  # (step)
    finished: tuple[tuple[Hypothesis, ...], ...]  # (step)

    @property
    def n_steps(self) -> int:
        """How many tokens the longest hypothesis has."""
        return len(self.unfinished)

    def until(self, n_steps: int) -> Beam:
        """Return the search as it was after ``n_steps``."""
        return Beam(self.width, self.unfinished[:n_steps], self.finished[:n_steps])

    def ranked(self, alpha: float, step: int = -1) -> tuple[Hypothesis, ...]:
        """Return the hypotheses after ``step`` (from 0), the best first, finished before unfinished."""
        both = (*self.finished[step], *self.unfinished[step])
        return tuple(sorted(both, key=lambda one: (not one.finished, -one.score(alpha))))


@torch.inference_mode()
def beam_steps(
    transformer: Transformer, source: Sequence[int], width: int, max_tokens: int, prefix: Sequence[int] = ()
) -> Iterator[Beam]:
    """Keep the ``width`` likeliest beginnings at each step; one that ends keeps its place and is not continued.

    Yields the search so far after each step.

    Width 1 is greedy. ``prefix``: every hypothesis begins with it. Like greedy it takes no token a
    third time running; log-probabilities are the model's own, over the whole vocabulary.
    """
    memory = transformer.encode(torch.tensor([source])).hidden
    pasts: Sequence[Past] = transformer.start(memory)
    target = torch.tensor([[START_ID]])  # (hypothesis, token)
    logs = torch.zeros(1, dtype=torch.float64)  # (hypothesis)
    finished: list[Hypothesis] = []
    unfinished_after, finished_after = [], []
    for position in range(max_tokens):
        logits, pasts, _ = transformer.extend(target, memory.expand(len(target), -1, -1), pasts)
        total = logs[:, None] + _next_logs(transformer, logits, target, prefix[position : position + 1])
        total = total.flatten()  # (hypothesis and token)
        best = total.topk(min(width - len(finished), int(total.isfinite().sum())))
        parent = best.indices // logits.shape[1]
        token = best.indices % logits.shape[1]
        target = torch.cat((target[parent], token[:, None]), dim=1)
        kept = [
            Hypothesis(tuple(ids[1:]), log, ids[-1] == END_ID)
            for ids, log in zip(target.tolist(), best.values.tolist(), strict=True)
        ]
        finished += [one for one in kept if one.finished]
        unfinished_after.append(tuple(one for one in kept if not one.finished))
        finished_after.append(tuple(finished))
        yield Beam(width, tuple(unfinished_after), tuple(finished_after))
        goes_on = token != END_ID
        if not bool(goes_on.any()):
            break
        target, logs = target[goes_on], best.values[goes_on]
        pasts = [_reordered(past, parent[goes_on]) for past in pasts]


def _next_logs(transformer: Transformer, logits: Tensor, target: Tensor, forced_token: Sequence[int]) -> Tensor:
    logs = logits.double().log_softmax(dim=-1)  # (hypothesis, vocabulary)
    if not forced_token:
        return transformer.forbid(logs, target)
    only = torch.full_like(logs, -torch.inf)
    only[:, forced_token[0]] = logs[:, forced_token[0]]
    return only


def _reordered(past: Past, parent: Tensor) -> Past:
    own = (past.own[0][parent], past.own[1][parent])
    return Past(own, (past.cross[0][parent], past.cross[1][parent]))


def searching(model: Model, text: str, width: int, beginning: str = "") -> Iterator[Beam]:
    """Search for a translation of ``text`` that starts with ``beginning``; yield the search after each step."""
    asked = task(model, text, beginning)
    return beam_steps(model.transformer, asked.source, width, asked.limit, asked.prefix)


def searched(model: Model, text: str, width: int, beginning: str = "") -> Beam:
    """Search to the end."""
    *_, found = searching(model, text, width, beginning)
    return found
