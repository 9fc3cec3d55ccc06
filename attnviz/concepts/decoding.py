"""How the decoder writes: the next token's distribution, a forced beginning, one step at a time, padding.

Everything is computed by the model's own ``encode``, ``decode``, ``extend`` and ``greedily``, and every
weight by ``attend()``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnviz.model.attention import attend
from attnviz.model.masks import padding_mask
from attnviz.model.transformer import END_ID, PAD_ID, START_ID, StackRun, Transformer
from attnviz.model.vocabulary import exact_scores
from attnviz.trace.opening import writes_content
from attnviz.trace.records import Array, Trace, frozen, layer_norm, read_only
from attnviz.trace.run import Model, trace
from attnviz.trace.tokens import MAX_TOKENS, SPECIAL_LABELS, joins, label_of, most_tokens, spelled, tokenize, written

END = SPECIAL_LABELS[END_ID]  # at the end of a forced text: the sentence ends here


@dataclass(frozen=True, eq=False)
class Distribution:
    """softmax(logits / temperature) over the vocabulary, the likeliest tokens first."""

    ids: tuple[int, ...]
    probabilities: NDArray[np.float64]  # (of the likeliest)
    entropy: float  # bits, over the whole vocabulary
    vocabulary: int

    @property
    def rest(self) -> float:
        """What all other tokens share."""
        return max(0.0, 1 - float(self.probabilities.sum()))


def next_distribution(logits: Array, temperature: float = 1.0, count: int = 10) -> Distribution:
    """Turn one row of ``logits`` (vocabulary) into probabilities; ``temperature`` > 0, else ``ValueError``."""
    if not temperature > 0:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    scaled = torch.tensor(logits, dtype=torch.float64) / temperature  # (vocabulary)
    logs = scaled.log_softmax(dim=-1)
    likeliest = logs.topk(min(count, len(logs)))
    probabilities = likeliest.values.exp()
    entropy = -torch.xlogy(logs.exp(), logs.exp()).sum() / np.log(2)
    return Distribution(tuple(likeliest.indices.tolist()), read_only(probabilities), abs(float(entropy)), len(logs))


def piece(model: Model, token: int) -> str:
    """Name a token; one that goes on with the word before it starts with a hyphen."""
    label = label_of(model.tokenizer, token)
    return f"-{label}" if joins(model.tokenizer, token) else label


@dataclass(frozen=True, eq=False)
class Forced:
    """The beginning that the reader wants, as tokens."""

    ids: tuple[int, ...]  # the end token last when the sentence shall end here
    n_dropped: int


def forced(model: Model, text: str) -> Forced:
    """Cut the reader's beginning of a translation into tokens; "‹end›" at its end is the end token."""
    plain = text.strip()
    ends = plain.endswith(END)
    read = tokenize(model.tokenizer, plain.removesuffix(END), is_target=True)
    return Forced(read.ids[1:] + (END_ID,) * ends, read.n_dropped)


@dataclass(frozen=True, eq=False)
class Written:
    """One translation, token by token; row t of its trace reads token t and writes the one after it."""

    trace: Trace
    source: tuple[int, ...]
    ids: tuple[int, ...]  # what was written, without start and end
    beginning: str  # the text of what the reader forced
    prefix: tuple[int, ...]  # what the reader forced: the first of them, and maybe the end token
    ended: bool  # the end token came last, and not the limit
    limit: int  # as many tokens as it may have
    stopped: bool  # the reader stopped it before its end

    @property
    def n_forced(self) -> int:
        """How many of the first steps are the reader's."""
        return len(self.prefix)

    @property
    def n_steps(self) -> int:
        """How many times a token was chosen, the end token included."""
        return len(self.ids) + (self.ended or not self.ids)

    @property
    def steps(self) -> tuple[str, ...]:
        """The token that each step writes."""
        return (*self.trace.target_tokens[1:], END)[: self.n_steps]


@dataclass(frozen=True)
class Task:
    """What is to be translated, in tokens."""

    source: tuple[int, ...]
    prefix: tuple[int, ...]  # what the reader forced
    limit: int  # tokens of the translation, at most


def task(model: Model, text: str, beginning: str = "") -> Task:
    """Cut a text and the forced beginning of its translation into tokens."""
    source, prefix = tokenize(model.tokenizer, text).ids, forced(model, beginning).ids
    return Task(source, prefix, min(MAX_TOKENS, max(most_tokens(len(source)), len(prefix))))


def writing(model: Model, text: str, beginning: str = "") -> Iterator[tuple[int, ...]]:
    """Translate greedily after ``beginning``; yield the tokens written so far, at first none."""
    asked = task(model, text, beginning)
    for target in model.transformer.greedily(torch.tensor([asked.source]), asked.limit, asked.prefix):
        yield tuple(target[0, 1:].tolist())


def write(model: Model, text: str, beginning: str = "") -> Written:
    """Translate greedily after ``beginning``, and trace the very tokens that came out."""
    *_, ids = writing(model, text, beginning)
    return recorded(model, text, beginning, ids)


def recorded(model: Model, text: str, beginning: str, ids: tuple[int, ...], *, stopped: bool = False) -> Written:
    """Trace the tokens that :func:`writing` has come to; ``stopped`` when it would have gone on."""
    asked = task(model, text, beginning)
    found = trace(model, text, written(model.tokenizer, ids))
    target = torch.tensor([[START_ID, *ids]])
    last = model.transformer.forbid(torch.tensor(found.logits[-1:]), target).argmax()
    return Written(
        trace=found,
        source=asked.source,
        ids=ids,
        beginning=spelled(model.tokenizer, asked.prefix),
        prefix=asked.prefix,
        ended=not stopped and (len(ids) < asked.limit or int(last) == END_ID),
        limit=len(ids) if stopped else asked.limit,
        stopped=stopped,
    )


def telling(
    trace: Trace, steps: Sequence[str], layer: int | None = None, head: int | None = None
) -> tuple[int, int, int]:
    """Return (layer, head, step) of the strongest cross-attention from one spelled-out word to another, a content word.

    ``steps``: the token that each step of ``trace`` writes.

    All count from 0; what is given stays. In the middle of the sentence if it can be there, so that
    something is written already and something is still to come.
    """
    weights = trace.weights("cross")  # (layer, head, row, source token)
    n_steps = len(steps)
    weights = weights[:, :, :n_steps]
    preference = np.zeros(weights.shape[2:])  # (row, source token)
    preference[n_steps // 3 : 1 + 2 * n_steps // 3] += 2
    preference[[step.isalpha() for step in steps]] += 4
    preference[writes_content(trace)[:n_steps]] += 4
    preference[:, [token.isalpha() for token in trace.tokens]] += 4
    found = weights + preference
    for axis, chosen in enumerate((layer, head)):
        if chosen is not None:
            others = np.arange(weights.shape[axis]) != chosen
            found[(slice(None),) * axis + (others,)] = -np.inf
    best = np.unravel_index(int(found.argmax()), found.shape)
    return int(best[0]), int(best[1]), int(best[2])


def continued(model: Model, before: Sequence[int], token: int) -> str:
    """Return the text to force so that ``token`` follows the tokens ``before``."""
    if token == END_ID:
        return f"{spelled(model.tokenizer, before)} {END}".strip()
    return spelled(model.tokenizer, [*before, token])


@dataclass(frozen=True, eq=False)
class OneByOne:
    """Writing with the cache: each position computed alone, when the later ones do not exist."""

    decoder_self: Array  # (layer, head, row, key), NaN where the key did not exist
    cross: Array  # (layer, head, row, source token)
    logits: Array  # (row, vocabulary)


@torch.inference_mode()
def one_by_one(model: Model, source: Sequence[int], ids: Sequence[int]) -> OneByOne:
    """Write ``ids`` one token at a time, and keep every row of weights that is made on the way."""
    transformer = model.transformer
    memory = transformer.encode(torch.tensor([source])).hidden
    target = torch.tensor([[START_ID, *ids]])
    pasts, size = transformer.start(memory), target.shape[1]
    shape = (transformer.config.n_decoder_layers, transformer.config.n_heads, size)
    own = torch.full((*shape, size), torch.nan)
    cross = torch.zeros(*shape, len(source))
    logits = torch.zeros(size, transformer.config.vocabulary_size)
    for row in range(size):
        step = transformer.extend(target[:, : row + 1], memory, pasts)
        pasts, logits[row] = step.pasts, step.logits[0]
        for name, kept in (("self", own), ("cross", cross)):
            calls = [run.attention[name] for run in step.layers]
            query, key, value = (
                torch.cat(arrays).double()  # (layer, head, 1 or key, d_k)
                for arrays in zip(*((call.query, call.key, call.value) for call in calls), strict=True)
            )
            weights = attend(query, key, value).weights[:, :, 0]  # (layer, head, key)
            kept[:, :, row, : weights.shape[-1]] = weights
    return OneByOne(read_only(own), read_only(cross), read_only(logits))


@dataclass(frozen=True)
class Apart:
    """The largest differences between all positions at once and one after the other."""

    decoder_self: float
    cross: float
    logits: float
    largest_logit: float

    @property
    def weights(self) -> float:
        """The larger of both kinds of weights."""
        return max(self.decoder_self, self.cross)


def apart(at_once: Trace, stepwise: OneByOne) -> Apart:
    """Compare a trace, whose rows are all computed at once under the causal mask, with writing one by one."""
    own = at_once.weights("decoder_self")
    cross = at_once.weights("cross")
    difference = np.abs(own - np.nan_to_num(stepwise.decoder_self))
    return Apart(
        float(difference.max()),
        float(np.abs(cross - stepwise.cross).max()),
        float(np.abs(at_once.logits - stepwise.logits).max()),
        float(np.abs(at_once.logits).max()),
    )


@dataclass(frozen=True)
class Padded:
    """What padding the source does, with the padding mask or without."""

    translation: str
    logits: float  # largest change of a logit when the same translation is read
    weights: float  # largest change of a cross-attention weight on a real source token
    on_padding: float  # largest share that one row of cross-attention gives to the padding


@torch.inference_mode()
def padded(model: Model, done: Written, n_padding: int, *, mask_padding: bool) -> Padded:
    """Pad the source of ``done`` with ``n_padding`` tokens, and compare with the source alone."""
    transformer, size = model.transformer, len(done.source)
    source = torch.tensor([[*done.source, *[PAD_ID] * n_padding]])
    mask = padding_mask(source, PAD_ID) if mask_padding else None
    memory = transformer.encode(source, mask).hidden
    run = transformer.decode(torch.tensor([[START_ID, *done.ids]]), memory, mask)
    calls = [layer.attention["cross"] for layer in run.layers]
    weights = torch.stack(
        [
            attend(call.query[0].double(), call.key[0].double(), call.value[0].double(), _one(mask)).weights
            for call in calls
        ]
    )  # (layer, head, row, key)
    alone = torch.tensor(done.trace.weights("cross"))
    logits = transformer.logits(run.hidden)[0]  # (row, vocabulary)
    ids = _rewritten(transformer, done, run, logits, memory, mask)
    change = (logits - torch.tensor(done.trace.logits)).abs().max()
    return Padded(
        spelled(model.tokenizer, ids),
        float(change),
        float((weights[..., :size] - alone).abs().max()),
        float(weights[..., size:].sum(dim=-1).max()) if n_padding else 0.0,
    )


def _rewritten(
    transformer: Transformer, done: Written, run: StackRun, logits: Tensor, memory: Tensor, mask: Tensor | None
) -> Sequence[int]:
    """Translate ``memory`` greedily, given ``run`` and its ``logits`` (row, vocabulary): reading what ``done`` wrote.

    As long as each row would write the token that was written, writing anew comes to the same tokens: only from
    the first other one on it is done.
    """
    target = torch.tensor([[START_ID, *done.ids]])
    for step, token in enumerate((*done.ids, END_ID)[: done.n_steps]):
        likeliest = int(transformer.forbid(logits[step : step + 1], target[:, : step + 1]).argmax())
        if step < done.n_forced or likeliest == token:
            continue
        if likeliest == END_ID or step == done.limit:
            return done.ids[:step]
        other = torch.tensor([[START_ID, *done.ids[:step], likeliest]])
        *_, other = other, *transformer.go_on(other, memory, transformer.pasts(run, step + 1), mask, done.limit)
        return [int(written) for written in other[0, 1:]]
    return done.ids


def _one(mask: Tensor | None) -> Tensor | None:
    return None if mask is None else mask[0]


def log_probability(done: Written) -> float:
    """Return log P of what was written (natural logarithm), its end token included."""
    ids = [*done.ids, END_ID][: done.n_steps]
    logs = torch.tensor(done.trace.logits[: len(ids)], dtype=torch.float64).log_softmax(dim=-1)  # (row, vocabulary)
    return float(logs[range(len(ids)), ids].sum())


@dataclass(frozen=True, eq=False)
class LastVector:
    """The decoder's vector of one row and every token's score by it: one row of the embedding table each."""

    vector: Array  # (d_model), after the last LayerNorm
    scores: Array  # (vocabulary): vector times the table's transpose, the logits
    lengths: Array  # (vocabulary), of the table's rows
    cosines: Array  # (vocabulary), of the vector with each row
    probabilities: Array  # (vocabulary), the softmax of the scores


def last_vector(model: Model, trace: Trace, row: int) -> LastVector:
    """Return what scores the vocabulary after target token ``row`` (from 0), in float64 from the trace's stream."""
    transformer = model.transformer
    name = f"decoder.{len(trace.decoder_self) - 1}.feed_forward"
    stream = trace.residual[name][row].astype(np.float64)  # (d_model)
    final = trace.norms.get("decoder.final")
    vector = stream if final is None else layer_norm(stream[None].astype(np.float32), final)[0].astype(np.float64)
    table = transformer.embedding.weight.detach()  # (vocabulary, d_model)
    scores = exact_scores(torch.from_numpy(vector)[None], table)[0].numpy()
    lengths = torch.linalg.vector_norm(table, dim=1, dtype=torch.float64).numpy()
    shares = np.exp(scores - scores.max())
    return LastVector(
        frozen(vector.astype(np.float32)),
        frozen(scores.astype(np.float32)),
        frozen(lengths.astype(np.float32)),
        frozen((scores / np.maximum(lengths * np.linalg.norm(vector), 1e-12)).astype(np.float32)),
        frozen((shares / shares.sum()).astype(np.float32)),
    )
