"""What a model reads in training: endless batches of pairs, and of sentences with hidden words."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from tokenizers import Tokenizer
from torch import Tensor

from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID
from attnviz.trace.plain import plain
from training.corpus import (
    Pair,
    batches,
    encode,
    fit_for_class,
    joined,
    padded,
    read_pairs,
    read_sentences,
    spread,
    training_pairs,
)

T = TypeVar("T")
IGNORED = -100  # cross_entropy's own mark for "no target here"
LONGEST = 110  # tokens of a training sentence
N_KOREAN_TEST, N_KOREAN_DEV = 500, 200
_KOREAN_SPLIT = 20170612  # the seed that sets the Korean test and development pairs apart


@dataclass(frozen=True)
class Source:
    """Pairs of one file, and which share of them is read in a round."""

    file: str
    pairs: list[Pair]
    share: float = 1.0  # above 1: so many times
    alike: int = 1  # neighbouring pairs that say the same: the share is drawn from each such group

    def draw(self, chance: random.Random) -> list[Pair]:
        """Draw the pairs of one round, in the order of the file."""
        whole = int(self.share)
        drawn = self.pairs * whole
        for start in range(0, len(self.pairs), self.alike):
            group = self.pairs[start : start + self.alike]
            wanted = (self.share - whole) * len(group)
            count = int(wanted) + (chance.random() < wanted % 1)
            drawn += chance.sample(group, count)
        return drawn


@dataclass
class Text:
    """The text of one language pair; ``chance`` draws from it."""

    sources: list[Source]
    monolingual_file: str
    monolingual: list[str]  # of the source language: only its hidden words are learned
    dev: list[Pair]
    joined_share: float = 0.15  # of pairs that are joined into longer ones
    chance: random.Random = field(default_factory=random.Random)

    def round(self) -> list[Pair]:
        """Draw the pairs of one round, in random order."""
        pairs = [pair for source in self.sources for pair in source.draw(self.chance)]
        self.chance.shuffle(pairs)
        return pairs

    def told(self) -> list[dict[str, Any]]:
        """Say what is read: each file, how many pairs (or sentences) of it, and their share a round."""
        rows = [{"file": one.file, "pairs": len(one.pairs), "share": round(one.share, 4)} for one in self.sources]
        return [*rows, {"file": self.monolingual_file, "sentences": len(self.monolingual)}]

    def tokenizer_text(self) -> Iterator[str]:
        """Yield the text that the tokenizer's merges are learned from: one round, and some of the rest."""
        for source, target in self.round():
            yield spread(source, self.chance)
            yield target
        yield from (spread(sentence, self.chance) for sentence in self.monolingual[::3])

    def translation(self, tokenizer: Tokenizer, tokens: Callable[[], int]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (source, target) batches for ever; ``tokens()``, asked each round, is the size of a batch."""
        while True:
            pairs = joined(self.round(), self.joined_share, self.chance)
            sources = encode(tokenizer, [spread(source, self.chance) for source, _ in pairs])
            targets = encode(tokenizer, [target for _, target in pairs])
            kept = [row for row in range(len(pairs)) if max(len(sources[row]), len(targets[row])) <= LONGEST]
            sources, targets = [sources[row] for row in kept], [targets[row] for row in kept]
            yield from batches(sources, targets, tokens(), self.chance)

    def masked_words(self, tokenizer: Tokenizer, tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (source with masks, tokens to find) for ever; IGNORED where nothing is to be found."""
        while True:
            text = self._sample(self.monolingual, 24000)
            text += [source for source, _ in self._sample(self.round(), 28000)]
            rows = [row[:LONGEST] for row in encode(tokenizer, [spread(sentence, self.chance) for sentence in text])]
            rows.sort(key=len)
            groups: list[list[list[int]]] = [[]]
            for row in rows:
                if groups[-1] and (len(row) + 1) * (len(groups[-1]) + 1) > tokens:
                    groups.append([])
                groups[-1].append([*row, END_ID])
            self.chance.shuffle(groups)
            for group in groups:
                yield hide_tokens(padded(group), tokenizer.get_vocab_size())

    def _sample(self, text: list[T], count: int) -> list[T]:
        return self.chance.sample(text, min(count, len(text)))


def german_text(data: Path, seed: int) -> Text:
    """Read what the English-German models learn from."""

    def read(name: str, share: float = 1.0) -> Source:
        file = f"{name}.en-de.tsv.gz"
        return Source(file, training_pairs(data / file), share)

    return Text(
        sources=[
            read("tatoeba.train"),
            read("extra.everyday"),
            read("extra.wiki"),
            read("extra.words", 0.5),
            read("extra.docs", 0.25),
            read("bible.bsb-germenge", 0.1),
        ],
        monolingual_file="europarlmin.en.txt.gz",
        monolingual=read_sentences(data / "europarlmin.en.txt.gz"),
        dev=german_sets(data)[0],
        chance=random.Random(seed),
    )


def korean_text(data: Path, seed: int) -> Text:
    """Read what the Korean-English model learns from: of ten phrasings of one question, 3 or 4 a round."""

    def read(name: str, share: float = 1.0, alike: int = 1) -> Source:
        file = f"{name}.en-ko.tsv.gz"
        return Source(file, korean_pairs(data / file), share, alike)

    with gzip.open(data / "chatbot.ko.txt.gz", "rt", encoding="utf-8") as lines:
        monolingual = [plain(line.strip()) for line in lines]
    everyday = [(plain(korean), plain(english)) for korean, english in korean_split(data)[0]]
    return Text(
        sources=[
            Source("tatoeba.en-ko.tsv.gz", [pair for pair in everyday if fit_for_class(pair)], 4),
            read("stylekqc", 0.35, alike=10),
            read("extra.everyday"),
            read("extra.words", 0.5),
            read("extra.docs", 1 / 3),
            read("python-docs", 0.2),
            read("bible.bsb-korrv", 0.1),
        ],
        monolingual_file="chatbot.ko.txt.gz",
        monolingual=[sentence for sentence in monolingual if fit_for_class((sentence, ""))],
        dev=korean_sets(data)[0],
        chance=random.Random(seed),
    )


def german_sets(data: Path) -> tuple[list[Pair], list[Pair]]:
    """Return the (development, test) pairs of the English-German models."""
    return read_pairs(data / "tatoeba.dev.en-de.tsv.gz"), read_pairs(data / "tatoeba.test.en-de.tsv.gz")


def korean_sets(data: Path) -> tuple[list[Pair], list[Pair]]:
    """Return the (development, test) pairs of the Korean-English model."""
    return korean_split(data)[1:]


def korean_split(data: Path) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Return the (training, development, test) pairs of Tatoeba, Korean first.

    No pair of the first shares a source or a target with the others. The draw has a fixed seed.
    """
    pairs = reversed_pairs(read_pairs(data / "tatoeba.en-ko.tsv.gz"))
    random.Random(_KOREAN_SPLIT).shuffle(pairs)
    test, dev = pairs[:N_KOREAN_TEST], pairs[N_KOREAN_TEST : N_KOREAN_TEST + N_KOREAN_DEV]
    sources, targets = ({_plain(pair[side]) for pair in (*test, *dev)} for side in (0, 1))
    rest = pairs[N_KOREAN_TEST + N_KOREAN_DEV :]
    return [pair for pair in rest if _plain(pair[0]) not in sources and _plain(pair[1]) not in targets], dev, test


def _plain(sentence: str) -> str:
    return "".join(character for character in sentence.casefold() if character.isalnum())


def korean_pairs(path: Path) -> list[Pair]:
    """Read (Korean, English) pairs to learn from, both sides as the models read them."""
    return [(plain(korean), english) for english, korean in training_pairs(path)]


def reversed_pairs(pairs: list[Pair]) -> list[Pair]:
    """Turn (source, target) around."""
    return [(target, source) for source, target in pairs]


def hide_tokens(source: Tensor, vocabulary_size: int) -> tuple[Tensor, Tensor]:
    """Hide 15 % of the tokens: 80 % of these become the mask, 10 % a random token, 10 % stay."""
    hidden = (torch.rand(source.shape) < 0.15) & (source != PAD_ID) & (source != END_ID)
    wanted = source.masked_fill(~hidden, IGNORED)
    kind = torch.rand(source.shape)
    source = source.masked_fill(hidden & (kind < 0.8), MASK_ID)
    random_token = torch.randint(MASK_ID + 1, vocabulary_size, source.shape)
    return torch.where(hidden & (kind > 0.9), random_token, source), wanted
