"""The opening sentence of the app in untrained models: what a link has to beat."""

from __future__ import annotations

import math
from typing import Any

import torch
from tokenizers import Tokenizer

from attnviz.model.transformer import Transformer
from training.links import PAPER, sentence_weights


def opening_report(controls: list[Transformer], tokenizer: Tokenizer, sentence: str = PAPER) -> dict[str, Any]:
    """Return the best of all heads of all controls for each pair of words, rounded up to four digits."""
    read = [sentence_weights(control, tokenizer, sentence) for control in controls]
    best = torch.stack([weights.amax((0, 1)) for _, weights in read]).amax(0)  # (query word, key word)
    return {
        "sentence": sentence,
        "words": read[0][0],
        "untrained_models": len(controls),
        "untrained_max": [[math.ceil(value * 10_000) / 10_000 for value in row] for row in best.tolist()],
    }
