"""The trace of a recurrent translator: its states, its attention over the encoder's states, and what is scored."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from attnviz.model.attention import attend
from attnviz.model.recurrent import RecurrentTranslator
from attnviz.model.vocabulary import exact_scores
from attnviz.trace.records import Array, read_only
from attnviz.trace.tokens import Tokens, most_tokens, next_labels, read_and_written, spelled, token_fields


@dataclass(frozen=True, eq=False, repr=False)
class RecurrentModel:
    """A loaded recurrent translator, shared by all users and never changed."""

    name: str
    network: RecurrentTranslator
    tokenizer: Tokenizer

    def __repr__(self) -> str:
        """Name the model: a notebook should not print its parameters."""
        return f"RecurrentModel({self.name!r})"


@dataclass(frozen=True, eq=False, repr=False)
class RecurrentTrace:
    """Everything that one sentence and its translation leave behind in a recurrent translator.

    Without attention ``scores``, ``weights`` and ``attention_value`` are None: the decoder has seen
    only the encoder's last state, ``encoder_states[-1]``.
    """

    model_name: str
    text: str  # as it was typed; the words and tokens are what was read
    target: str
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    word_of: tuple[int | None, ...]
    target_tokens: tuple[str, ...]  # the tokens that the decoder reads; its first is the start token
    target_words: tuple[str, ...]
    target_word_of: tuple[int | None, ...]
    n_dropped: int  # source tokens cut off at the cap
    n_target_dropped: int
    embeddings: Array  # (token, d_model), times sqrt(d_model)
    target_embeddings: Array  # (target token, d_model)
    encoder_states: Array  # (token, d_hidden)
    decoder_states: Array  # (target token, d_hidden): row t has read target token t
    scores: Array | None  # (target token, token): decoder state . encoder state, not scaled
    weights: Array | None  # (target token, token), each row sums to 1
    attention_value: Array | None  # (target token, d_hidden): weights times encoder states
    combined_state: Array  # (target token, d_model): tanh(W_c [attention value; decoder state] + b_c)
    W_c: Array  # (2 d_hidden, d_model); (d_hidden, d_model) without attention
    b_c: Array  # (d_model)
    output_embeddings: Array  # (vocabulary, d_model): logits = combined state times its transpose
    logits: Array  # (target token, vocabulary): scores of the token that comes next
    next_tokens: tuple[str, ...]  # (target token): the token that each position is to write

    def __repr__(self) -> str:
        """Name the run: a notebook should not print its arrays."""
        return f"RecurrentTrace({self.model_name!r}, {len(self.tokens)} tokens, {self.text!r} → {self.target!r})"


@torch.inference_mode()
def recurrent_trace(model: RecurrentModel, text: str, source: Tokens, target: str | Tokens | None) -> RecurrentTrace:
    """Record one run of ``model``; ``text`` as it was typed, ``source`` the same in tokens; ``target`` as in ``trace``.

    The states are the model's own float32. What follows from them is computed in float64 and rounded once,
    so that a reader who recomputes it from the rounded states finds the same numbers.
    """
    network = model.network
    encoded = network.encode(torch.tensor([source.ids]))
    if target is None:
        (ids,) = network.write(encoded, most_tokens(len(source.ids)))
        target = spelled(model.tokenizer, ids)
    read, written = read_and_written(model.tokenizer, target)
    decoded = network.decode(torch.tensor([read.ids]), encoded)
    states, memory = decoded.states[0].double(), encoded.states[0].double()
    steps = attend(states, memory, memory, scale=1.0) if network.config.attention else None
    joined = torch.cat((steps.head_output.float().double(), states), dim=-1) if steps else states
    W_c, b_c = network.combine.weight.T, network.combine.bias
    combined = torch.tanh(joined @ W_c.double() + b_c.double()).float()  # (target token, d_model)
    scores = exact_scores(combined, network.embedding.weight).float()  # (target token, vocabulary)
    return RecurrentTrace(
        model_name=model.name,
        text=text,
        target=written,
        **token_fields(source, read),
        embeddings=read_only(encoded.embeddings[0]),
        target_embeddings=read_only(decoded.embeddings[0]),
        encoder_states=read_only(encoded.states[0]),
        decoder_states=read_only(decoded.states[0]),
        scores=read_only(steps.scores.float()) if steps else None,
        weights=read_only(steps.weights.float()) if steps else None,
        attention_value=read_only(steps.head_output.float()) if steps else None,
        combined_state=read_only(combined),
        W_c=read_only(W_c),
        b_c=read_only(b_c),
        output_embeddings=read_only(network.embedding.weight),
        logits=read_only(scores),
        next_tokens=next_labels(model.tokenizer, read, int(scores[-1].argmax())),
    )
