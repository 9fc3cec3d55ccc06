"""What a head does, as numbers: where its weight lies, how spread it is, which word it points to."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from attnviz.model.attention import AttentionInputs, attend
from attnviz.model.layers import LayerRun
from attnviz.model.transformer import START_ID, Transformer
from training.corpus import padded
from training.treebank import Batch, by_word

Statistics = dict[str, list[list[float]]]  # name -> [layer][head]


def weights_of(layers: Iterable[LayerRun], sublayer: str) -> Tensor:
    """Attention weights (layer, sentence, head, query, key) of one kind of sub-layer."""
    calls: list[AttentionInputs] = [layer.attention[sublayer] for layer in layers]
    return torch.stack([attend(call.query, call.key, call.value, call.mask).weights for call in calls])


def spread_of(weights: Tensor, n_allowed: Tensor) -> dict[str, Tensor]:
    """Entropy, entropy as a share of log n, largest weight, and weight on the first and last key.

    ``weights`` (..., query, key), ``n_allowed`` (query): how many keys each row may attend to, n.
    Rows with one allowed key have no choice and are left out of both entropies.
    Returns name -> (...), the mean over rows.
    """
    choice = n_allowed > 1
    entropy = -torch.special.xlogy(weights, weights).sum(-1)[..., choice]  # (..., query with a choice)
    return {
        "first": weights[..., 0].mean(-1),
        "last": weights[..., -1].mean(-1),
        "entropy": entropy.mean(-1),
        "entropy_share": (entropy / n_allowed[choice].float().log()).mean(-1),
        "largest": weights.amax(-1).mean(-1),
    }


def position_of(weights: Tensor) -> dict[str, Tensor]:
    """Weight on the previous, the same and the next token, and mean distance in tokens.

    ``weights`` (..., query, key), where row i and column i are the same token. Each share is the
    mean over those rows that have such a neighbour. Returns name -> (...).
    """
    n_queries, n_keys = weights.shape[-2:]
    distance = (torch.arange(n_queries)[:, None] - torch.arange(n_keys)).abs()
    diagonals = {"previous": -1, "same": 0, "next": 1}
    result = {name: weights.diagonal(offset, -2, -1).mean(-1) for name, offset in diagonals.items()}
    return {**result, "distance": (weights * distance).sum(-1).mean(-1)}


def averaged(parts: list[dict[str, Tensor]]) -> Statistics:
    """Mean over all sentences of name -> (layer, sentence, head), as nested lists."""
    names = parts[0]
    means = {name: torch.cat([part[name] for part in parts], dim=1).mean(1) for name in names}  # (layer, head)
    return {name: [[round(value, 4) for value in row] for row in mean.tolist()] for name, mean in means.items()}


@torch.inference_mode()
def encoder_statistics(model: Transformer, batches: list[Batch]) -> Statistics:
    """Measure each encoder head; the end token's own row is left out, its column stays."""
    parts = []
    for batch in batches:
        weights = weights_of(model.encode(batch.source).layers, "self")[..., :-1, :]
        n_allowed = torch.full(weights.shape[-2:-1], weights.shape[-1])
        if weights.shape[-2] > 1:
            parts.append(spread_of(weights, n_allowed) | position_of(weights))
    return averaged(parts)


@torch.inference_mode()
def decoder_statistics(model: Transformer, sources: list[list[int]], batch: int = 50) -> tuple[Statistics, Statistics]:
    """Measure each decoder self-attention and cross-attention head on the model's own translations.

    ``sources``: token ids, the end token included. Rows are the start token and the translated
    tokens. Keys of cross-attention are another sentence: it has no previous, same or next.
    """
    own: list[dict[str, Tensor]] = []
    cross: list[dict[str, Tensor]] = []
    for start in range(0, len(sources), batch):
        group = padded(sources[start : start + batch])
        for ids, translated in zip(
            sources[start : start + batch], model.greedy(group, 2 * group.shape[1]), strict=True
        ):
            if len(translated) < 2:
                continue
            source, target = torch.tensor([ids]), torch.tensor([[START_ID, *translated]])
            layers = model.decode(target, model.encode(source).hidden).layers
            weights = weights_of(layers, "self")
            causal = spread_of(weights, torch.arange(1, target.shape[1] + 1)) | position_of(weights)
            own.append({name: value for name, value in causal.items() if name not in ("next", "last")})
            cross.append(spread_of(weights_of(layers, "cross"), torch.full(target.shape[1:], source.shape[1])))
    return (averaged(own), averaged(cross)) if own else ({}, {})


def pointed_words(weights: Tensor, n_words: Tensor) -> Tensor:
    """Index of the word with the largest weight among all words but the query itself.

    ``weights`` (..., sentence, head, word, word), ``n_words`` (sentence): words beyond a
    sentence's own are never pointed to. Returns (..., sentence, head, word).
    """
    places = torch.arange(weights.shape[-1])
    itself = places[:, None] == places
    absent = places >= n_words[:, None]  # (sentence, word)
    return weights.masked_fill(itself | absent[:, None, None, :], -1.0).argmax(-1)


@torch.inference_mode()
def pointers(model: Transformer, batches: list[Batch]) -> Tensor:
    """Return the word that each head points to from each word of the treebank, (head of all layers, word).

    Words are numbered through the treebank in its order; what is pointed to is numbered within its sentence.
    """
    found: dict[int, Tensor] = {}
    for batch in batches:
        weights = weights_of(model.encode(batch.source).layers, "self")
        pointed = pointed_words(by_word(weights, batch.mean, batch.total), batch.n_words)
        for place, row in enumerate(batch.rows):
            found[row] = pointed[:, place, :, : int(batch.n_words[place])].flatten(0, 1)  # (head, word)
    return torch.cat([found[row] for row in sorted(found)], dim=1)
