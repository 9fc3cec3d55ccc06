"""One word that asks, two nouns, two sentences: does a head look at the other noun in the second sentence?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attnviz.trace.records import Array, Trace, frozen

Place = tuple[int, int]  # (layer, head)


@dataclass(frozen=True, eq=False)
class Flip:
    """What every head of the encoder gives from one word to two nouns, in two sentences."""

    weights: Array  # (sentence, layer, head, noun)

    @property
    def turned(self) -> NDArray[np.bool_]:
        """Whether the noun that gets more is another one in the second sentence, (layer, head); a tie turns nothing."""
        first, second = np.sign(self.weights[..., 0] - self.weights[..., 1])
        return np.asarray(first * second < 0)

    @property
    def most_turned(self) -> float:
        """The largest weight that a head which turned gives to either noun; 0 where none did."""
        return float(self.weights[:, self.turned].max(initial=0))

    def preferred(self, place: Place) -> tuple[int, int]:
        """Return the noun (0 or 1) that a head gives more, in the first sentence and in the second."""
        first, second = self.weights[:, *place].argmax(axis=-1)
        return int(first), int(second)

    def rival(self, noun: int) -> Place | None:
        """Return the head that gives most to ``noun`` in the first sentence, and more than to the other noun there.

        None where no head prefers it.
        """
        first = self.weights[0]  # (layer, head, noun)
        found = np.where(first[..., noun] > first[..., 1 - noun], first[..., noun], -1)
        layer, head = (int(index) for index in np.unravel_index(int(found.argmax()), found.shape))
        return (layer, head) if found[layer, head] >= 0 else None


def flip(first: Trace, second: Trace, query: str, nouns: tuple[str, str]) -> Flip | None:
    """Return what the heads give from ``query`` to two nouns in two sentences; None where a word is missing."""
    if not all({query, *nouns} <= set(trace.words) for trace in (first, second)):
        return None
    rows = []
    for trace in (first, second):
        weights = trace.by_word("encoder_self")[:, :, trace.words.index(query)]  # (layer, head, key word)
        rows.append(weights[..., [trace.words.index(noun) for noun in nouns]])
    return Flip(frozen(np.stack(rows)))
