"""A model of ``transformers`` made ready to be looked into, and what it can tell."""

from __future__ import annotations

import copy
import inspect
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, TypeAlias

import torch
from torch import nn

from attnviz.hf.errors import HFError
from attnviz.hf.matching import is_linear, is_norm
from attnviz.hf.recording import NAME, Run, recorded, watch
from attnviz.hf.sites import BATCH, SOURCE, TARGET, Site, probe_inputs, sites_of
from attnviz.hf.verify import Weights, against_eager, eager_weights, formula_holds
from attnviz.trace.records import DERIVED, Part

Tier: TypeAlias = Literal["full", "partly", "weights only"]
Kind: TypeAlias = Literal["encoder", "decoder", "encoder_decoder"]
UNTRAINED_SEED = 2017
_ONE_AT_A_TIME = threading.Lock()  # set_attn_implementation and the random generator are the process's own


@dataclass(frozen=True, eq=False, repr=False)
class HFModel:
    """A model of others, shared by all users and never changed after it was made ready."""

    name: str
    network: Any  # PreTrainedModel; it calls our attention function
    tokenizer: Any
    kind: Kind
    sites: tuple[Site, ...]  # one an attention call, in order; empty where only the weights are known
    n_layers: dict[Part, int]
    tier: Tier
    reason: str  # why it isn't full, in a sentence; "" where it is
    missing: frozenset[str]  # what some attention call of it lacks
    difference: float  # the largest |ours - eager's| of all weights on the probe, over max(1, |eager's|)
    copy: str = ""  # "a 4-bit copy ...": which copy of the published numbers it is; "" where it is these

    @cached_property
    def counts_from_padding(self) -> bool:
        """Whether its positions begin behind the padding token's number, as RoBERTa's do; every reading asks."""
        return any(hasattr(module, "create_position_ids_from_input_ids") for module in self.network.modules())

    def __repr__(self) -> str:
        """Name the model: a notebook should not print its parameters."""
        return f"HFModel({self.name!r}, {self.tier}{self.copy and ', ' + self.copy})"


def accepted(network: Any) -> dict[str, Any]:
    """Return the options that a recorded forward pass needs and the model takes."""
    kind: Any = type(network)
    return {"use_cache": False} if _takes_cache(kind) else {}


@cache
def _takes_cache(kind: Any) -> bool:
    return "use_cache" in inspect.signature(kind.forward).parameters


_QUIET: ContextVar[bool] = ContextVar("attnviz_hf_quiet", default=False)


def _may_be_said(_: logging.LogRecord) -> bool:
    return not _QUIET.get()


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out what ``transformers`` says while a model is tried, in this context; what matters we say ourselves."""
    for handler in logging.getLogger("transformers").handlers:
        handler.addFilter(_may_be_said)  # once: a handler takes no filter twice
    token = _QUIET.set(True)
    try:
        yield
    finally:
        _QUIET.reset(token)


def prepared(name: str, network: Any, tokenizer: Any) -> HFModel:
    """Probe a model, find what its numbers are made of and hold them against its own eager attention.

    From here on it calls our attention function. ``HFError`` with the reason where nothing of it may be shown.
    """
    with _ONE_AT_A_TIME, quiet():
        return _prepared(name, network, tokenizer)


def _prepared(name: str, network: Any, tokenizer: Any) -> HFModel:
    _readable(name, network)
    network.eval()
    inputs = _probe(name, network)
    try:
        network.set_attn_implementation("eager")
        eager, out = eager_weights(network, inputs)
    except HFError:
        raise
    except Exception as error:
        raise HFError(name, f"it can't be run on tokens alone ({_said(error)})") from error
    reason = _recordable(network)
    run = Run()
    if not reason:
        hooks = watch(module for module in network.modules() if _may_matter(module))
        try:
            run, ours = recorded(network, inputs)
        finally:
            for hook in hooks:
                hook.remove()
        if not run.calls:
            reason = "it doesn't call the attention function that can be exchanged"
    encoder_decoder = bool(network.config.is_encoder_decoder)
    if not reason:
        found = sites_of(run, encoder_decoder)
        if isinstance(found, str):
            reason = found
        else:
            try:
                worst = against_eager(name, run, found, eager)
            except HFError as error:
                reason = str(error).removeprefix(f"{name}: ").removesuffix(".")
            else:
                worst = max(worst, formula_holds(name, network, inputs))
                return _whole(name, network, tokenizer, found, worst)
    return _weights_only(name, network, tokenizer, eager, reason)


def _readable(name: str, network: Any) -> None:
    if not isinstance(network, nn.Module) or not hasattr(network, "config"):
        raise HFError(name, "this is no model of transformers", "give one that from_pretrained or from_config made")
    kinds = {parameter.dtype for parameter in network.parameters() if parameter.dtype.is_floating_point}
    if kinds - {torch.float32}:
        other = ", ".join(sorted(str(kind).removeprefix("torch.") for kind in kinds - {torch.float32}))
        raise HFError(name, f"its numbers are {other}, and the record is float32", "call model.float() first")
    if any(parameter.device.type != "cpu" for parameter in network.parameters()):
        raise HFError(name, "it lies on another device", "call model.cpu() first")


def _probe(name: str, network: Any) -> dict[str, Any]:
    try:
        return probe_inputs(network) | accepted(network)
    except (AttributeError, NotImplementedError, TypeError) as error:
        raise HFError(name, f"it doesn't read tokens ({_said(error)})") from error


def _said(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:120]}" if text else type(error).__name__


def _recordable(network: Any) -> str:
    try:
        network.set_attn_implementation(NAME)
    except Exception as error:
        return f"its attention can't be exchanged ({_said(error)})"
    return ""


def _may_matter(module: nn.Module) -> bool:
    return is_linear(module) or is_norm(module) or "Rotary" in type(module).__name__


def _whole(name: str, network: Any, tokenizer: Any, sites: tuple[Site, ...], worst: float) -> HFModel:
    wanted = {id(module): module for site in sites for module in site.modules()}
    if any(plan is not None and plan.turn is not None for site in sites for plan in (site.query_plan, site.key_plan)):
        wanted |= {id(module): module for module in network.modules() if "Rotary" in type(module).__name__}
    watch(wanted.values())
    missing = frozenset(field for site in sites for field in site.missing)
    parts = [site.part for site in sites]
    if network.config.is_encoder_decoder and "encoder_self" not in parts:
        missing |= {"encoder_self"}
    if network.config.is_encoder_decoder:
        kind: Kind = "encoder_decoder"
    else:
        kind = "decoder" if "decoder_self" in parts else "encoder"
    n_layers: dict[Part, int] = {part: parts.count(part) for part in dict.fromkeys(parts)}
    reason = f"not known of it: {', '.join(sorted(missing))}" if missing else ""
    return HFModel(
        name, network, tokenizer, kind, sites, n_layers, "partly" if missing else "full", reason, missing, worst
    )


def _weights_only(name: str, network: Any, tokenizer: Any, eager: Weights, reason: str) -> HFModel:
    network.set_attn_implementation("eager")
    if not eager:
        raise HFError(name, "it has no softmax attention to show, or doesn't give it away")
    for part, calls in eager.items():
        lengths = (TARGET if part != "encoder_self" else SOURCE, TARGET if part == "decoder_self" else SOURCE)
        for weights in calls:
            if weights.shape[0] != BATCH or weights.shape[2:] != lengths or not _are_weights(weights):
                raise HFError(name, "what it calls attention are not the weights of a softmax over all tokens")
    encoder_decoder = bool(network.config.is_encoder_decoder)
    if not encoder_decoder and _hides_the_future(eager):
        kind: Kind = "decoder"
        eager = {"decoder_self": eager["encoder_self"]}
    else:
        kind = "encoder_decoder" if encoder_decoder else "encoder"
    n_layers: dict[Part, int] = {part: len(calls) for part, calls in eager.items()}
    return HFModel(
        name, network, tokenizer, kind, (), n_layers, "weights only", reason, frozenset(WEIGHTS_ONLY), float("nan")
    )


# all that an attention call lacks of which only the weights are known
WEIGHTS_ONLY = (
    *("inputs", "memory", "query", "key", "value", "mask", "query_projected", "key_projected"),
    *("scale", "softcap", "bias", "sinks"),
    *("W_Q", "W_K", "W_V", "b_Q", "b_K", "b_V", "W_O", "b_O", "query_meeting", "key_meeting"),
    *(name for name in DERIVED if name != "weights"),
)


def _are_weights(weights: torch.Tensor) -> bool:
    sums = weights.double().sum(-1)
    return bool((weights >= 0).all()) and bool(((sums - 1).abs() < 1e-4).all())


def _hides_the_future(eager: Weights) -> bool:
    first = eager["encoder_self"][0]
    return not bool(first.triu(1).any())


def control_of(model: HFModel) -> HFModel:
    """Make the untrained twin: the model's class and configuration, random parameters from a fixed seed."""
    return untrained(f"untrained_{model.name}", type(model.network), model.network.config, model.tokenizer)


def untrained(name: str, kind: Any, config: Any, tokenizer: Any) -> HFModel:
    """Make a model of a class ``kind`` and its ``config`` with random parameters from a fixed seed."""
    with _ONE_AT_A_TIME, quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(UNTRAINED_SEED)
        config = copy.deepcopy(config)
        config._attn_implementation = "eager"
        network = kind(config).float()
    return prepared(name, network, tokenizer)
