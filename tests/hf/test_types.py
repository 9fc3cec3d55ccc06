"""Every model type: what its record holds is recomputed in float64 by NumPy, and held to the model's own numbers."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import attnviz
from attnviz import Attention, ModelError, Trace
from attnviz.hf.run import _shifted
from attnviz.hf.tiny import tiny_model, tiny_tokenizer
from attnviz.hf.types import TABLE, TYPES, rows_of
from attnviz.trace.records import HeadNorm, Meeting, Rotation

Numbers = NDArray[Any]
TEXT, TARGET = "it ran on !", "es lief"
TIERS = {row.kind: row for row in rows_of(TABLE.read_text(encoding="utf-8"))}

pytestmark = pytest.mark.filterwarnings("ignore")  # tiny configurations make libraries warn


def differ(a: Numbers, b: Numbers) -> float:
    assert a.shape == b.shape, (a.shape, b.shape)
    return float((np.abs(a.astype(np.float64) - b) / np.maximum(1, np.abs(a.astype(np.float64)))).max(initial=0))


def own_attentions(network: Any, trace: Trace, ids: dict[str, Any]) -> tuple[dict[str, list[Numbers]], list[Numbers]]:
    """The model's own eager weights by part, and what every Linear of it gave."""
    linear: list[Numbers] = []
    hooks = [
        module.register_forward_hook(lambda _m, _i, out: linear.append(out.detach().numpy()))
        for module in network.modules()
        if type(module).__name__ in ("Linear", "Conv1D")
    ]
    with torch.inference_mode():
        out = network(**ids, output_attentions=True)
    for hook in hooks:
        hook.remove()
    names = {"encoder_self": "encoder_attentions", "decoder_self": "decoder_attentions", "cross": "cross_attentions"}
    if not network.config.is_encoder_decoder:
        names = {"decoder_self" if trace.decoder_self else "encoder_self": "attentions"}
    found = {
        part: [one[0].double().numpy() for one in getattr(out, name) or () if isinstance(one, torch.Tensor)]
        for part, name in names.items()
    }
    return found, linear


def turned(x: Numbers, rotation: Rotation) -> Numbers:
    """RoPE of (head, token, d_k)."""
    n, start, result = rotation.cos.shape[1], rotation.start, x.copy()
    for angle in range(n):
        a = start + (2 * angle if rotation.neighbours else angle)
        b = a + 1 if rotation.neighbours else a + n
        cos, sin = (table[:, angle].astype(np.float64) for table in (rotation.cos, rotation.sin))
        result[..., a], result[..., b] = x[..., a] * cos - x[..., b] * sin, x[..., b] * cos + x[..., a] * sin
    return result


def normed(x: Numbers, norm: HeadNorm) -> Numbers:
    rows = x.transpose(1, 0, 2).reshape(1, x.shape[1], -1) if norm.across else x
    rows = rows if norm.rms else rows - rows.mean(axis=-1, keepdims=True)
    rows = rows / np.sqrt((rows**2).mean(axis=-1, keepdims=True) + norm.eps)
    if norm.across:
        rows = rows[0].reshape(x.shape[1], x.shape[0], -1).transpose(1, 0, 2)
    return rows * norm.gain[:, None] + norm.bias[:, None]


def meets(projected: Numbers, meeting: Meeting) -> Numbers:
    x = projected.astype(np.float64) * meeting.factor
    if meeting.rotation is not None and not meeting.norm_first:
        x = turned(x, meeting.rotation)
    if meeting.norm is not None:
        x = normed(x, meeting.norm)
    return turned(x, meeting.rotation) if meeting.rotation is not None and meeting.norm_first else x


def softmax(call: Attention) -> Numbers:
    """The formula of the issue, from what the record holds alone."""
    q, k = call.query.astype(np.float64), call.key.astype(np.float64)
    scores = np.einsum("hqd,hkd->hqk", q, k) * call.scale
    assert differ(scores, call.scaled_scores) < 1e-5
    if call.softcap is not None:
        scores = call.softcap * np.tanh(scores / call.softcap)
    if call.bias is not None:
        scores = scores + call.bias
    scores = np.where(call.mask, scores, -np.inf)
    if call.sinks is not None:
        column = np.broadcast_to(call.sinks[:, None, None], (*scores.shape[:2], 1))
        scores = np.concatenate([scores, column], axis=-1)
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights: Numbers = exponents / exponents.sum(axis=-1, keepdims=True)
    return weights if call.sinks is None else weights[..., :-1]


def check_call(call: Attention, eager: Numbers, linear: list[Numbers]) -> None:
    weights = softmax(call)
    assert differ(eager, weights) < 1e-5 and differ(weights, call.weights) < 1e-5
    head_output = weights @ call.value.astype(np.float64)
    assert differ(head_output, call.head_output) < 1e-5
    for letter, name, source in (("Q", "query", "inputs"), ("K", "key", "memory"), ("V", "value", "memory")):
        if f"W_{letter}" in call.missing:
            assert getattr(call, f"W_{letter}") is None
            continue
        x = getattr(call, source).astype(np.float64)
        made = x @ getattr(call, f"W_{letter}") + getattr(call, f"b_{letter}")[:, None]
        projected = call.value if name == "value" else getattr(call, f"{name}_projected")
        assert differ(made, projected) < 1e-5, name
        if name != "value" and f"{name}_meeting" not in call.missing:
            assert differ(meets(made, getattr(call, f"{name}_meeting")), getattr(call, name)) < 1e-5, name
    if "W_O" not in call.missing:
        concat = head_output.transpose(1, 0, 2).reshape(head_output.shape[1], -1)
        output = concat @ call.W_O.reshape(-1, call.W_O.shape[-1]).astype(np.float64) + call.b_O
        assert differ(output, call.output) < 1e-5
        summed = call.contribution.astype(np.float64).sum(axis=0) + call.b_O
        assert differ(summed, call.output) < 1e-5
        same = [one for one in linear if one.size == output.size]
        assert min(differ(one.reshape(output.shape), output) for one in same) < 1e-5  # the model's own output


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_what_the_table_says_and_every_number_is_recomputed(kind: str) -> None:
    network = tiny_model(kind)
    row = TIERS[kind]
    if row.tier == "refused":
        with pytest.raises(ModelError) as refused:
            attnviz.wrap_hf(network, tiny_tokenizer(), kind)
        assert row.reason in str(refused.value)
        return
    model: Any = attnviz.wrap_hf(network, tiny_tokenizer(), kind)
    assert (model.tier, model.reason) == (row.tier, row.reason)
    trace = attnviz.trace(model, TEXT, TARGET if network.config.is_encoder_decoder else None)
    ids = {"input_ids": torch.tensor([read_ids(model, TEXT)])}
    if network.config.is_encoder_decoder:
        ids["decoder_input_ids"] = torch.tensor([decoder_ids(model)])
    network.set_attn_implementation("eager")
    eager, linear = own_attentions(network, trace, ids | ({"use_cache": False} if uses_cache(network) else {}))
    for part, calls in (
        ("encoder_self", trace.encoder_self),
        ("decoder_self", trace.decoder_self),
        ("cross", trace.cross),
    ):
        if part in trace.missing:
            assert not calls
            continue
        assert len(calls) == len(eager.get(part, ()))
        for call, own in zip(calls, eager.get(part, ()), strict=True):
            if row.tier == "weights only":
                np.testing.assert_allclose(call.weights, own, atol=1e-6)
                assert call.scores is None and call.W_Q is None and "scores" in call.missing
            else:
                check_call(call, own, linear)
            assert (call.missing == frozenset()) or row.tier != "full"


def read_ids(model: Any, text: str) -> list[int]:
    found: list[int] = model.tokenizer(text)["input_ids"]
    return found


def decoder_ids(model: Any) -> list[int]:
    return list(_shifted(model, torch.tensor([read_ids(model, TARGET)])))


def uses_cache(network: Any) -> bool:
    return "use_cache" in inspect.signature(network.forward).parameters


def test_the_table_names_enough_types_and_most_are_full() -> None:
    assert len(TIERS) >= 100 and set(TIERS) == set(TYPES)
    assert sum(row.tier == "full" for row in TIERS.values()) >= 75
    assert all(row.reason for row in TIERS.values() if row.tier != "full")
    assert Path(TABLE).name == "model-types.md"
