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
from attnviz.trace.words import pieces_of

Pair = tuple[str, str]
_CLITIC = re.compile(r"(?<=\w)(n['’]t|['’](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_PUNCTUATION = re.compile(r"\s*([.,;:!?])(?=\s|$)")


def read_pairs(path: Path) -> list[Pair]:
    """Read ``source TAB target`` lines of a gzip file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(source, target) for source, target in (line.rstrip("\n").split("\t") for line in lines)]


def read_sentences(path: Path, longest: int = 60) -> list[str]:
    """Read running text, one sentence each, dropping those with more than ``longest`` words."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        sentences = (sentence for line in lines for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", line.strip()))
        return [sentence for sentence in sentences if 3 <= len(sentence.split()) <= longest]


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
