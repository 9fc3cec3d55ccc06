"""Runs a model of others on text and writes the same record as of our own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from attnviz.hf.errors import HFError
from attnviz.hf.matching import Made, by_head, take, tokens_by_columns
from attnviz.hf.meetings import Plan
from attnviz.hf.model import WEIGHTS_ONLY, HFModel, accepted, quiet
from attnviz.hf.recording import Call, Run, per_head, recorded, silenced
from attnviz.hf.sites import Site
from attnviz.hf.text import MOST_WRITTEN, by_token, labels_of, most_tokens, plain_text, read, special_of, written
from attnviz.hf.verify import eager_weights
from attnviz.trace.records import (
    PARTS,
    Around,
    Array,
    Attention,
    Mask,
    Meeting,
    Part,
    Projections,
    Trace,
    frozen,
    read_only,
    sub_layer,
)
from attnviz.trace.tokens import Tokens, token_fields

NO_TOKENS = Tokens((), (), (), (), 0)
# What of a trace is not known of any model of others: its record goes call by call.
NOT_KNOWN = frozenset({"positions", "target_positions", "residual", "feed_forward", "norms"})


def trace(model: HFModel, text: str | Sequence[str], target: str | Tokens | None = None) -> Trace:
    """Record every attention call of reading ``text``, and of writing ``target``.

    An encoder-decoder's target is its own greedy text of at most 64 tokens where it is None. A decoder alone reads
    ``text`` and then ``target``, as one; an encoder alone has none: ``ValueError``.
    Raises ``EmptyTextError`` where there is nothing to read.
    """
    plain = plain_text(text)
    source, known = read(model, text)
    if model.kind == "encoder_decoder":
        target_tokens, target_text, target_known = _target(model, source, target)
        known = known and target_known
        inputs = _inputs(source) | {"decoder_input_ids": torch.tensor([target_tokens.ids])}
    else:
        if isinstance(target, Tokens):
            raise ValueError("only what an encoder-decoder or our own model writes can be given as tokens")
        target_text, target_tokens = target or "", NO_TOKENS
        if model.kind == "decoder":
            if target_text:
                source, known = read(model, _continued(text, target_text))
            target_tokens = source
        elif target_text:
            raise ValueError(f"{model.name} only reads: it has no decoder that a target could be given to")
        inputs = _inputs(source)
    calls, around, out = _calls(model, inputs)
    logits = _logits(model, out)
    missing = set(NOT_KNOWN) | (model.missing & set(PARTS))
    missing |= (set() if known else {"words", "target_words"}) | (set() if logits is not None else {"logits"})
    rows = _embeddings(model, source)
    return Trace(
        model_name=model.name,
        norm_first=any(one.input_norm is not None for one in around.values()),
        text=plain,
        target=target_text,
        **token_fields(source, target_tokens),
        embeddings=rows,
        positions=cast(Array, None),
        target_embeddings=_embeddings(model, target_tokens),
        target_positions=cast(Array, None),
        residual={},
        feed_forward={},
        norms={},
        logits=cast(Array, logits),
        next_tokens=_next(model, target_tokens, logits),
        encoder_self=calls["encoder_self"],
        decoder_self=calls["decoder_self"],
        cross=calls["cross"],
        around=around,
        missing=frozenset(missing),
    )


@torch.inference_mode()
def logits(model: HFModel, text: str | Sequence[str], target: str = "") -> Array:
    """Return the scores of the next token, (position, vocabulary), by the plain forward pass without a record.

    A model without a head for words gives its last vectors, (token, d_model).
    """
    source, _ = read(model, text if model.kind != "decoder" or not target else _continued(text, target))
    inputs = _inputs(source)
    if model.kind == "encoder_decoder":
        inputs["decoder_input_ids"] = torch.tensor([_target(model, source, target)[0].ids])
    return read_only(model.network(**inputs, **accepted(model.network))[0][0])


@contextmanager
def without_heads(model: HFModel, heads: Iterable[tuple[Part, int, int]]) -> Iterator[None]:
    """Take heads out, each (part, layer, head) from 0: here and in this thread they pass on 0.

    For :func:`logits`, :func:`translate` and :func:`written_by`. ``ValueError`` for a head that the model does not
    have, ``HFError`` for a model of which only the weights are known.
    """
    if not model.sites:
        raise HFError(model.name, "its attention can't be exchanged, so no head can be taken out")
    places = {(site.part, site.layer): index for index, site in enumerate(model.sites)}
    out: list[list[int]] = [[] for _ in model.sites]
    for part, layer, head in heads:
        index = places.get((part, layer))
        if index is None or not 0 <= head < model.sites[index].n_heads:
            raise ValueError(f"{model.name} has no head {head} of layer {layer} of {part}")
        out[index].append(head)
    with silenced(tuple(site.module for site in model.sites), tuple(map(tuple, out))):
        yield


def translate(model: HFModel, text: str | Sequence[str]) -> str:
    """Return what an encoder-decoder writes, greedily; ``ValueError`` for a model that is none."""
    if model.kind != "encoder_decoder":
        raise ValueError(f"{model.name} is no encoder-decoder: it doesn't turn one text into another")
    return _target(model, read(model, text)[0], None)[1]


def written_by(model: HFModel, text: str | Sequence[str]) -> Tokens | None:
    """Return the tokens that an encoder-decoder writes greedily; None for a model that is none."""
    return _target(model, read(model, text)[0], None)[0] if model.kind == "encoder_decoder" else None


def likely_next(model: HFModel, scores: Array, count: int) -> tuple[tuple[str, float], ...]:
    """Return the ``count`` likeliest tokens and their probabilities, of the scores of one position (vocabulary)."""
    return tuple((label, probability) for label, (probability,) in likely_in_any(model, (scores,), count))


def likely_in_any(model: HFModel, scores: Sequence[Array], count: int) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return the tokens that are among the ``count`` likeliest of any scores, and their probability in each."""
    found = torch.tensor(np.stack(scores)).double().softmax(dim=-1)  # (scores, vocabulary)
    ids = list(dict.fromkeys(found.topk(count).indices.flatten().tolist()))
    labels = labels_of(model.tokenizer, ids)
    return tuple((label, tuple(found[:, id_].tolist())) for label, id_ in zip(labels, ids, strict=True))


def _continued(text: str | Sequence[str], target: str) -> str | list[str]:
    return f"{text} {target}" if isinstance(text, str) else [*text, *target.split()]


def _inputs(source: Tokens) -> dict[str, Any]:
    ids = torch.tensor([source.ids])
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def _target(model: HFModel, source: Tokens, target: str | Tokens | None) -> tuple[Tokens, str, bool]:
    """Return what the decoder reads, as text too, and whether its words are known."""
    if isinstance(target, Tokens):
        return target, written(model, target.ids)[1], True
    if target is None:
        return *written(model, _greedy(model, source)), True
    found, known = read(model, target, is_target=True)
    shifted = _shifted(model, torch.tensor([found.ids]))
    return _realigned(model, found, shifted), target, known


def _greedy(model: HFModel, source: Tokens) -> tuple[int, ...]:
    network = model.network
    if not hasattr(network, "generate") or not network.can_generate():
        return (_start(network),)
    with quiet(), torch.inference_mode():
        most = min(MOST_WRITTEN, most_tokens(model) - 1)  # the start token takes a place too
        options = {"max_new_tokens": most, "num_beams": 1, "do_sample": False}
        (ids,) = network.generate(**_inputs(source), decoder_start_token_id=_start(network), **options)
    found = [int(one) for one in ids]
    end = network.generation_config.eos_token_id
    ends = set(end) if isinstance(end, list) else {end}
    return tuple(found[:-1] if len(found) > 1 and found[-1] in ends else found)


def _start(network: Any) -> int:
    candidates = (
        getattr(getattr(network, "generation_config", None), "decoder_start_token_id", None),
        getattr(network.config, "decoder_start_token_id", None),
        getattr(network.config, "bos_token_id", None),
        getattr(network.config, "pad_token_id", None),
    )
    return int(next((one for one in candidates if one is not None), 0))


def _shifted(model: HFModel, labels: Tensor) -> tuple[int, ...]:
    """Return what the decoder reads to write ``labels``: the model's own shift, where it has one."""
    own = getattr(model.network, "prepare_decoder_input_ids_from_labels", None)
    ids = own(labels)[0] if own is not None else torch.cat([torch.tensor([_start(model.network)]), labels[0, :-1]])
    return tuple(int(one) for one in ids)


def _realigned(model: HFModel, found: Tokens, shifted: tuple[int, ...]) -> Tokens:
    """Move words along with the tokens that were shifted: each keeps the word of its label."""
    if len(shifted) == len(found.ids) and shifted[1:] == found.ids[:-1]:
        word_of = (None, *found.word_of[:-1])
        labels = labels_of(model.tokenizer, shifted)
        return Tokens(shifted, labels, found.words, word_of, found.n_dropped)
    return by_token(model, shifted, special_of(model, shifted), found.n_dropped)


def _embeddings(model: HFModel, tokens: Tokens) -> Array:
    """The rows of the embedding table, (token, embedding), before anything is done to them."""
    table = model.network.get_input_embeddings().weight
    return read_only(table.detach()[torch.tensor(tokens.ids, dtype=torch.long)])


def _logits(model: HFModel, out: Any) -> Array | None:
    found = getattr(out, "logits", None)
    if not isinstance(found, Tensor) or model.kind == "encoder":
        return None
    return read_only(found[0].float())


def _next(model: HFModel, tokens: Tokens, scores: Array | None) -> tuple[str, ...]:
    if not tokens.ids:
        return ()
    (last,) = labels_of(model.tokenizer, [int(scores[-1].argmax())]) if scores is not None else "…"
    return (*tokens.labels[1:], last)


def _calls(model: HFModel, inputs: dict[str, Any]) -> tuple[dict[Part, tuple[Attention, ...]], dict[str, Around], Any]:
    found: dict[Part, list[Attention]] = {part: [] for part in PARTS}
    around: dict[str, Around] = {}
    if model.tier == "weights only":
        eager, out = eager_weights(model.network, inputs | accepted(model.network))
        if model.kind == "decoder":
            eager = {"decoder_self": eager["encoder_self"]}
        for part, weights in eager.items():
            found[part] = [_given(one) for one in weights]
    else:
        run, out = recorded(model.network, inputs | accepted(model.network))
        if len(run.calls) != len(model.sites):
            raise HFError(model.name, f"{len(run.calls)} attention calls where the probe had {len(model.sites)}")
        for index, site in enumerate(model.sites):
            call, stream = _attention(run, index, site)
            found[site.part].append(call)
            around[sub_layer(site.part, site.layer)] = stream
    return {part: tuple(calls) for part, calls in found.items()}, around, out


def _given(weights: Tensor) -> Attention:
    nothing = cast(Any, None)
    return Attention(
        Projections(*(nothing,) * 8),
        *(nothing,) * 6,
        scale=nothing,
        query_meeting=nothing,
        key_meeting=nothing,
        missing=frozenset(WEIGHTS_ONLY),
        given_weights=read_only(weights[0].float()),
    )


def _attention(run: Run, index: int, site: Site) -> tuple[Attention, Around]:
    call = run.calls[index]
    begin, place, _ = run.between(index)
    before = run.events[begin:place]
    n_heads, n_queries, n_keys = call.query.shape[1], call.query.shape[2], call.key.shape[2]
    entered: dict[int, tuple[Tensor, Tensor]] = {id(module): (x, y) for module, x, y in before}
    inputs = _entered(site.query, entered, n_queries)
    memory = _entered(site.key or site.value, entered, n_keys)
    if inputs is not None and memory is not None and inputs.shape == memory.shape:
        memory = inputs if np.shares_memory(inputs, memory) else memory
    attention = Attention(
        projections=site.projections,
        inputs=cast(Array, inputs),
        memory=cast(Array, memory),
        query=read_only(call.query[0]),
        key=read_only(call.keys[0]),
        value=read_only(call.values[0]),
        mask=_mask(call),
        scale=call.scale,
        softcap=call.softcap,
        bias=None if call.bias is None else read_only(call.bias.expand(1, n_heads, n_queries, n_keys)[0]),
        sinks=None if call.sinks is None else read_only(call.sinks.float()),
        query_projected=_projected(site.query, site.query_plan, call.query, entered, n_heads),
        key_projected=_projected(site.key, site.key_plan, call.key, entered, n_heads),
        query_meeting=_meeting(site.query_plan, run, n_queries),
        key_meeting=_meeting(site.key_plan, run, n_keys),
        missing=site.missing,
    )
    return attention, _around(site, attention, entered)


def _entered(made: Made | None, entered: dict[int, tuple[Tensor, Tensor]], n_tokens: int) -> Array | None:
    if made is None:
        return None
    columns = tokens_by_columns(entered[id(made.linear)][0], 1, n_tokens)
    return None if columns is None else read_only(columns[0])


def _projected(
    made: Made | None, plan: Plan | None, vectors: Tensor, entered: dict[int, tuple[Tensor, Tensor]], n_heads: int
) -> Array | None:
    """What the Linear gave, head by head; None where that is what meets, or where it isn't known."""
    if made is None or plan == Plan():
        return None
    columns = tokens_by_columns(entered[id(made.linear)][1], 1, vectors.shape[2])
    assert columns is not None
    own = by_head(take(columns[0], made.index), vectors.shape[1])
    return read_only(per_head(own, n_heads))


def _meeting(plan: Plan | None, run: Run, n_tokens: int) -> Meeting:
    return cast(Meeting, None) if plan is None else plan.meeting(run.rotations, n_tokens)


def _mask(call: Call) -> Mask:
    n_queries, n_keys = call.query.shape[2], call.key.shape[2]
    if call.mask is None:
        return frozen(np.ones((n_queries, n_keys), dtype=np.bool_))
    return cast(Mask, read_only(call.mask[0, 0].expand(n_queries, n_keys)))


def _around(site: Site, attention: Attention, entered: dict[int, tuple[Tensor, Tensor]]) -> Around:
    around = site.around
    if around is None:
        return Around(None, None, None, None)
    x: Array | None = attention.inputs
    module: nn.Module | None = around.input_norm_module
    if module is not None:
        columns = tokens_by_columns(entered[id(module)][0], 1, attention.query.shape[1])
        x = None if columns is None else read_only(columns[0])
    return Around(x, around.input_norm, around.output_norm, around.norm)
