"""The recurrent encoder-decoder that came before the Transformer, with Luong's dot attention or without.

Sources: Sutskever et al. 2014 (encoder-decoder), Cho et al. 2014 (GRU), Luong et al. 2015 (attention).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attnviz.model.attention import AttentionSteps, attend
from attnviz.model.config import check_reals
from attnviz.model.transformer import END_ID, PAD_ID, START_ID, Transformer


@dataclass(frozen=True, slots=True)
class RecurrentConfig:
    """Everything that fixes the shape of a recurrent translator; stored as ``config.json``.

    ``attention`` False: the decoder starts from the encoder's last state and sees nothing else of it.
    Raises ``ValueError`` for a size that is not a positive whole number.
    """

    vocabulary_size: int = 8000
    d_model: int = 192  # of an embedding, and of the combined state that scores the vocabulary
    d_hidden: int = 576  # of a state, in the encoder and in the decoder
    attention: bool = True
    dropout: float = 0.1
    embedding_std: float = 0.3  # of a token vector after the sqrt(d_model) factor, at initialisation

    def __post_init__(self) -> None:
        """Refuse sizes that no network can have."""
        for name in ("vocabulary_size", "d_model", "d_hidden"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a positive whole number, not {value!r}")
        check_reals(self.dropout, self.embedding_std)
        if not isinstance(self.attention, bool):
            raise ValueError(f"attention must be true or false, not {self.attention!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RecurrentConfig:
        """Build a configuration from ``config.json``; unknown or missing names raise ``ValueError``."""
        known = {field.name for field in fields(cls)}
        if set(values) != known:
            raise ValueError(
                f"config names differ: unknown {sorted(set(values) - known)}, missing {sorted(known - set(values))}"
            )
        return cls(**values)


class Encoded(NamedTuple):
    """What the encoder leaves behind."""

    embeddings: Tensor  # (batch, source token, d_model), already times sqrt(d_model)
    states: Tensor  # (batch, source token, d_hidden), 0 at padding
    last: Tensor  # (1, batch, d_hidden): the state after the last real token
    mask: Tensor  # (batch, 1, source token), True = a real token


class Decoded(NamedTuple):
    """What the decoder makes of a target, every position at once."""

    embeddings: Tensor  # (batch, target token, d_model), already times sqrt(d_model)
    states: Tensor  # (batch, target token, d_hidden)
    steps: AttentionSteps | None  # of the attention over the encoder's states, without heads; None without attention
    combined: Tensor  # (batch, target token, d_model): tanh(W_c [attention value; state])
    last: Tensor  # (1, batch, d_hidden)


class RecurrentTranslator(nn.Module):
    """Token ids in, next-token logits out; one embedding table serves source, target and output.

    The decoder's state h_t, which has already read token t, asks (Luong); in Bahdanau et al. 2014 the
    state before it, s_(t-1), asks.
    """

    def __init__(self, config: RecurrentConfig) -> None:
        """Make the embedding, both GRUs and the layer that combines, with fresh random parameters."""
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.d_model)
        self.encoder = nn.GRU(config.d_model, config.d_hidden, batch_first=True)
        self.decoder = nn.GRU(config.d_model, config.d_hidden, batch_first=True)
        self.combine = nn.Linear(config.d_hidden * (2 if config.attention else 1), config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        nn.init.normal_(self.embedding.weight, std=config.embedding_std / math.sqrt(config.d_model))

    def embed(self, token_ids: Tensor) -> Tensor:
        """Return embeddings times sqrt(d_model), (batch, token, d_model); order needs no positions here."""
        embeddings: Tensor = self.embedding(token_ids) * math.sqrt(self.config.d_model)
        return embeddings

    def encode(self, source: Tensor) -> Encoded:
        """Read ``source`` (batch, token) from left to right, padding left out."""
        embeddings = self.embed(source)
        real = source != PAD_ID
        packed = pack_padded_sequence(
            self.dropout(embeddings), real.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False
        )
        states, last = self.encoder(packed)
        padded, _ = pad_packed_sequence(states, batch_first=True, total_length=source.shape[1])
        return Encoded(embeddings, padded, last, real[:, None, :])

    def decode(self, target: Tensor, encoded: Encoded, state: Tensor | None = None) -> Decoded:
        """Read ``target`` (batch, token), starting from ``state`` (None: the encoder's last).

        With attention each state asks the encoder's states: scores are plain dot products, without the
        Transformer's scale (Luong et al. 2015, "dot"). What it gets, the attention value, is joined with
        the state itself and combined.
        """
        embeddings = self.embed(target)
        states, last = self.decoder(self.dropout(embeddings), encoded.last if state is None else state)
        steps, joined = None, states
        if self.config.attention:
            steps = attend(states, encoded.states, encoded.states, encoded.mask, scale=1.0)
            joined = torch.cat((steps.head_output, states), dim=-1)  # (batch, target token, 2 d_hidden)
        return Decoded(embeddings, states, steps, torch.tanh(self.combine(joined)), last)

    def hidden(self, source: Tensor, target: Tensor) -> Tensor:
        """Return what scores the vocabulary, (batch, target token, d_model), for padded batches."""
        combined: Tensor = self.dropout(self.decode(target, self.encode(source)).combined)
        return combined

    def logits(self, hidden: Tensor) -> Tensor:
        """Score every token of the vocabulary: (..., d_model) -> (..., vocabulary)."""
        return F.linear(hidden, self.embedding.weight)

    @torch.inference_mode()
    def greedy(self, source: Tensor, max_tokens: int, prefix: Sequence[int] = ()) -> list[list[int]]:
        """Translate a padded batch by taking the likeliest token each time; end tokens left out.

        By the rules of the Transformer's own ``greedy``: nothing a third time running, ``prefix`` first.
        """
        return self.write(self.encode(source), max_tokens, prefix)

    @torch.inference_mode()
    def write(self, encoded: Encoded, max_tokens: int, prefix: Sequence[int] = ()) -> list[list[int]]:
        """Translate what is encoded, as :meth:`greedy` does."""
        n_sentences, device = len(encoded.states), encoded.states.device
        target = torch.full((n_sentences, 1), START_ID, device=device)  # (batch, token)
        done = torch.zeros(n_sentences, dtype=torch.bool, device=device)
        state = encoded.last
        for position in range(max_tokens):
            decoded = self.decode(target[:, -1:], encoded, state)
            state = decoded.last
            scores = self.logits(decoded.combined[:, -1])
            chosen = Transformer.forbid(scores, target).argmax(dim=-1).masked_fill(done, END_ID)  # (batch)
            if position < len(prefix):
                chosen = torch.full_like(chosen, prefix[position])
            done |= chosen == END_ID
            if bool(done.all()):
                break
            target = torch.cat((target, chosen[:, None]), dim=1)
        return [[token for token in row if token != END_ID] for row in target[:, 1:].tolist()]
