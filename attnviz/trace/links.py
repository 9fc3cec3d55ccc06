"""Which head makes a link, and how far it stands out. Pure NumPy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from attnviz.trace.records import Array, Mask


class Link(NamedTuple):
    """One head's weight for one pair."""

    layer: int
    head: int
    weight: float
    untrained: float  # the same head of the untrained model


_EVEN = 1e-12  # what rounding leaves of a map whose rows are even
NOTHING = 0.005  # a weight below it is written as 0.00


class Standing(NamedTuple):
    """How far one weight stands out. A rank counts from 1; equals share the better rank; nothing has none."""

    weight: float
    rank_in_row: int | None  # None: the weight is written as 0.00, and there is no rank among such
    n_in_row: int  # cells of the row that may attend
    rank_among_heads: int | None
    n_heads: int
    untrained: float  # the same head, row and column in the untrained model
    untrained_best: float  # the best of its heads for this pair


class Sink(NamedTuple):
    """The key token that takes the most weight, over all heads and rows of a part."""

    token: int
    share: float  # of all weight
    n_heads_most: int  # heads that give it more than half of theirs
    n_heads: int


def sink(weights: Iterable[Array]) -> Sink:
    """Find where most weight goes; ``weights`` (head, query, key), one a layer.

    A row must add up to 1, so a head that finds nothing to take puts its weight somewhere: often on one token for
    all rows. Source: Xiao et al. 2023, Efficient Streaming Language Models with Attention Sinks.
    """
    by_head = np.concatenate([layer.mean(axis=1) for layer in weights])  # (head of all layers, key)
    shares = by_head.mean(axis=0)
    token = int(shares.argmax())
    return Sink(token, float(shares[token]), int((by_head[:, token] > 0.5).sum()), len(by_head))


def search(weights: Array, control: Array, row: int, column: int) -> tuple[Link, ...]:
    """Rank all heads by the weight of one pair, heaviest first; equals keep the order of layer and head.

    ``weights`` and ``control``: (layer, head, row, column), of the model and of the untrained one.
    """
    found, untrained = weights[:, :, row, column], control[:, :, row, column]  # (layer, head)
    links = [
        Link(layer, head, float(found[layer, head]), float(untrained[layer, head]))
        for layer, head in np.ndindex(found.shape)
    ]
    return tuple(sorted(links, key=lambda link: -link.weight))


class Match(NamedTuple):
    """A head of another model, and how alike its map is."""

    layer: int
    head: int
    similarity: float  # 1: the same pattern, 0: none in common


def alike(one: Array, others: Array) -> tuple[Match, ...]:
    """Rank heads by how alike their maps are to ``one`` (row, column), most first; ``others`` has all heads'.

    The correlation of all cells, each less the mean of its row: how strongly rows stand out counts for nothing,
    and a map without any pattern is like no other.
    """
    a, b = (maps - maps.mean(axis=-1, keepdims=True) for maps in (one.astype(np.float64), others.astype(np.float64)))
    size = np.sqrt((a**2).sum() * (b**2).sum(axis=(-2, -1)))  # (layer, head)
    found = (a * b).sum(axis=(-2, -1)) / np.where(size > _EVEN, size, np.inf)
    matches = [Match(layer, head, float(found[layer, head])) for layer, head in np.ndindex(found.shape)]
    return tuple(sorted(matches, key=lambda match: -match.similarity))


def standing(weights: Array, control: Array, mask: Mask, place: tuple[int, int, int, int]) -> Standing:
    """Return the standing of the cell at ``place`` = (layer, head, row, column) in its row and among all heads."""
    layer, head, row, column = place
    weight, pair = weights[place], weights[:, :, row, column]
    return Standing(
        weight=float(weight),
        rank_in_row=_rank(weights[layer, head, row], weight),
        n_in_row=int(mask[row].sum()),
        rank_among_heads=_rank(pair, weight),
        n_heads=pair.size,
        untrained=float(control[place]),
        untrained_best=float(control[:, :, row, column].max()),
    )


def _rank(weights: Array, weight: float) -> int | None:
    return 1 + int((weights > weight).sum()) if weight >= NOTHING else None


def largest_somewhere(weights: Array, row: int) -> int:
    """Return how many columns hold the largest weight of ``row`` in at least one head; (layer, head, row, column)."""
    return len(np.unique(weights[:, :, row].argmax(axis=-1)))
