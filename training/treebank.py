"""Reads gold dependency trees and cuts their sentences into batches of one length."""

from __future__ import annotations

import gzip
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from attnviz.trace.tokens import tokenize


class Tree(NamedTuple):
    """One sentence: its words, and for each word the index of its head (-1: root) and its relation."""

    words: list[str]
    heads: list[int]
    relations: list[str]  # without subtype: nsubj:pass is nsubj


class Batch(NamedTuple):
    """Sentences of the same number of tokens, and how their tokens merge into words."""

    rows: list[int]  # places of the sentences in the treebank
    source: Tensor  # (sentence, token), the end token included
    n_words: Tensor  # (sentence)
    mean: Tensor  # (sentence, word, token): 1 / pieces of the word where the token belongs to it
    total: Tensor  # (sentence, word, token): 1 where the token belongs to the word


def read_trees(path: Path) -> list[Tree]:
    """Read a gzipped CoNLL-U file; ranges such as 3-4 and empty nodes such as 7.1 are left out."""
    trees: list[Tree] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        tree = Tree([], [], [])
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 10 and columns[0].isdigit():
                tree.words.append("".join(columns[1].split()))  # a handful of treebanks have "10 000" as one word
                tree.heads.append(int(columns[6]) - 1)
                tree.relations.append(columns[7].split(":")[0])
            elif not line.strip() and tree.words:
                trees.append(tree)
                tree = Tree([], [], [])
    return [*trees, tree] if tree.words else trees


def merging(word_of: list[list[int | None]]) -> tuple[Tensor, Tensor]:
    """Return ``mean`` and ``total`` (sentence, word, token) for sentences of one token count.

    A word's row of attention is the mean over its pieces, its column their sum; special tokens
    (None) belong to no word. Sentences with fewer words than the longest have empty rows.
    """
    n_words = 1 + max(word for row in word_of for word in row if word is not None)
    total = torch.zeros(len(word_of), n_words, len(word_of[0]))
    for sentence, row in enumerate(word_of):
        for token, word in enumerate(row):
            if word is not None:
                total[sentence, word, token] = 1
    return total / total.sum(-1, keepdim=True).clamp(min=1), total


def by_word(weights: Tensor, mean: Tensor, total: Tensor) -> Tensor:
    """Merge (..., sentence, head, token, token) into (..., sentence, head, word, word)."""
    return mean[:, None] @ weights @ total[:, None].mT


def batches_of(tokenizer: Tokenizer, sentences: list[list[str]], tokens: int = 2000) -> list[Batch]:
    """Group sentences of the same token count, at most about ``tokens`` tokens a batch.

    Raises ``ValueError`` where a sentence is longer than the model reads.
    """
    read = [tokenize(tokenizer, words) for words in sentences]
    if any(sentence.n_dropped for sentence in read):
        raise ValueError("a sentence is longer than the model reads")
    alike: dict[int, list[int]] = defaultdict(list)
    for row, sentence in enumerate(read):
        alike[len(sentence.ids)].append(row)
    batches = []
    for length, members in sorted(alike.items()):
        size = max(1, tokens // length)
        for start in range(0, len(members), size):
            rows = members[start : start + size]
            mean, total = merging([list(read[row].word_of) for row in rows])
            source = torch.tensor([read[row].ids for row in rows])
            batches.append(Batch(rows, source, torch.tensor([len(sentences[row]) for row in rows]), mean, total))
    return batches
