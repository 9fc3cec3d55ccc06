"""One probe at load tells what each attention call is made of: parts, projections, rotation, residual stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from attnviz.hf.matching import (
    TOLERANCE,
    Event,
    Made,
    by_head,
    difference,
    is_linear,
    is_norm,
    made_by,
    matrix,
    take,
    tokens_by_columns,
)
from attnviz.hf.meetings import Plan, plan_of
from attnviz.hf.norms import norm_of
from attnviz.hf.recording import Call, Run
from attnviz.trace.records import Array, Norm, Part, Projections, read_only

BATCH, SOURCE, TARGET = 3, 7, 5  # of the probe: encoder, decoder and cross are told apart by these lengths


class Surroundings(NamedTuple):
    """Where the residual stream and the norms of one call are found."""

    input_norm_module: nn.Module | None  # its input is the stream; None: the call's own inputs are
    input_norm: Norm | None
    output_norm: Norm | None
    norm: Norm | None


@dataclass(frozen=True, eq=False)
class Site:
    """One attention call of a model, found once: what of its run makes the record."""

    part: Part
    layer: int
    module: nn.Module  # that calls the attention function
    n_heads: int
    query: Made | None
    key: Made | None
    value: Made | None
    join: nn.Module | None
    query_plan: Plan | None
    key_plan: Plan | None
    projections: Projections
    around: Surroundings | None
    missing: frozenset[str]

    def modules(self) -> list[nn.Module]:
        """Return the modules whose inputs and outputs a record needs."""
        found = [made.linear for made in (self.query, self.key, self.value) if made is not None]
        if self.around is not None and self.around.input_norm_module is not None:
            found.append(self.around.input_norm_module)
        return found


def probe_inputs(model: nn.Module, batch: int = BATCH, source: int = SOURCE, target: int = TARGET) -> dict[str, Any]:
    """Make up tokens, the same every time."""
    network = cast(Any, model)
    vocabulary = network.get_input_embeddings().weight.shape[0]
    low = min(20, vocabulary // 2)
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(low, vocabulary, (batch, source), generator=generator)
    inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if network.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.randint(low, vocabulary, (batch, target), generator=generator)
    return inputs


def part_of(call: Call, encoder_decoder: bool) -> Part | None:
    """Tell a call's part by its lengths, and of a single stack by whether it hides what comes later."""
    lengths = (call.query.shape[2], call.key.shape[2])
    if encoder_decoder:
        parts: dict[tuple[int, int], Part] = {
            (SOURCE, SOURCE): "encoder_self",
            (TARGET, TARGET): "decoder_self",
            (TARGET, SOURCE): "cross",
        }
        return parts.get(lengths)
    if lengths != (SOURCE, SOURCE):
        return None
    hidden = call.mask is not None and not bool(call.mask[..., 0, 1:].any())
    return "decoder_self" if hidden else "encoder_self"


def sites_of(run: Run, encoder_decoder: bool) -> tuple[Site, ...] | str:
    """Return one site a call, in order; a sentence when a call belongs to no part."""
    counts: Counter[Part] = Counter()
    found = []
    for index, call in enumerate(run.calls):
        part = part_of(call, encoder_decoder)
        if part is None:
            q, k = call.query.shape[2], call.key.shape[2]
            return f"one of its attention calls has {q} queries and {k} keys where the text has {SOURCE} tokens"
        if call.mask is not None and not torch.equal(call.mask, call.mask[:1, :1].expand_as(call.mask)):
            return "its heads don't share one mask"
        found.append(_site(run, index, part, counts[part]))
        counts[part] += 1
    return tuple(found)


def _site(run: Run, index: int, part: Part, layer: int) -> Site:
    call = run.calls[index]
    begin, place, end = run.between(index)
    before, after = run.events[begin:place], run.events[place:end]
    width = call.query.shape[-1]
    longer = [float(cos.flatten()[0]) for cos, _ in run.rotations]  # YaRN lengthens: cos is not 1 at position 0
    factors = list(dict.fromkeys([1.0, call.scale, width**-0.5, width**-0.25, *longer]))
    query = made_by(call.query, before, factors, may_turn=True)
    key = made_by(call.key, before, factors, may_turn=True)
    value = made_by(call.value, before, [1.0], may_turn=False)
    if key is not None and value is not None and not _same_source(key, value, before):
        value = None  # made from something else than ``memory``
    query_plan = plan_of(query, call.query, before, run.rotations) if query else None
    key_plan = plan_of(key, call.key, before, run.rotations) if key else None
    key_plan = None if key_plan is None else key_plan.for_each(call.query.shape[1])
    join = _join_of(call, after)
    missing = {
        "inputs": query is None,
        "memory": key is None and value is None,
        "output": join is None,
        "contribution": join is None,
        "query_meeting": query_plan is None,
        "key_meeting": key_plan is None,
    }
    for made, letter in ((query, "Q"), (key, "K"), (value, "V")):
        missing |= {f"W_{letter}": made is None, f"b_{letter}": made is None}
    missing |= {"query_projected": query is None, "key_projected": key is None}
    missing |= {"W_O": join is None, "b_O": join is None}
    projections = _projections(call, query, key, value, join)
    around = _surroundings(call, query, join, before, after)
    unknown = frozenset(name for name, is_missing in missing.items() if is_missing)
    return Site(
        part,
        layer,
        call.module,
        call.query.shape[1],
        query,
        key,
        value,
        join,
        query_plan,
        key_plan,
        projections,
        around,
        unknown,
    )


def _same_source(a: Made, b: Made, events: Sequence[Event]) -> bool:
    left, right = (next(x for module, x, _ in reversed(events) if module is made.linear) for made in (a, b))
    return left.shape == right.shape and torch.equal(left, right)


def _join_of(call: Call, after: Sequence[Event]) -> nn.Module | None:
    concat = call.output.flatten(2)
    for module, x, _ in after:
        columns = tokens_by_columns(x, *concat.shape[:2])
        if is_linear(module) and columns is not None and columns.shape == concat.shape and torch.equal(columns, concat):
            return module
    return None


def _split(made: Made | None, n_heads: int) -> tuple[Array, Array]:
    """Cut a projection into heads: (head, d_model, d_k) and (head, d_k)."""
    if made is None:
        return cast(Array, None), cast(Array, None)
    weight = take(matrix(made.linear), made.index)
    weight = by_head(weight, n_heads)
    bias = made.linear.bias
    cut = torch.zeros(len(made.index)) if bias is None else take(cast(Tensor, bias).detach(), made.index)
    return read_only(weight), read_only(cut.reshape(n_heads, -1))


def _projections(
    call: Call, query: Made | None, key: Made | None, value: Made | None, join: nn.Module | None
) -> Projections:
    n_heads, n_shared = call.query.shape[1], call.key.shape[1]
    (W_Q, b_Q), (W_K, b_K), (W_V, b_V) = _split(query, n_heads), _split(key, n_shared), _split(value, n_shared)
    W_O = b_O = cast(Array, None)
    if join is not None:
        W_O = read_only(matrix(join).reshape(n_heads, -1, matrix(join).shape[1]))
        bias = join.bias
        b_O = read_only(torch.zeros(W_O.shape[-1]) if bias is None else cast(Tensor, bias))
    return Projections(W_Q, W_K, W_V, b_Q, b_K, b_V, W_O, b_O)


def _near(a: Tensor, b: Tensor) -> bool:
    return difference(a, b) <= TOLERANCE


def _surroundings(
    call: Call, query: Made | None, join: nn.Module | None, before: Sequence[Event], after: Sequence[Event]
) -> Surroundings | None:
    """Find the stream: the norm that made the inputs of it, and the norm that reads the sum.

    Post-norm, pre-norm, or a norm on either side of the output; None where the stream is not one of these.
    """
    if query is None:
        return None
    batch, n_tokens = call.output.shape[:2]
    inputs = tokens_by_columns(next(x for m, x, _ in reversed(before) if m is query.linear), batch, n_tokens)
    if inputs is None:
        return None
    norms = [event for event in _by_columns(before, batch, n_tokens) if is_norm(event[0])]
    source = next(((m, x, y) for m, x, y in reversed(norms) if torch.equal(y, inputs)), None)
    input_norm = norm_of(*source) if source else None
    streams: list[tuple[Tensor, nn.Module | None, Norm | None]] = [(inputs, None, None)]
    if source is not None and input_norm is not None:
        streams.insert(0, (source[1], source[0], input_norm))
    place = next((i for i, (m, _, _) in enumerate(after) if m is join), None)
    if join is not None and place is not None:
        output = tokens_by_columns(after[place][2], batch, n_tokens)
        later = [event for event in _by_columns(after[place + 1 :], batch, n_tokens) if is_norm(event[0])]
        for stream, module, norm in streams:
            if output is None or stream.shape != output.shape:
                continue
            found = _readers(stream, output, later)
            if found is not None:
                return Surroundings(module, norm, *found)
    if source is not None and input_norm is not None:
        return Surroundings(source[0], input_norm, None, None)
    return None


def _by_columns(events: Sequence[Event], batch: int, n_tokens: int) -> list[Event]:
    found = []
    for module, x, y in events:
        entered, left = (tokens_by_columns(one, batch, n_tokens) for one in (x, y))
        if entered is not None and left is not None:
            found.append((module, entered, left))
    return found


def _readers(stream: Tensor, output: Tensor, later: Sequence[Event]) -> tuple[Norm | None, Norm] | None:
    """Return the norm of the output, if there is one, and the norm of the sum."""
    for index, (module, x, y) in enumerate(later):
        if _near(x, stream + output):
            norm = norm_of(module, x, y)
            return None if norm is None else (None, norm)
        if _near(x, output) and (between := norm_of(module, x, y)) is not None:
            for other, total, normed in later[index + 1 :]:
                if _near(total, stream + y):
                    norm = norm_of(other, total, normed)
                    return None if norm is None else (between, norm)
    return None
