"""Records the attention calls of one forward pass, and takes heads out: in context variables, so threads never mix.

Nothing is kept on the model. It calls our attention function by its name, and hooks that keep nothing stand on
the modules whose inputs and outputs are asked for; without a recorder both let everything pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

from attnviz.model.attention import attend

NAME = "attnviz"


@dataclass(eq=False)
class Call:
    """One call of the attention function, with its batch axis."""

    module: nn.Module
    query: Tensor  # (batch, head, query, d_k), after norm and rotation
    key: Tensor  # (batch, key head, key, d_k)
    value: Tensor  # (batch, key head, key, d_v)
    mask: Tensor | None  # boolean, broadcasts to (batch, head, query, key)
    bias: Tensor | None  # broadcasts to (batch, head, query, key)
    scale: float
    softcap: float | None
    sinks: Tensor | None  # (head)
    output: Tensor  # (batch, query, head, d_v)
    keys: Tensor  # (batch, head, key, d_k): those that heads share, repeated
    values: Tensor
    start: int  # how many events came before


@dataclass(eq=False)
class Silencer:
    """Which heads pass on nothing, call by call: ``modules`` in the order in which a model calls attention."""

    modules: tuple[nn.Module, ...]
    heads: tuple[tuple[int, ...], ...]  # one list a call
    seen: list[int] = field(default_factory=list)  # places of the calls so far


@dataclass(eq=False)
class Run:
    """What one forward pass leaves: the calls, and in order what went through the modules that are watched."""

    calls: list[Call] = field(default_factory=list)
    events: list[tuple[nn.Module, Tensor, Tensor]] = field(default_factory=list)
    rotations: list[tuple[Tensor, Tensor]] = field(default_factory=list)  # cos and sin, (token, number)
    check: Callable[[Call, Tensor | None, dict[str, Any]], None] | None = None  # sees each call, its mask and options

    def between(self, index: int) -> tuple[int, int, int]:
        """Return the first event before call ``index``, the call's place, and the first event of the next call."""
        begin = self.calls[index - 1].start if index else 0
        end = self.calls[index + 1].start if index + 1 < len(self.calls) else len(self.events)
        return begin, self.calls[index].start, end


_RECORDER: ContextVar[Run | None] = ContextVar("attnviz_hf_recorder", default=None)
_SILENCER: ContextVar[Silencer | None] = ContextVar("attnviz_hf_silencer", default=None)


def recorded(
    model: nn.Module,
    inputs: Mapping[str, Any],
    check: Callable[[Call, Tensor | None, dict[str, Any]], None] | None = None,
) -> tuple[Run, Any]:
    """Run the model once and return what happened, and what it returned."""
    run = Run(check=check)
    token = _RECORDER.set(run)
    try:
        with torch.inference_mode():
            return run, model(**inputs)
    finally:
        _RECORDER.reset(token)


@contextmanager
def silenced(modules: tuple[nn.Module, ...], heads: tuple[tuple[int, ...], ...]) -> Iterator[None]:
    """Let heads pass on nothing, in this context; a record that is made meanwhile has its calls' steps as ever."""
    token = _SILENCER.set(Silencer(modules, heads))
    try:
        yield
    finally:
        _SILENCER.reset(token)


def _silence(silencer: Silencer, call: Call) -> None:
    """Set what these heads of a call pass on to 0; another model's calls are let through.

    Which call it is: the next one of its module. An encoder is called once and a decoder again for each token that
    is written, and some models have one module in all layers.
    """
    first = silencer.seen[-1] + 1 if silencer.seen else 0
    order = [(first + step) % len(silencer.modules) for step in range(len(silencer.modules))]
    place = next((place for place in order if silencer.modules[place] is call.module), None)
    if place is not None:
        silencer.seen.append(place)
        call.output[:, :, list(silencer.heads[place])] = 0


def per_head(shared: Tensor, n_heads: int) -> Tensor:
    """Repeat key heads (axis -3) that several heads share."""
    return shared if shared.shape[-3] == n_heads else shared.repeat_interleave(n_heads // shared.shape[-3], dim=-3)


def _boolean(mask: Tensor | None, bias: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """Take a mask of numbers apart: what is forbidden, and what is added."""
    if mask is None or mask.dtype == torch.bool:
        return mask, bias
    allowed = mask > torch.finfo(mask.dtype).min / 2
    added = torch.where(allowed, mask, torch.zeros((), dtype=mask.dtype))
    if bool(added.any()):
        bias = added if bias is None else bias + added
    return allowed, bias


def called(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> Call:
    """Compute one call of the attention function as ``transformers`` asks for it."""
    scale = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
    softcap, sinks = options.get("softcap"), options.get("s_aux")
    if attention_mask is not None:
        attention_mask = attention_mask[..., : key.shape[-2]]
    bias = options.get("position_bias")
    if bias is not None and not bool(bias.any()):  # T5's cross-attention is handed one of zeros: it has none
        bias = None
    mask, bias = _boolean(attention_mask, bias)
    keys, values = (per_head(shared, query.shape[1]) for shared in (key, value))
    if softcap is None and sinks is None:
        both = mask
        if bias is not None:
            both = bias.to(query.dtype)
            both = both if mask is None else both.masked_fill(~mask, -math.inf)
        head_output = F.scaled_dot_product_attention(query, keys, values, attn_mask=both, scale=scale)
    else:
        steps = attend(query, keys, values, mask, scale=scale, softcap=softcap, bias=bias, sinks=sinks)
        head_output = steps.head_output
    output = head_output.transpose(1, 2).contiguous()  # (batch, query, head, d_v)
    return Call(module, query, key, value, mask, bias, scale, softcap, sinks, output, keys, values, 0)


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[Tensor, None]:
    """Compute attention, and hand the call to the recorder of this context where there is one."""
    call = called(module, query, key, value, attention_mask, scaling, **options)
    silencer = _SILENCER.get()
    if silencer is not None:
        _silence(silencer, call)
    run = _RECORDER.get()
    if run is not None:
        call.start = len(run.events)
        run.calls.append(call)
        if run.check is not None:
            run.check(call, attention_mask, options)
    return call.output, None


def whole_mask(*args: Any, **kwargs: Any) -> Tensor | None:
    """Make the mask of every call, and never leave it out: else a decoder would see the future."""
    kwargs |= {"allow_is_causal_skip": False, "allow_is_bidirectional_skip": False}
    found: Tensor | None = sdpa_mask(*args, **kwargs)
    return found


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, whole_mask)


def _watch(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
    run = _RECORDER.get()
    if run is None:
        return
    entered = args[0] if args else next(iter(kwargs.values()), None)
    if "Rotary" in type(module).__name__:
        if isinstance(output, Tensor) and output.is_complex():
            output = (output.real, output.imag)
        if isinstance(output, tuple) and len(output) == 2:
            cos, sin = (one[0] if isinstance(one, Tensor) and one.dim() == 3 else one for one in output)
            if isinstance(cos, Tensor) and isinstance(sin, Tensor) and cos.dim() == 2:
                run.rotations.append((cos, sin))
    elif isinstance(entered, Tensor) and isinstance(output, Tensor):
        run.events.append((module, entered, output))


def watch(modules: Iterable[nn.Module]) -> list[torch.utils.hooks.RemovableHandle]:
    """Hand what goes through ``modules`` to whoever records; nothing stays on them but the hook."""
    return [module.register_forward_hook(_watch, with_kwargs=True) for module in modules]
