"""What masks do in the trained model: which words they hide, in a padded batch, and in a decoder that learns.

Everything is computed by the model itself and by ``attend()``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.concepts.softmax import weigh
from attnviz.concepts.wrong_ways import Masked, Masking, attend_where_allowed, masked_ways
from attnviz.model.attention import AttentionInputs, attend
from attnviz.model.masks import causal_mask, padding_mask
from attnviz.model.transformer import PAD_ID, StackRun
from attnviz.trace.records import Array, Attention, Mask, Part, frozen, read_only
from attnviz.trace.run import Model
from attnviz.trace.tokens import SPECIAL_LABELS, Tokens, tokenize
from attnviz.trace.words import split_words

MaskName: TypeAlias = Literal["none", "causal", "padding", "both"]
Precision: TypeAlias = Literal["float32", "float64"]
_TYPES = {"float32": torch.float32, "float64": torch.float64}


@lru_cache(maxsize=32)
def named_mask(name: MaskName, n_tokens: int, n_padding: int = 0) -> Mask:
    """Return a mask (query, key) for ``n_tokens`` real tokens and ``n_padding`` after them, True = may attend."""
    ids = torch.tensor([[PAD_ID + 1] * n_tokens + [PAD_ID] * n_padding])
    size = n_tokens + n_padding
    mask = torch.ones(size, size, dtype=torch.bool)
    if name in ("causal", "both"):
        mask = mask & causal_mask(size)
    if name in ("padding", "both"):
        mask = mask & padding_mask(ids, PAD_ID)[0, 0]
    found: Mask = read_only(mask)
    return found


def ways_in_head(attention: Attention, head: int, mask: Mask) -> dict[Masking, Masked]:
    """Apply ``mask`` in five ways to the scores of one head, in float64 as the trace computes them."""
    query, key = (torch.tensor(array[head]).double() for array in (attention.query, attention.key))
    return masked_ways(query, key, torch.tensor(mask))


def ways_of_row(scores: Sequence[float], hidden: Sequence[bool], precision: Precision) -> dict[Masking, Masked]:
    """Apply a mask in five ways to one row of ``scores``; ``hidden``: the cells that it hides.

    The query is the number 1 and each key is its score, so that with d_k = 1 the scores are these numbers.
    """
    kind = _TYPES[precision]
    key = torch.tensor(scores, dtype=kind)[:, None]  # (key, d_k)
    return masked_ways(torch.ones(1, 1, dtype=kind), key, ~torch.tensor([list(hidden)]))


def rows_that_lost(late: Masked) -> Mask:
    """Return which rows (query) gave anything at all to a hidden key before it was set to 0, for ``zero_after``.

    Not those whose sum shows less than 1: a softmax weight is never 0, however many digits hide it.
    """
    found: Mask = frozen(np.any((weigh(late.scores) > 0) & ~late.mask, axis=1))
    return found


@cache
def breaking_gap(precision: Precision) -> int:
    """Return by how much a hidden score must be the larger of two for zero-and-renormalise to divide 0 by 0.

    The smallest whole number.
    """
    low, high = 1, 2000  # it holds at low and fails at high
    while high - low > 1:
        middle = (low + high) // 2
        weights = ways_of_row([0, middle], [False, True], precision)["renormalised"].weights
        low, high = (low, middle) if np.isnan(weights).any() else (middle, high)
    return high


@dataclass(frozen=True, eq=False)
class PaddedHead:
    """One head on a padded sentence: its labels, what goes into the softmax before a mask, and the weights."""

    labels: tuple[str, ...]  # the padding last
    n_padding: int
    mask: Mask  # (query, key)
    scores: Array  # (query, key), scaled, before the mask
    weights: Array  # (query, key); NaN in an empty row
    empty_rows: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PaddedCall:
    """Queries and keys of one attention call on a sentence with padding at its end."""

    labels: tuple[str, ...]
    n_padding: int
    query: Array  # (head, token, d_k)
    key: Array

    def head(self, head: int, mask: Mask) -> PaddedHead:
        """Return one head's weights under ``mask`` (query, key)."""
        query, key = (torch.tensor(array[head]).double() for array in (self.query, self.key))
        steps = attend_where_allowed(query, key, key, torch.tensor(mask))
        empty = tuple(int(row) for row in np.flatnonzero(~mask.any(axis=1)))
        scores, weights = read_only(steps.scaled_scores.float()), read_only(steps.weights.float())
        return PaddedHead(self.labels, self.n_padding, mask, scores, weights, empty)


@torch.inference_mode()
def padded_calls(model: Model, text: str, target: str, part: Part, n_padding: int) -> tuple[PaddedCall, ...]:
    """Run the model with ``n_padding`` padding tokens at the end of what ``part`` reads; one call a layer."""
    transformer, source = model.transformer, tokenize(model.tokenizer, text)
    if part == "encoder_self":
        ids = torch.tensor([[*source.ids, *[PAD_ID] * n_padding]])
        run, labels = transformer.encode(ids, padding_mask(ids, PAD_ID)), source.labels
    else:
        read = tokenize(model.tokenizer, target, is_target=True)
        memory = transformer.encode(torch.tensor([source.ids])).hidden
        run, labels = transformer.decode(torch.tensor([[*read.ids, *[PAD_ID] * n_padding]]), memory), read.labels
    labels = (*labels, *[SPECIAL_LABELS[PAD_ID]] * n_padding)
    calls = [layer.attention["self"] for layer in run.layers]
    return tuple(PaddedCall(labels, n_padding, read_only(call.query[0]), read_only(call.key[0])) for call in calls)


@dataclass(frozen=True, eq=False)
class Differences:
    """How far a sentence's numbers are from those that it has alone."""

    weights: float  # largest difference of a weight, over all layers and heads
    output: float  # largest difference of a number in the encoder's output
    by_token: Array  # (token), the largest difference in each token's output
    on_padding: float  # largest share of a row, over all layers and heads, that lies on padding


@dataclass(frozen=True, eq=False)
class InBatch:
    """One sentence alone, and as one of a padded batch."""

    labels: tuple[str, ...]  # without the padding
    n_padding: int
    alone: Array  # (layer, head, query, key)
    masked: Array  # (layer, head, query, key and padding), with the padding mask
    open: Array  # the same without it
    with_mask: Differences
    without_mask: Differences
    largest_output: float  # of the sentence alone: what the differences compare with


@torch.inference_mode()
def in_one_batch(model: Model, *texts: str) -> tuple[InBatch, ...]:
    """Encode sentences alone, and together in one padded batch with and without the padding mask."""
    encode, read = model.transformer.encode, [tokenize(model.tokenizer, text) for text in texts]
    longest = max(len(tokens.ids) for tokens in read)
    ids = torch.tensor([[*tokens.ids, *[PAD_ID] * (longest - len(tokens.ids))] for tokens in read])
    masked, unmasked = encode(ids, padding_mask(ids, PAD_ID)), encode(ids)
    return tuple(
        _in_batch(tokens, encode(torch.tensor([tokens.ids])), masked, unmasked, row) for row, tokens in enumerate(read)
    )


def _in_batch(tokens: Tokens, alone: StackRun, masked: StackRun, unmasked: StackRun, row: int) -> InBatch:
    own, with_mask, without = _weights(alone, 0), _weights(masked, row), _weights(unmasked, row)
    output = alone.hidden[0]  # (token, d_model)
    n_tokens = len(tokens.ids)
    return InBatch(
        tokens.labels,
        masked.hidden.shape[1] - n_tokens,
        read_only(own),
        read_only(with_mask[..., :n_tokens, :]),
        read_only(without[..., :n_tokens, :]),
        _differences(own, with_mask, output, masked.hidden[row]),
        _differences(own, without, output, unmasked.hidden[row]),
        float(output.abs().max()),
    )


def _differences(own: Tensor, weights: Tensor, own_output: Tensor, output: Tensor) -> Differences:
    n_tokens = len(own_output)
    apart = (output[:n_tokens] - own_output).abs().amax(dim=-1)  # (token)
    rows = weights[..., :n_tokens, :]  # (layer, head, query, key and padding)
    return Differences(
        float((rows[..., :n_tokens] - own).abs().max()),
        float(apart.max()),
        read_only(apart),
        float(rows[..., n_tokens:].sum(dim=-1).max()),
    )


def _weights(run: StackRun, row: int) -> Tensor:
    """Return one sentence's weights, (layer, head, query, key)."""
    return torch.stack([_call_weights(layer.attention["self"], row) for layer in run.layers])


def _call_weights(call: AttentionInputs, row: int) -> Tensor:
    mask = call.mask if call.mask is None or call.mask.dim() == 2 else call.mask[row]
    return attend(call.query[row], call.key[row], call.value[row], mask).weights


@dataclass(frozen=True, eq=False)
class RowChanges:
    """How far each row moved when one word of the target changed."""

    weights: Array  # (token), largest change of a weight in that row of decoder self-attention, all layers and heads
    logits: Array  # (token), largest change of a logit in that row
    word_by_word: float  # largest difference of the logits that write the word, when the later words do not exist yet

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Return (token): whether any number of that row is another one."""
        moved: NDArray[np.bool_] = (self.weights != 0) | (self.logits != 0)
        return moved


@dataclass(frozen=True, eq=False)
class Changed:
    """A target with one word changed: both read to the same length, with and without the causal mask."""

    before: tuple[str, ...]  # the tokens that the decoder reads
    after: tuple[str, ...]
    at: int  # the first row that reads another token
    with_mask: RowChanges
    without_mask: RowChanges


def replaced(target: str, place: int, word: str) -> str:
    """Return ``target`` with its word number ``place`` (from 0) replaced by ``word``."""
    words = split_words(target)
    pieces = [" " * spaced + (word.strip() if index == place else own) for index, (own, spaced) in enumerate(words)]
    return "".join(pieces).strip()


@torch.inference_mode()
def change_target(model: Model, text: str, target: str, other: str) -> Changed | None:
    """Let the decoder read ``target`` and ``other``; None when they read the same tokens.

    The longer one is cut, so that the same computation runs on both and a difference of 0 is exactly 0.
    """
    read, changed = (tokenize(model.tokenizer, words, is_target=True) for words in (target, other))
    size = min(len(read.ids), len(changed.ids))
    ids = torch.tensor([read.ids[:size], changed.ids[:size]])  # (which, token)
    different = np.flatnonzero(read_only(ids[0] != ids[1]))
    if not len(different):
        return None
    at = int(different[0])
    memory = model.transformer.encode(torch.tensor([tokenize(model.tokenizer, text).ids])).hidden
    masked, unmasked = (_row_changes(model, ids, memory, at, causal=causal) for causal in (True, False))
    return Changed(read.labels[:size], changed.labels[:size], at, masked, unmasked)


def _row_changes(model: Model, ids: Tensor, memory: Tensor, at: int, *, causal: bool) -> RowChanges:
    transformer = model.transformer
    runs = [transformer.decode(row[None], memory, causal=causal) for row in ids]  # one by one: the same shapes
    weights = [_weights(run, 0) for run in runs]
    logits = [transformer.logits(run.hidden[0]) for run in runs]  # (token, vocabulary)
    so_far = transformer.logits(transformer.decode(ids[:1, :at], memory, causal=causal).hidden[0, -1])
    return RowChanges(
        frozen((weights[1] - weights[0]).abs().amax(dim=(0, 1, 3)).numpy()),
        frozen((logits[1] - logits[0]).abs().amax(dim=-1).numpy()),
        float((so_far - logits[0][at - 1]).abs().max()),
    )
