"""What each head of a Transformer is worth: BLEU without it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attnviz.concepts.ablation import Head, all_heads, without_heads
from attnviz.trace.run import Model
from training.bleu import bleu
from training.corpus import Pair


def importance(model: Model, pairs: list[Pair]) -> dict[str, Any]:
    """Score ``pairs`` with the whole model, without each single head, and without each layer's heads of a part."""

    def without(heads: Iterable[Head]) -> float:
        return bleu(without_heads(model, heads).transformer, model.tokenizer, pairs)

    heads = all_heads(model)
    layers = dict.fromkeys((place.part, place.layer) for place in heads)
    return {
        "pairs": len(pairs),
        "set": "dev",
        "BLEU": without(()),
        "heads": [place._asdict() | {"BLEU": without([place])} for place in heads],
        "layers": [
            {"part": part, "layer": layer, "BLEU": without(place for place in heads if place[:2] == (part, layer))}
            for part, layer in layers
        ],
    }
