"""What heads are worth: a sentence's translation and the BLEU of a few of our own sentences, without them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from attnviz.concepts.bleu import corpus_bleu, resampled
from attnviz.model.transformer import END_ID, PAD_ID, START_ID
from attnviz.trace.run import Model, translate
from attnviz.trace.tokens import most_tokens, spelled, tokenize

PAIRS = Path(__file__).with_name("own_pairs.tsv")  # written for this page; none is in the training text


@cache
def own_pairs() -> tuple[tuple[str, str], ...]:
    """Return everyday (English, German) sentences of our own writing."""
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    return tuple((source, target) for source, target in (line.split("\t") for line in lines))


@torch.inference_mode()
def translate_all(model: Model, texts: Sequence[str]) -> tuple[str, ...]:
    """Translate sentences greedily in one padded batch."""
    rows = [tokenize(model.tokenizer, text).ids for text in texts]
    width = max(map(len, rows))
    source = torch.tensor([[*row, *[PAD_ID] * (width - len(row))] for row in rows])
    return tuple(spelled(model.tokenizer, ids) for ids in model.transformer.greedy(source, most_tokens(width)))


@torch.inference_mode()
def log_probability(model: Model, text: str, target: str) -> float:
    """Return the natural logarithm of the probability of writing just ``target``, its end token included."""
    source = torch.tensor([tokenize(model.tokenizer, text).ids])
    ids = tokenize(model.tokenizer, target, is_target=True).ids
    memory = model.transformer.encode(source).hidden
    hidden = model.transformer.decode(torch.tensor([ids]), memory).hidden[0]
    logs = model.transformer.logits(hidden).double().log_softmax(dim=-1)  # (target token, vocabulary)
    wanted = torch.tensor([*ids, END_ID])[1:]
    assert ids[0] == START_ID
    return float(logs.gather(1, wanted[:, None]).sum())


@dataclass(frozen=True)
class Writing:
    """What a model makes of the reader's sentence."""

    translation: str
    log_probability: float  # of the whole model's translation
    n_tokens: int  # of that translation, its end token included

    @property
    def probability(self) -> float:
        """Of one token of the whole model's translation: the geometric mean."""
        return math.exp(self.log_probability / self.n_tokens)


def writing_by(model: Model, text: str, own: str) -> Writing:
    """Translate ``text`` by ``model``; ``own`` is the whole model's translation."""
    n_tokens = len(tokenize(model.tokenizer, own, is_target=True).ids)  # one start token, but no end token
    return Writing(translate(model, text), log_probability(model, text, own), n_tokens)


@dataclass(frozen=True)
class Compared:
    """BLEU of our own sentences by the whole model and by one without heads, 0 to 100, with standard errors."""

    whole: float
    without: float
    whole_error: float
    without_error: float
    change_error: float  # of the difference: both are tried on the same sentences


def compared(whole: Sequence[str], without: Sequence[str]) -> Compared:
    """Compare two translations of each of ``own_pairs()``."""
    references = [target for _, target in own_pairs()]
    draws = resampled((whole, without), references)  # (2, draw)
    scores = (corpus_bleu(one, references).score for one in (whole, without))
    errors = (float(one.std(ddof=1)) for one in (*draws, draws[1] - draws[0]))
    return Compared(*scores, *errors)
