"""Runs a model on text: load, translate, trace, and the plain forward without a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, overload

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from attnviz.model.attention import AttentionInputs, MultiHeadAttention
from attnviz.model.checkpoint import UnknownModelError, load_checkpoint, load_recurrent, untrained
from attnviz.model.layers import DecoderLayer, EncoderLayer, LayerRun
from attnviz.model.place import WEIGHTS
from attnviz.model.transformer import Transformer
from attnviz.trace.models import MODELS, find
from attnviz.trace.records import Array, Attention, Mask, Norm, Projections, Trace, read_only
from attnviz.trace.recurrent import RecurrentModel, RecurrentTrace, recurrent_trace
from attnviz.trace.tokens import Tokens, most_tokens, next_labels, read_and_written, spelled, token_fields, tokenize

UNTRAINED_SEED = 2017  # the control that the app shows; any other seed is as good


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A loaded model, shared by all users and never changed; traces share its parameters' memory."""

    name: str
    transformer: Transformer
    tokenizer: Tokenizer
    projections: dict[str, Projections]  # "encoder.0.self" -> parameters of that attention
    norms: dict[str, Norm]  # "encoder.0.self" -> that sub-layer's LayerNorm

    def __repr__(self) -> str:
        """Name the model: a notebook should not print its parameters."""
        return f"Model({self.name!r})"


# What a type checker knows by name; the table of models decides.
RecurrentName: TypeAlias = Literal["recurrent", "recurrent_attention"]


@overload
def load_model(name: RecurrentName, *, weights: Path = ...) -> RecurrentModel: ...  # type: ignore[overload-overlap]


@overload
def load_model(name: str = ..., *, weights: Path = ...) -> Model: ...


def load_model(name: str = "translator", *, weights: Path = WEIGHTS) -> Model | RecurrentModel:
    """Load a model by its name in the table of models (``attnviz/trace/models.py``).

    "translator"; "single_head", the same with one head a layer; "korean", Korean to English; "untrained",
    the translator's shape with random parameters from a fixed seed; "recurrent" and
    "recurrent_attention", the recurrent translators, which are a :class:`RecurrentModel`.
    Raises ``ModelError`` (a ``ValueError``) with the file and the remedy when a file is missing or
    broken, or when there is no model of that name.
    """
    row = find(name)
    if row is None:
        raise UnknownModelError(name, *(row.name for row in MODELS))
    if row.kind == "recurrent":
        return RecurrentModel(name, *load_recurrent(weights / row.folder))
    if not row.trained:
        return wrap(name, *untrained(weights / row.folder, UNTRAINED_SEED))
    return wrap(name, *load_checkpoint(weights / row.folder))


def load_control(name: str, *, weights: Path = WEIGHTS) -> Model:
    """Make the untrained twin of a Transformer: its shape and tokenizer, random parameters from a fixed seed.

    The translator's twin is ``load_model("untrained")``, which is its own twin. Raises as :func:`load_model` does.
    """
    row = find(name)
    if row is None or not row.parts:
        raise UnknownModelError(name, *(row.name for row in MODELS if row.parts), what="there is no untrained twin of")
    if row.twin:
        return load_model(row.twin, weights=weights)
    return wrap(f"untrained_{name}", *untrained(weights / row.folder, UNTRAINED_SEED))


def wrap(name: str, transformer: Transformer, tokenizer: Tokenizer) -> Model:
    """Make a Model of a frozen Transformer and its tokenizer."""
    projections, norms = {}, {}
    for stack, layers in (("encoder", transformer.encoder), ("decoder", transformer.decoder)):
        for index, layer in enumerate(layers):
            assert isinstance(layer, EncoderLayer | DecoderLayer)
            projections[f"{stack}.{index}.self"] = _projections(layer.self_attention)
            norms[f"{stack}.{index}.self"] = _norm(layer.self_residual.norm)
            if isinstance(layer, DecoderLayer):
                projections[f"{stack}.{index}.cross"] = _projections(layer.cross_attention)
                norms[f"{stack}.{index}.cross"] = _norm(layer.cross_residual.norm)
            norms[f"{stack}.{index}.feed_forward"] = _norm(layer.feed_forward_residual.norm)
    for stack, final in (("encoder", transformer.encoder_norm), ("decoder", transformer.decoder_norm)):
        if isinstance(final, nn.LayerNorm):
            norms[f"{stack}.final"] = _norm(final)
    return Model(name, transformer, tokenizer, projections, norms)


def use_one_thread() -> None:
    """Compute with one thread a call, for servers: many users' calls run side by side."""
    torch.set_num_threads(1)


def translate(model: Model | RecurrentModel, text: str | Sequence[str]) -> str:
    """Translate greedily; ``EmptyTextError`` when there is nothing to read."""
    source = tokenize(model.tokenizer, text)
    network = model.network if isinstance(model, RecurrentModel) else model.transformer
    (ids,) = network.greedy(torch.tensor([source.ids]), most_tokens(len(source.ids)))
    return spelled(model.tokenizer, ids)


@torch.inference_mode()
def logits(model: Model | RecurrentModel, text: str | Sequence[str], target: str) -> Array:
    """Return float32 (target position, vocabulary): the plain fused forward, with no record."""
    source = tokenize(model.tokenizer, text)
    read = tokenize(model.tokenizer, target, is_target=True)
    if isinstance(model, RecurrentModel):
        hidden = model.network.hidden(torch.tensor([source.ids]), torch.tensor([read.ids]))
        return read_only(model.network.logits(hidden)[0])
    transformer = model.transformer
    memory = transformer.encode(torch.tensor([source.ids])).hidden
    hidden = transformer.decode(torch.tensor([read.ids]), memory).hidden
    return read_only(transformer.logits(hidden)[0])


@overload
def trace(model: Model, text: str | Sequence[str], target: str | Tokens | None = ...) -> Trace: ...


@overload
def trace(model: RecurrentModel, text: str | Sequence[str], target: str | Tokens | None = ...) -> RecurrentTrace: ...


@torch.inference_mode()
def trace(
    model: Model | RecurrentModel, text: str | Sequence[str], target: str | Tokens | None = None
) -> Trace | RecurrentTrace:
    """Record every intermediate of reading ``text`` and writing ``target`` (None: the model's translation).

    ``text`` is a string or a list of words, read through :func:`attnviz.trace.plain.plain`; the record keeps
    what was typed. ``target`` may be tokens as the model itself cut them.
    Source: Figure 1 of the paper. Raises ``EmptyTextError`` when there is nothing to read,
    ``ValueError`` when a listed word is blank or holds a space.
    """
    source = tokenize(model.tokenizer, text)
    typed = text if isinstance(text, str) else " ".join(text)
    if isinstance(model, RecurrentModel):
        return recurrent_trace(model, typed, source, target)
    if target is None:
        target = translate(model, text)
    read, written = read_and_written(model.tokenizer, target)
    transformer = model.transformer
    encoded = transformer.encode(torch.tensor([source.ids]))
    decoded = transformer.decode(torch.tensor([read.ids]), encoded.hidden)
    scores = transformer.logits(decoded.hidden)[0]  # (target token, vocabulary)
    return Trace(
        model_name=model.name,
        norm_first=transformer.config.norm_first,
        text=typed,
        target=written,
        **token_fields(source, read),
        embeddings=read_only(encoded.embeddings[0]),
        positions=read_only(encoded.positions),
        target_embeddings=read_only(decoded.embeddings[0]),
        target_positions=read_only(decoded.positions),
        residual=_residual("encoder", encoded.layers) | _residual("decoder", decoded.layers),
        feed_forward=_feed_forward("encoder", encoded.layers) | _feed_forward("decoder", decoded.layers),
        norms=model.norms,
        logits=read_only(scores),
        next_tokens=next_labels(model.tokenizer, read, int(scores[-1].argmax())),
        encoder_self=_calls(model, "encoder", "self", encoded.layers),
        decoder_self=_calls(model, "decoder", "self", decoded.layers),
        cross=_calls(model, "decoder", "cross", decoded.layers),
    )


def _residual(stack: str, runs: tuple[LayerRun, ...]) -> dict[str, Array]:
    return {
        f"{stack}.{layer}.{name}": read_only(stream[0])
        for layer, run in enumerate(runs)
        for name, stream in run.residual.items()
    }


def _feed_forward(stack: str, runs: tuple[LayerRun, ...]) -> dict[str, Array]:
    return {f"{stack}.{layer}.feed_forward": read_only(run.feed_forward[0]) for layer, run in enumerate(runs)}


def _calls(model: Model, stack: str, name: str, runs: tuple[LayerRun, ...]) -> tuple[Attention, ...]:
    return tuple(
        _attention(run.attention[name], model.projections[f"{stack}.{layer}.{name}"]) for layer, run in enumerate(runs)
    )


def _attention(call: AttentionInputs, projections: Projections) -> Attention:
    inputs = read_only(call.inputs[0])
    memory = inputs if call.memory is call.inputs else read_only(call.memory[0])
    mask: Mask = np.ones((len(inputs), len(memory)), dtype=np.bool_)
    if call.mask is not None:
        mask = call.mask.numpy().copy()
    mask.flags.writeable = False
    query, key, value = (read_only(array[0]) for array in (call.query, call.key, call.value))
    return Attention(projections, inputs, memory, query, key, value, mask)


def _projections(attention: MultiHeadAttention) -> Projections:
    n_heads, d_model = attention.n_heads, attention.W_Q.in_features

    def split(linear: nn.Linear) -> tuple[Array, Array]:
        matrix = linear.weight.T.view(d_model, n_heads, -1).transpose(0, 1)  # (head, d_model, d_k)
        return read_only(matrix), read_only(linear.bias.view(n_heads, -1))

    W_Q, b_Q = split(attention.W_Q)
    W_K, b_K = split(attention.W_K)
    W_V, b_V = split(attention.W_V)
    W_O = read_only(attention.W_O.weight.T.view(n_heads, -1, d_model))  # (head, d_k, d_model)
    return Projections(W_Q, W_K, W_V, b_Q, b_K, b_V, W_O, read_only(attention.W_O.bias))


def _norm(norm: nn.LayerNorm) -> Norm:
    return Norm(read_only(norm.weight), read_only(norm.bias), norm.eps)
