"""One word followed through one head: every number of its nine steps, in one record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attnviz.trace.records import Array, Part, Trace, frozen
from attnviz.trace.steps import STEPS, row_labels, step_record, steps_of

_SEEN_FIRST, _MASKED = 4, 2  # keys that come first for their weight; masked ones among the next


class NotKnownError(ValueError):
    """A model can't be followed whose steps are not all known, or not those of the paper."""


@dataclass(frozen=True, eq=False)
class Followed:
    """The rows of one query in one head of one attention call; layer, head and tokens count from 0."""

    part: Part
    layer: int
    head: int
    query_token: int
    label: str  # what the row stands for; in cross-attention the token that is written there
    key_labels: tuple[str, ...]
    order: tuple[int, ...]  # keys, those to be shown first: the heaviest, and the first of the masked ones
    made_of: tuple[str, ...]  # names of what ``vectors`` holds, in the order in which they are computed
    vectors: Array  # (name, d_model): how the vector that attention reads came about; the last is that vector
    memory: Array  # (key, d_model): what keys and values are made of
    query: Array  # (d_k)
    key: Array  # (key, d_k)
    value: Array  # (key, d_k)
    products: Array  # (key, d_k): query times key, number by number
    scores: Array  # (key)
    scaled_scores: Array  # (key)
    masked_scores: Array  # (key)
    exponentials: Array  # (key): exp(masked score - largest masked score)
    sum_of_exponentials: float
    largest: float  # masked score
    scale: float
    weights: Array  # (key)
    head_output: Array  # (d_k)
    concat: Array  # (head, d_k)
    output: Array  # (d_model)
    x: Array  # (d_model): the stream before the sub-layer
    added: Array  # (d_model): output, normalised first where the model does that
    total: Array  # (d_model)
    normalised: Array  # (d_model)


def follow(trace: Trace, part: Part, layer: int, head: int, query: int) -> Followed:
    """Return the numbers of one query token (from 0); ``NotKnownError`` unless its steps are the nine of the paper."""
    own, call = steps_of(trace, part, layer), trace.attention(part)[layer]
    if missing := [step.slug for step in STEPS if step not in own]:
        raise NotKnownError(f"{trace.model_name}: not known of this model: {', '.join(missing)}")
    if more := [step.slug for step in own if step not in STEPS] + ["sink"] * (call.sinks is not None):
        raise NotKnownError(f"{trace.model_name}: the paper's model has no {', '.join(more)}")
    steps, around = call.steps(head), trace.add_norm(part, layer)
    vectors = step_record(trace, part, layer, head, "vectors").matrices
    masked, allowed = steps.masked_scores[query].astype(np.float64), call.mask[query]
    exponentials = np.exp(masked - masked.max())
    sink = 0.0 if call.sinks is None else float(np.exp(call.sinks[head] - masked.max()))
    products = call.query[head][query].astype(np.float64) * call.key[head]
    normed = around.normed_output
    return Followed(
        part=part,
        layer=layer,
        head=head,
        query_token=query,
        label=row_labels(trace, part)[0][query],
        key_labels=trace.key_labels(part),
        order=_order(steps.weights[query], steps.scaled_scores[query], allowed),
        made_of=tuple(matrix.name for matrix in vectors),
        vectors=frozen(np.stack([matrix.values[query] for matrix in vectors]).astype(np.float32)),
        memory=call.memory,
        query=call.query[head][query],
        key=call.key[head],
        value=call.value[head],
        products=frozen(products.astype(np.float32)),
        scores=steps.scores[query],
        scaled_scores=steps.scaled_scores[query],
        masked_scores=steps.masked_scores[query],
        exponentials=frozen(exponentials.astype(np.float32)),
        sum_of_exponentials=float(exponentials.sum() + sink),
        largest=float(masked.max()),
        scale=call.scale,
        weights=steps.weights[query],
        head_output=steps.head_output[query],
        concat=frozen(call.head_output[:, query]),
        output=call.output[query],
        x=around.x[query],
        added=around.output[query] if normed is None else normed[query],
        total=around.total[query],
        normalised=around.normalised[query],
    )


def _order(weights: Array, scaled: Array, allowed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[int, ...]:
    """Return all keys: the heaviest, then masked ones with high scores in turn with the next, then the rest."""
    heavy = [int(key) for key in np.argsort(-weights, kind="stable") if allowed[key]]
    masked = [int(key) for key in np.argsort(-scaled, kind="stable") if not allowed[key]]
    order, rest = heavy[:_SEEN_FIRST], heavy[_SEEN_FIRST:]
    for key in masked[:_MASKED]:
        order += [key, *rest[:1]]
        rest = rest[1:]
    return (*order, *rest, *masked[_MASKED:])
