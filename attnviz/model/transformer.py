"""The encoder-decoder Transformer of "Attention Is All You Need" (Figure 1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attnviz.model.config import Config
from attnviz.model.layers import DecoderLayer, EncoderLayer, LayerRun, Past
from attnviz.model.masks import causal_mask, padding_mask
from attnviz.model.positions import sinusoidal_positions

PAD_ID, START_ID, END_ID, MASK_ID = 0, 1, 2, 3
_N_POSITIONS = 640  # the table that is kept; longer inputs compute their own


class StackRun(NamedTuple):
    """What a stack of layers returns."""

    embeddings: Tensor  # (batch, token, d_model), already times sqrt(d_model)
    positions: Tensor  # (token, d_model)
    layers: tuple[LayerRun, ...]
    hidden: Tensor  # (batch, token, d_model): what leaves the stack


class NextToken(NamedTuple):
    """What the decoder makes of one more token."""

    logits: Tensor  # (batch, vocabulary): scores of the token that comes next
    pasts: tuple[Past, ...]  # one a layer, with this token
    layers: tuple[LayerRun, ...]  # of this one position


class Transformer(nn.Module):
    """Token ids in, next-token logits out; one embedding table serves source, target and output."""

    def __init__(self, config: Config) -> None:
        """Make all layers with fresh random parameters."""
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.d_model)
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config.n_encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config.n_decoder_layers))
        final_norm = nn.LayerNorm if config.norm_first else _no_norm
        self.encoder_norm = final_norm(config.d_model)
        self.decoder_norm = final_norm(config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer("_positions", sinusoidal_positions(_N_POSITIONS, config.d_model), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.xavier_uniform_(parameter)
        nn.init.normal_(self.embedding.weight, std=config.embedding_std / math.sqrt(config.d_model))

    def positions(self, n_tokens: int) -> Tensor:
        """Return the encoding of the first ``n_tokens`` positions, (token, d_model)."""
        table: Tensor = self._positions  # type: ignore[assignment]
        return table[:n_tokens] if n_tokens <= len(table) else sinusoidal_positions(n_tokens, self.config.d_model)

    def embed(self, token_ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return embeddings times sqrt(d_model), positions, and their sum (Sections 3.4 and 3.5)."""
        embeddings = self.embedding(token_ids) * math.sqrt(self.config.d_model)  # (batch, token, d_model)
        positions = self.positions(token_ids.shape[1])  # (token, d_model)
        return embeddings, positions, self.dropout(embeddings + positions)

    def encode(self, source: Tensor, source_mask: Tensor | None = None) -> StackRun:
        """Run the encoder on ``source`` (batch, token); ``source_mask`` (batch, 1, 1, key)."""
        embeddings, positions, x = self.embed(source)
        runs = []
        for layer in self.encoder:
            x, run = layer(x, source_mask)
            runs.append(run)
        return StackRun(embeddings, positions, tuple(runs), self.encoder_norm(x))

    def decode(
        self,
        target: Tensor,
        memory: Tensor,
        source_mask: Tensor | None = None,
        *,
        causal: bool = True,
        change: Callable[[int, Tensor], Tensor] | None = None,
    ) -> StackRun:
        """Run the decoder on ``target`` (batch, token) over the encoder's ``memory``.

        Padding at the end of a target needs no mask of its own: the causal mask hides it. ``causal``
        False takes that mask away, which is wrong: only for showing what it does. ``change`` is given a layer
        (from 0) and its cross-attention's weights (batch, head, query, key), and returns what to use instead.
        """
        embeddings, positions, x = self.embed(target)
        self_mask = causal_mask(target.shape[1]).to(target.device) if causal else None
        runs = []
        for index, layer in enumerate(self.decoder):
            x, run = layer(x, memory, self_mask, source_mask, change and partial(change, index))
            runs.append(run)
        return StackRun(embeddings, positions, tuple(runs), self.decoder_norm(x))

    def logits(self, hidden: Tensor) -> Tensor:
        """Score every token of the vocabulary: (..., d_model) -> (..., vocabulary)."""
        return F.linear(hidden, self.embedding.weight)

    def hidden(self, source: Tensor, target: Tensor) -> Tensor:
        """Return what scores the vocabulary, (batch, target token, d_model), for padded batches."""
        source_mask = padding_mask(source, PAD_ID)
        memory = self.encode(source, source_mask).hidden
        return self.decode(target, memory, source_mask).hidden

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return next-token logits (batch, target token, vocabulary) for padded batches."""
        return self.logits(self.hidden(source, target))

    def start(self, memory: Tensor) -> tuple[Past, ...]:
        """Return what :meth:`extend` starts from: the projected ``memory`` of each decoder layer."""
        return tuple(cast(DecoderLayer, layer).start(memory) for layer in self.decoder)

    @staticmethod
    def pasts(run: StackRun, n_tokens: int) -> tuple[Past, ...]:
        """Return what :meth:`extend` would have kept of the first ``n_tokens`` that a decoder's ``run`` read."""
        calls = [(layer.attention["self"], layer.attention["cross"]) for layer in run.layers]
        return tuple(
            Past((own.key[:, :, :n_tokens], own.value[:, :, :n_tokens]), (cross.key, cross.value))
            for own, cross in calls
        )

    def extend(
        self, target: Tensor, memory: Tensor, pasts: Sequence[Past], source_mask: Tensor | None = None
    ) -> NextToken:
        """Read the last token of ``target`` (batch, token) and score what comes next.

        ``pasts`` hold what the decoder made of the tokens before it. The numbers are those of the last
        row of :meth:`decode`.
        """
        embedding = self.embedding(target[:, -1:]) * math.sqrt(self.config.d_model)
        x = embedding + self.positions(target.shape[1])[-1]  # (batch, 1, d_model)
        after, runs = [], []
        for layer, past in zip(self.decoder, pasts, strict=True):
            x, extended, run = cast(DecoderLayer, layer).extend(x, memory, past, source_mask)
            after.append(extended)
            runs.append(run)
        return NextToken(self.logits(self.decoder_norm(x)[:, -1]), tuple(after), tuple(runs))

    @staticmethod
    def forbid(scores: Tensor, target: Tensor) -> Tensor:
        """Return ``scores`` (batch, vocabulary) with -inf for what is never written after ``target`` (batch, token).

        Padding, start and mask tokens; and any token a third time running: small models can get stuck on one.
        """
        scores = scores.clone()
        scores[:, (PAD_ID, START_ID, MASK_ID)] = -math.inf
        if target.shape[1] > 2:
            stuck = target[:, -1] == target[:, -2]
            scores[stuck, target[stuck, -1]] = -math.inf
        return scores

    def greedy(
        self, source: Tensor, max_tokens: int, prefix: Sequence[int] = (), *, mask_padding: bool = True
    ) -> list[list[int]]:
        """Translate a padded batch as :meth:`greedily` does, to the end; end tokens left out."""
        *_, target = self.greedily(source, max_tokens, prefix, mask_padding=mask_padding)
        return [[token for token in row if token != END_ID] for row in target[:, 1:].tolist()]

    @torch.inference_mode()
    def greedily(
        self, source: Tensor, max_tokens: int, prefix: Sequence[int] = (), *, mask_padding: bool = True
    ) -> Iterator[Tensor]:
        """Translate a padded batch by taking the likeliest token each time; yield what is written after each one.

        That is (batch, token), at first the start token alone; what has ended goes on with end tokens. A token
        is never taken a third time running (:meth:`forbid`). Every translation begins with ``prefix``, which
        counts among ``max_tokens``. ``mask_padding`` False lets the padding of the source be seen, which is
        wrong: only for showing what it does.
        """
        source_mask = padding_mask(source, PAD_ID) if mask_padding else None
        memory = self.encode(source, source_mask).hidden
        target = torch.full((len(source), 1), START_ID, device=source.device)  # (batch, token)
        yield target
        yield from self.go_on(target, memory, self.start(memory), source_mask, max_tokens, prefix)

    @torch.inference_mode()
    def go_on(
        self,
        target: Tensor,
        memory: Tensor,
        pasts: Sequence[Past],
        source_mask: Tensor | None,
        max_tokens: int,
        prefix: Sequence[int] = (),
    ) -> Iterator[Tensor]:
        """Write on after ``target`` as :meth:`greedily` does; ``pasts`` hold all of its tokens but the last.

        ``max_tokens`` of the whole target, its start token not counted; so is the place of each of ``prefix``.
        """
        done = torch.zeros(len(target), dtype=torch.bool, device=target.device)
        for position in range(target.shape[1] - 1, max_tokens):
            logits, pasts, _ = self.extend(target, memory, pasts, source_mask)
            chosen = self.forbid(logits, target).argmax(dim=-1).masked_fill(done, END_ID)  # (batch)
            if position < len(prefix):
                chosen = torch.full_like(chosen, prefix[position])
            done |= chosen == END_ID
            if bool(done.all()):
                break
            target = torch.cat((target, chosen[:, None]), dim=1)
            yield target


def _no_norm(_: int) -> nn.Module:
    return nn.Identity()
