"""Holds our weights against those that the model itself computes, before anybody sees one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from attnviz.hf.errors import HFError
from attnviz.hf.matching import TOLERANCE, difference
from attnviz.hf.recording import Call, Run, called, per_head, recorded
from attnviz.hf.sites import Site
from attnviz.model.attention import attend
from attnviz.trace.records import Part

SPREADS = (1.0, 8.0, 30.0)  # of the scores: a cap hardly bites on small ones, and hides among very large ones
Weights = dict[Part, list[Tensor]]


def weights_of(call: Call) -> Tensor:
    """Return our weights of one call in float64, (batch, head, query, key)."""
    bias, sinks = (None if one is None else one.double() for one in (call.bias, call.sinks))
    n_heads = call.query.shape[1]
    keys, values = (per_head(one, n_heads).double() for one in (call.key, call.value))
    return attend(
        call.query.double(), keys, values, call.mask, scale=call.scale, softcap=call.softcap, bias=bias, sinks=sinks
    ).weights


def eager_weights(model: nn.Module, inputs: Mapping[str, Any]) -> tuple[Weights, Any]:
    """Run the model with its own eager attention; its weights by part, those of layers that have any."""
    with torch.inference_mode():
        out = model(**inputs, output_attentions=True)
    names: dict[Part, str] = {"encoder_self": "encoder_attentions", "decoder_self": "decoder_attentions"}
    names |= {"cross": "cross_attentions"}
    if not cast(Any, model).config.is_encoder_decoder:
        names = {"encoder_self": "attentions"}
    found: Weights = {}
    for part, name in names.items():
        given = getattr(out, name, None) or ()
        kept = [one[0] if isinstance(one, tuple) else one for one in given if one is not None]
        kept = [one for one in kept if isinstance(one, Tensor)]
        if kept:
            found[part] = kept
    return found, out


def against_eager(name: str, run: Run, sites: tuple[Site, ...], eager: Weights) -> float:
    """Return the largest difference of our weights to eager's on one probe; ``HFError`` above the tolerance."""
    counts: dict[Part, list[Call]] = {}
    for call, site in zip(run.calls, sites, strict=True):
        counts.setdefault(site.part, []).append(call)
    if "decoder_self" in counts and len(counts) == 1 and "encoder_self" in eager:
        eager = {"decoder_self": eager["encoder_self"]}  # a single stack calls its weights "attentions"
    if "cross" in counts and "encoder_self" not in counts:
        eager = {part: found for part, found in eager.items() if part != "encoder_self"}  # an encoder of its own kind
    layers = {part: len(found) for part, found in eager.items()}
    if layers != {part: len(found) for part, found in counts.items()}:
        ours = sum(map(len, counts.values()))
        raise HFError(
            name, f"{ours} of its {sum(layers.values())} attention layers can be recorded, the others go another way"
        )
    worst = 0.0
    for part, calls in counts.items():
        for call, own in zip(calls, eager[part], strict=True):
            worst = max(worst, difference(own, weights_of(call)))
    if worst > TOLERANCE:
        raise HFError(name, f"our weights differ from its own by {worst:.0e}, so nothing of it is shown")
    return worst


def formula_holds(name: str, model: nn.Module, inputs: Mapping[str, Any]) -> float:
    """Hold every call against the model's own attention function, on scores of several spreads.

    Within the calls themselves, so that no rounding adds up from layer to layer. Returns the largest difference;
    ``HFError`` above the tolerance.
    """
    differences: list[float] = []
    recorded(model, inputs, lambda *call: differences.extend(_differences(*call)))
    worst = max(differences, default=0.0)
    if worst > TOLERANCE:
        raise HFError(name, f"its attention is not the formula that we know: weights differ by {worst:.0e}")
    return worst


def _differences(call: Call, mask: Tensor | None, options: dict[str, Any]) -> Iterator[float]:
    eager = getattr(sys.modules[type(call.module).__module__], "eager_attention_forward", None)
    if eager is None:
        return
    if mask is not None and mask.dtype == torch.bool:
        lowest = torch.finfo(call.query.dtype).min
        mask = torch.zeros((), dtype=call.query.dtype).masked_fill(~mask, lowest)
    keys = per_head(call.key, call.query.shape[1])
    spread = float((call.query @ keys.transpose(-1, -2) * call.scale).std().clamp(min=1e-6))
    for wanted in SPREADS:
        given = (call.module, call.query * (wanted / spread), call.key, call.value, mask, call.scale)
        _, own = eager(*given, **options)
        yield difference(own, weights_of(called(*given, **options)))
