"""BLEU written out: n-grams, clipped matches, precisions, brevity penalty (Papineni et al. 2002).

Counts and scores are those of sacrebleu (Post 2018): its 13a tokenisation, its exponential smoothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

ORDERS = (1, 2, 3, 4)
WrongBleu: TypeAlias = Literal["no_clipping", "no_brevity", "arithmetic"]
WRONG_BLEUS: tuple[WrongBleu, ...] = get_args(WrongBleu)
Gram: TypeAlias = tuple[str, ...]

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
# the rules of 13a: signs apart; points and commas apart unless between digits; a hyphen after a digit apart
_RULES = (
    (re.compile(r"([ -&(-+:-@/\[-`{-~])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def bleu_words(text: str) -> list[str]:
    """Cut ``text`` into words as 13a does: upper and lower case stay different."""
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in text:
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
    text = f" {text} "
    for rule, apart in _RULES:
        text = rule.sub(apart, text)
    return text.split()


def grams(words: Sequence[str], order: int) -> list[Gram]:
    """Return all runs of ``order`` words, in their order."""
    return [tuple(words[start : start + order]) for start in range(len(words) - order + 1)]


@dataclass(frozen=True)
class Found:
    """One n-gram of a translation: how often it is there, how often in the reference, how often it counts."""

    gram: Gram
    here: int
    reference: int

    @property
    def counted(self) -> int:
        """Clipped: at most as often as the reference has it."""
        return min(self.here, self.reference)


def found(hypothesis: Sequence[str], reference: Sequence[str], order: int) -> tuple[Found, ...]:
    """Return every different n-gram of ``hypothesis``, in the order in which it first comes."""
    known = Counter(grams(reference, order))
    return tuple(Found(gram, count, known[gram]) for gram, count in Counter(grams(hypothesis, order)).items())


def marks(words: Sequence[str], other: Sequence[str], order: int) -> tuple[bool, ...]:
    """Say for each word whether it stands in an n-gram that both have, each counted as often as it counts."""
    left = Counter(grams(other, order))
    marked = [False] * len(words)
    for start, gram in enumerate(grams(words, order)):
        if left[gram] > 0:
            left[gram] -= 1
            marked[start : start + order] = [True] * order
    return tuple(marked)


@dataclass(frozen=True)
class Bleu:
    """BLEU of one or many sentences, with everything that it is made of."""

    matches: tuple[int, ...]  # (order): n-grams of the translation that count
    totals: tuple[int, ...]  # (order): all its n-grams
    precisions: tuple[float, ...]  # (order): matches over totals, 0 to 1; where none matches, the smoothed value
    orders: int  # how many of them the mean takes: all 4, or those that a short sentence has
    length: int  # words of the translation
    reference_length: int
    brevity: float  # exp(1 - reference_length / length) when the translation is shorter, else 1
    score: float  # 0 to 100

    def is_smoothed(self, order: int) -> bool:
        """Whether the precision of ``order`` (from 1) is a stand-in for 0."""
        return self.totals[order - 1] > 0 == self.matches[order - 1]

    @property
    def mean(self) -> float:
        """The geometric mean of the precisions."""
        return _geometric(self.precisions[: self.orders])


def corpus_bleu(hypotheses: Sequence[str], references: Sequence[str], wrong: WrongBleu | None = None) -> Bleu:
    """Return the BLEU of many sentences: their counts are added up before anything is divided.

    ``wrong`` leaves out one part: ``no_clipping`` counts an n-gram as often as it is repeated,
    ``no_brevity`` forgives short translations, ``arithmetic`` takes the arithmetic mean of the precisions.
    Source: Papineni et al. 2002, Section 2; sacrebleu's default settings.
    """
    return _bleu(hypotheses, references, wrong, short=False)


def sentence_bleu(hypothesis: str, reference: str, wrong: WrongBleu | None = None) -> Bleu:
    """Return the BLEU of one sentence, of the orders that it has (sacrebleu's ``effective_order``)."""
    return _bleu([hypothesis], [reference], wrong, short=True)


def counts(hypothesis: str, reference: str, wrong: WrongBleu | None = None) -> NDArray[np.int64]:
    """Return all that a sentence adds to BLEU: matches and totals of each order, both lengths."""
    left, right = bleu_words(hypothesis), bleu_words(reference)
    matches, totals = [0] * len(ORDERS), [0] * len(ORDERS)
    for place, order in enumerate(ORDERS):
        for one in found(left, right, order):
            totals[place] += one.here
            matches[place] += one.here if wrong == "no_clipping" and one.reference else one.counted
    return np.array([*matches, *totals, len(left), len(right)])


def resampled(
    translations: Sequence[Sequence[str]], references: Sequence[str], draws: int = 1000
) -> NDArray[np.float64]:
    """Return the BLEU of each list of translations on sentences drawn with replacement, (list, draw).

    A draw takes the same sentences for all lists, so that differences between them can be taken. The standard
    deviation over the draws is the standard error. Source: Koehn 2004, Section 3.
    """
    lists = [np.stack([counts(*pair) for pair in zip(one, references, strict=True)]) for one in translations]
    drawn = np.random.default_rng(0).multinomial(len(references), [1 / len(references)] * len(references), draws)
    return np.array([[_scored(row).score for row in drawn @ one] for one in lists])


def _bleu(hypotheses: Sequence[str], references: Sequence[str], wrong: WrongBleu | None, *, short: bool) -> Bleu:
    pairs = zip(hypotheses, references, strict=True)
    return _scored(np.sum([counts(*pair, wrong) for pair in pairs], axis=0), wrong, short=short)


def _scored(sums: NDArray[np.int64], wrong: WrongBleu | None = None, *, short: bool = False) -> Bleu:
    *ngrams, length, reference_length = (int(one) for one in sums)
    matches, totals = ngrams[: len(ORDERS)], ngrams[len(ORDERS) :]
    brevity = 1.0 if length >= reference_length else math.exp(1 - reference_length / length) if length else 0.0
    if wrong == "no_brevity" and length:
        brevity = 1.0
    precisions = tuple(_precisions(matches, totals)) if any(matches) else (0.0,) * len(ORDERS)
    orders = max([order for order, total in zip(ORDERS, totals, strict=True) if total] or [1]) if short else len(ORDERS)
    used = precisions[:orders]
    mean = sum(used) / orders if wrong == "arithmetic" else _geometric(used)
    return Bleu(
        tuple(matches), tuple(totals), precisions, orders, length, reference_length, brevity, 100 * brevity * mean
    )


def _precisions(matches: Sequence[int], totals: Sequence[int]) -> Iterator[float]:
    """Where nothing matches, the first such order counts as half a match, the next as a quarter, and so on."""
    smoothing = 1.0
    for match, total in zip(matches, totals, strict=True):
        if match == 0:
            smoothing *= 2
        yield 0.0 if total == 0 else (match or 1 / smoothing) / total


def _geometric(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values)) if all(value > 0 for value in values) else 0.0
