"""The same word in two sentences: how far its vectors drift apart, and where its attention goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from attnviz.concepts.vectors import cosine
from attnviz.trace.records import Trace, frozen

Exact: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Shared:
    """A word that two sentences have in common, made of the same tokens: its first place in each."""

    word: str
    first: int  # word of the first sentence, from 0
    second: int


def shared_words(first: Trace, second: Trace) -> tuple[Shared, ...]:
    """Return each word that both sentences hold with the same embedding, in the order of the first."""
    found = []
    for word in dict.fromkeys(first.words):
        at, other = first.words.index(word), second.words.index(word) if word in second.words else -1
        if other >= 0 and np.array_equal(_embedding(first, at), _embedding(second, other)):
            found.append(Shared(word, at, other))
    return tuple(found)


def _embedding(trace: Trace, word: int) -> Exact:
    rows = [token for token, owner in enumerate(trace.word_of) if owner == word]
    return trace.embeddings[rows].astype(np.float64)  # (token, d_model)


def n_levels(trace: Trace) -> int:
    """Return how many times a vector is looked at: embedding, plus position, then after each encoder layer."""
    return 2 + len(trace.encoder_self)


def word_vectors(trace: Trace) -> Exact:
    """Return every word's vector at every level, (level, word, d_model); a word is the mean of its tokens."""
    layers = (trace.residual[f"encoder.{layer}.feed_forward"] for layer in range(len(trace.encoder_self)))
    owned = [(token, word) for token, word in enumerate(trace.word_of) if word is not None]
    tokens, words = np.array(owned).T
    streams = np.stack([trace.embeddings, trace.embeddings + trace.positions, *layers])[:, tokens].astype(np.float64)
    starts = np.searchsorted(words, np.arange(len(trace.words)))  # a word's tokens stand side by side
    sums = np.add.reduceat(streams, starts, axis=1)  # (level, word, d_model)
    return frozen(sums / np.bincount(words)[:, None])


@dataclass(frozen=True, eq=False)
class Journey:
    """One word's vector in two sentences, level by level."""

    first: Exact  # (level, d_model)
    second: Exact  # (level, d_model)

    @property
    def cosine(self) -> Exact:
        """Cosine similarity of the two, (level)."""
        return cosine(self.first, self.second)

    @property
    def dot(self) -> Exact:
        """Dot product of the two, (level)."""
        product: Exact = (self.first * self.second).sum(axis=-1)
        return product

    @property
    def distance(self) -> Exact:
        """Euclidean distance between the two, (level)."""
        length: Exact = np.linalg.norm(self.first - self.second, axis=-1)
        return length

    @property
    def lengths(self) -> Exact:
        """Length of both vectors, (level, 2)."""
        return np.stack([np.linalg.norm(self.first, axis=-1), np.linalg.norm(self.second, axis=-1)], axis=1)


def journeys(first: Trace, second: Trace, shared: Sequence[Shared]) -> tuple[Journey, ...]:
    """Follow each of the shared words through both sentences."""
    left, right = word_vectors(first), word_vectors(second)
    return tuple(Journey(left[:, word.first], right[:, word.second]) for word in shared)


def journey(first: Trace, second: Trace, shared: Shared) -> Journey:
    """Follow one shared word through both sentences."""
    return journeys(first, second, (shared,))[0]


def other_pairs(first: Trace, second: Trace) -> Exact:
    """Return the mean cosine of all pairs of two different words, one of each sentence, (level); NaN without any."""
    different = np.array([[left != right for right in second.words] for left in first.words])
    if not different.any():
        return np.full(n_levels(first), np.nan)
    left, right = (_unit(word_vectors(trace)) for trace in (first, second))
    pairs = left @ right.transpose(0, 2, 1)  # (level, first word, second word)
    mean: Exact = pairs[:, different].mean(axis=1)
    return mean


def _unit(vectors: Exact) -> Exact:
    unit: Exact = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


@dataclass(frozen=True, eq=False)
class Likeness:
    """One word of the first sentence against every word of the second, by two measures."""

    words: tuple[str, ...]  # of the second sentence
    cosine: Exact  # (word)
    dot: Exact  # (word)
    lengths: Exact  # (word): of the second sentence's vectors

    def nearest(self, measure: str) -> int:
        """Return the word with the largest ``measure``: "cosine" or "dot"."""
        return int({"cosine": self.cosine, "dot": self.dot}[measure].argmax())


def likeness(first: Trace, second: Trace, shared: Shared, level: int, stretch: float = 1.0) -> Likeness:
    """Compare a word of the first sentence with all of the second, its own vector there ``stretch`` times as long."""
    word = word_vectors(first)[level, shared.first]  # (d_model)
    others = word_vectors(second)[level].copy()  # (word, d_model)
    others[shared.second] *= stretch
    return Likeness(second.words, cosine(word, others), others @ word, np.linalg.norm(others, axis=-1))


@dataclass(frozen=True, eq=False)
class Looks:
    """What each head gives from one word, in two sentences: by word, equal words added up.

    The last column is all words that only one of the sentences has.
    """

    names: tuple[str, ...]  # words and special tokens of both sentences, in the order of the first
    first: Exact  # (layer, head, name + 1), each row sums to 1
    second: Exact  # (layer, head, name + 1)

    @property
    def change(self) -> Exact:
        """Second minus first, (layer, head, name + 1)."""
        return self.second - self.first

    @property
    def moved(self) -> Exact:
        """The share of its weight that each head gives elsewhere, (layer, head): half the sum of |change|."""
        share: Exact = np.abs(self.change).sum(axis=-1) / 2
        return share

    @property
    def ranked(self) -> tuple[tuple[int, int], ...]:
        """All (layer, head), the one that moved most first."""
        order = np.argsort(-self.moved, axis=None, kind="stable")
        return tuple((int(at) // self.moved.shape[1], int(at) % self.moved.shape[1]) for at in order)

    @property
    def same_strongest(self) -> NDArray[np.bool_]:
        """Whether a head's largest entry is the same in both sentences, (layer, head)."""
        same: NDArray[np.bool_] = self.first.argmax(axis=-1) == self.second.argmax(axis=-1)
        return same

    def largest(self, layer: int, limit: int) -> tuple[int, ...]:
        """Return up to ``limit`` names of a layer, in order: those on which its heads' weights are largest."""
        most = np.maximum(self.first, self.second)[layer, :, :-1].max(axis=0)  # (name)
        return tuple(sorted(int(name) for name in np.argsort(-most, kind="stable")[:limit]))

    def gathered(self, kept: tuple[int, ...]) -> Looks:
        """Return the same with only the names ``kept``; the weights of the others join the last column."""
        rest = np.setdiff1d(np.arange(len(self.names) + 1), kept)

        def gather(weights: Exact) -> Exact:
            return np.concatenate([weights[..., list(kept)], weights[..., rest].sum(axis=-1, keepdims=True)], axis=-1)

        return Looks(tuple(self.names[name] for name in kept), gather(self.first), gather(self.second))


def looks(first: Trace, second: Trace, shared: Shared) -> Looks:
    """Return where every encoder head looks from one shared word, in both sentences."""
    others = set(_names(second))
    names = [name for name in dict.fromkeys(_names(first)) if name in others]
    return Looks(
        tuple(label for _, label in names), _by_name(first, shared.first, names), _by_name(second, shared.second, names)
    )


def _names(trace: Trace) -> list[tuple[bool, str]]:
    """Each token's word, or its own label when it is special."""
    owners = zip(trace.tokens, trace.word_of, strict=True)
    return [(word is not None, label if word is None else trace.words[word]) for label, word in owners]


def _by_name(trace: Trace, word: int, names: list[tuple[bool, str]]) -> Exact:
    """(layer, head, name + 1): the mean of the word's rows, columns of the same name added up."""
    columns = _names(trace)
    held = np.zeros((len(columns), len(names) + 1))
    for token, name in enumerate(columns):
        held[token, names.index(name) if name in names else -1] = 1
    return _rows(trace, word) @ held


def _rows(trace: Trace, word: int) -> Exact:
    """(layer, head, key token): the mean of the rows of a word's tokens."""
    pieces = [token for token, owner in enumerate(trace.word_of) if owner == word]
    weights = np.stack([call.weights[:, pieces] for call in trace.encoder_self]).astype(np.float64)
    mean: Exact = weights.mean(axis=2)
    return mean


@dataclass(frozen=True, eq=False)
class Row:
    """Where one head looks from one word: every word and special token of its sentence, in order."""

    labels: tuple[str, ...]
    weights: Exact  # (label)

    def strongest(self, limit: int) -> tuple[int, ...]:
        """Return the ``limit`` largest entries, in the order of the sentence."""
        return tuple(sorted(int(at) for at in np.argsort(-self.weights, kind="stable")[:limit]))


def row(trace: Trace, layer: int, head: int, word: int) -> Row:
    """Return one head's weights from one word; a word that is several tokens is one entry, their sum."""
    pieces = [token for token, owner in enumerate(trace.word_of) if owner == word]
    weights = trace.encoder_self[layer].steps(head).weights[pieces].astype(np.float64).mean(axis=0)  # (key token)
    entries: dict[tuple[bool, int], float] = {}
    labels: dict[tuple[bool, int], str] = {}
    for token, (owner, (_, label)) in enumerate(zip(trace.word_of, _names(trace), strict=True)):
        entry = (owner is None, token if owner is None else owner)
        entries[entry] = entries.get(entry, 0.0) + float(weights[token])
        labels[entry] = label
    return Row(tuple(labels.values()), frozen(np.array(list(entries.values()))))


def window(n: int, centre: int, size: int) -> slice:
    """Return at most ``size`` of ``n`` places, around ``centre``."""
    start = min(max(centre - size // 2, 0), max(n - size, 0))
    return slice(start, min(start + size, n))


def most_given(trace: Trace, query: str, keys: tuple[str, str]) -> tuple[str, float, float] | None:
    """Return to which of two words any encoder head gives its largest weight from ``query``.

    With that weight, and the largest that the other word gets. None where one of the three words is missing.
    Words of several tokens: their weights are added up, and the rows of the query averaged.
    """
    if not {query, *keys} <= set(trace.words):
        return None
    weights = trace.weights("encoder_self")  # (layer, head, query, key)

    def tokens(word: str) -> list[int]:
        return [at for at, place in enumerate(trace.word_of) if place == trace.words.index(word)]

    rows = weights[:, :, tokens(query)].mean(axis=2)  # (layer, head, key)
    most = {word: float(rows[..., tokens(word)].sum(axis=-1).max()) for word in keys}
    best = max(keys, key=most.__getitem__)
    (other,) = (word for word in keys if word != best)
    return best, most[best], most[other]
