"""BLEU and chrF of a model's greedy translations (sacrebleu)."""

from __future__ import annotations

from typing import Any

import torch
from sacrebleu.metrics import BLEU, CHRF
from tokenizers import Tokenizer

from attnviz.model.transformer import END_ID
from attnviz.trace.plain import plain
from training.corpus import Pair, encode, padded
from training.state import Network

N_RESAMPLED = 1000  # test sets drawn for the standard error


def translations(model: Network, tokenizer: Tokenizer, sources: list[str], batch: int = 64) -> list[str]:
    """Translate sentences in batches of similar length; the order is kept."""
    rows = encode(tokenizer, [plain(source) for source in sources])
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    result = [""] * len(rows)
    for start in range(0, len(order), batch):
        group = order[start : start + batch]
        source = padded([[*rows[row], END_ID] for row in group])
        for row, ids in zip(group, model.greedy(source, 2 * source.shape[1] + 10), strict=True):
            result[row] = tokenizer.decode(ids, skip_special_tokens=True).strip()
    return result


def scored(hypotheses: list[str], pairs: list[Pair]) -> dict[str, Any]:
    """Return BLEU and chrF of translations of ``pairs``, with the signatures that say how they were counted."""
    references = [[target for _, target in pairs]]
    result: dict[str, Any] = {"pairs": len(pairs)}
    for name, metric in (("BLEU", BLEU()), ("chrF", CHRF())):
        result[name] = round(metric.corpus_score(hypotheses, references).score, 2)
        result[f"{name} signature"] = str(metric.get_signature())
    return result


def standard_error(hypotheses: list[str], pairs: list[Pair]) -> float:
    """Return the standard error of BLEU over ``N_RESAMPLED`` draws of the pairs with replacement (sacrebleu's)."""
    score = BLEU().corpus_score(hypotheses, [[target for _, target in pairs]], n_bootstrap=N_RESAMPLED)
    interval: float = score._ci  # half of what holds 95 % of the draws
    return round(interval / 1.96, 2)


def bleu(model: Network, tokenizer: Tokenizer, pairs: list[Pair]) -> float:
    """Translate ``pairs`` and return their corpus BLEU, 13a tokenisation, mixed case."""
    with torch.inference_mode():
        hypotheses = translations(model, tokenizer, [source for source, _ in pairs])
    score: float = scored(hypotheses, pairs)["BLEU"]
    return score
