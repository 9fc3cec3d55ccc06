"""Reads the parallel text and cuts it into batches of token ids."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from attnviz.model.transformer import END_ID, PAD_ID, START_ID
from attnviz.trace.plain import plain
from attnviz.trace.words import pieces_of

Pair = tuple[str, str]
_CLITIC = re.compile(r"(?<=\w)(n['’]t|['’](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_PUNCTUATION = re.compile(r"\s*([.,;:!?])(?=\s|$)")


def read_pairs(path: Path) -> list[Pair]:
    """Read ``source TAB target`` lines of a gzip file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(source, target) for source, target in (line.rstrip("\n").split("\t") for line in lines)]


# A class reads what comes out: pairs with these are not learned from.
_ROUGH = re.compile(
    r"\b(?:\w*fuck\w*|(?:bull)?shit\w*|bitch\w*|cunts?|whores?|sluts?|rap(?:e[ds]?|ist|ing)|nigg\w+|faggots?|puss(?:y|ies)"
    r"|wank\w*|porn\w*|\w*fick(?:en|t|te)|\w*schei(?:ß|ss)\w*|\w*hure\w*|schlampe\w*|vergewaltig\w*|arschloch\w*"
    r"|wichs\w*|fotzen?|nutten?)\b|씨발|개새끼|섹스|강간|창녀|병신",
    re.IGNORECASE,
)


def fit_for_class(pair: Pair) -> bool:
    """Whether neither side holds rough language."""
    return not _ROUGH.search(" ".join(pair))


def training_pairs(path: Path) -> list[Pair]:
    """Read pairs to learn from: English side as the models read it, without rough language."""
    return [(plain(source), target) for source, target in read_pairs(path) if fit_for_class((source, target))]


def read_sentences(path: Path, longest: int = 60) -> list[str]:
    """Read running text, one sentence each, dropping those with more than ``longest`` words."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        sentences = (sentence for line in lines for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", line.strip()))
        return [plain(sentence) for sentence in sentences if 3 <= len(sentence.split()) <= longest]


def spread(source: str, chance: random.Random) -> str:
    """Set punctuation and clitics apart in some sentences, as treebanks and lecture slides do."""
    if chance.random() < 0.25:
        source = _PUNCTUATION.sub(r" \1", source)
        if chance.random() < 0.5:
            source = _CLITIC.sub(r" \1", source)
    return source


def joined(pairs: list[Pair], share: float, chance: random.Random) -> list[Pair]:
    """Join some neighbouring short pairs into longer ones: length is rare in everyday text."""
    result: list[Pair] = []
    position = 0
    while position < len(pairs):
        count = chance.choice((2, 3)) if chance.random() < share else 1
        group = pairs[position : position + count]
        result.append((" ".join(source for source, _ in group), " ".join(target for _, target in group)))
        position += count
    return result


def encode(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Token ids of each text, by the same pieces as ``attnviz.trace``."""
    encodings = tokenizer.encode_batch_fast([pieces_of(text)[1] for text in texts], is_pretokenized=True)
    return [encoding.ids for encoding in encodings]


def padded(rows: list[list[int]]) -> Tensor:
    """Stack rows of ids into (row, token), filled up with padding."""
    width = max(map(len, rows))
    return torch.tensor([row + [PAD_ID] * (width - len(row)) for row in rows])


def batches(
    sources: list[list[int]], targets: list[list[int]], tokens: int, chance: random.Random
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (source, target) id tensors of about ``tokens`` target tokens, of similar length, in random order."""
    order = list(range(len(sources)))
    chance.shuffle(order)
    order.sort(key=lambda row: (len(targets[row]) // 2, len(sources[row]) // 2))
    groups: list[list[int]] = [[]]
    width = 0
    for row in order:
        width = max(width, len(targets[row]) + 1, len(sources[row]) + 1)
        if groups[-1] and width * (len(groups[-1]) + 1) > tokens:
            groups.append([])
            width = max(len(targets[row]), len(sources[row])) + 1
        groups[-1].append(row)
    chance.shuffle(groups)
    for group in groups:
        source = padded([[*sources[row], END_ID] for row in group])
        target = padded([[START_ID, *targets[row], END_ID] for row in group])
        yield source, target
