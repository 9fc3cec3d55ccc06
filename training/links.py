"""Links between two words of well-known sentences, beside those of untrained models."""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from attnviz.model.transformer import Transformer
from attnviz.trace.tokens import tokenize
from training.heads import weights_of
from training.treebank import by_word, merging

PAPER = (
    "It is in this spirit that a majority of American governments have passed new laws since 2009 "
    "making the registration or voting process more difficult ."
)
SNAKE = "The snake is very dangerous because it has a venom ."
TIRED = "The animal didn't cross the street because it was too tired ."
WIDE = "The animal didn't cross the street because it was too wide ."
CREATURE = "a fluffy blue creature roamed the verdant forest"
EXAMPLES = (PAPER, SNAKE, TIRED, WIDE, CREATURE, "I go home", "home go I", "he is a boy")


class Link(NamedTuple):
    """A query word and the key words whose weights are added up."""

    sentence: str
    query: str
    keys: tuple[str, ...]


LINKS = (
    Link(PAPER, "making", ("more",)),
    Link(PAPER, "making", ("difficult",)),
    Link(PAPER, "making", ("more", "difficult")),
    Link(SNAKE, "it", ("snake",)),
    Link(TIRED, "it", ("animal",)),
    Link(TIRED, "it", ("street",)),
    Link(WIDE, "it", ("animal",)),
    Link(WIDE, "it", ("street",)),
    Link(CREATURE, "creature", ("fluffy",)),
    Link(CREATURE, "creature", ("blue",)),
    Link(CREATURE, "fluffy", ("creature",)),
    Link(CREATURE, "blue", ("creature",)),
    Link(CREATURE, "forest", ("verdant",)),
)


def sentence_weights(model: Transformer, tokenizer: Tokenizer, text: str) -> tuple[list[str], Tensor]:
    """Return the words of ``text`` and its encoder weights by word, (layer, head, query word, key word)."""
    read = tokenize(tokenizer, text)
    with torch.inference_mode():
        weights = weights_of(model.encode(torch.tensor([read.ids])).layers, "self")
    return list(read.words), by_word(weights, *merging([list(read.word_of)]))[:, 0]


def rows_of(link: Link, words: list[str], weights: Tensor) -> tuple[Tensor, list[int]]:
    """Return the query's row in every head (head of all layers, word) and the places of the keys.

    ``weights`` (layer, head, query word, key word). The first occurrence of each word counts.
    """
    return weights[:, :, words.index(link.query)].flatten(0, 1), [words.index(key) for key in link.keys]


def ranks_among_others(row: Tensor, query: int, keys: list[int]) -> list[int]:
    """Rank of each key by its weight in ``row`` (word) among all words but the query; 1 is the largest."""
    others = [place for place in range(len(row)) if place != query]
    return [1 + sum(bool(row[other] > row[key]) for other in others) for key in keys]


def link_report(
    model: Transformer, controls: list[Transformer], tokenizer: Tokenizer, links: tuple[Link, ...] = LINKS
) -> list[dict[str, Any]]:
    """Find the best head for each link, and the best head's weight in each control."""
    read: dict[str, tuple[list[str], Tensor, list[Tensor]]] = {}
    for sentence in dict.fromkeys(link.sentence for link in links):
        words, weights = sentence_weights(model, tokenizer, sentence)
        read[sentence] = (words, weights, [sentence_weights(control, tokenizer, sentence)[1] for control in controls])
    report = []
    for link in links:
        words, weights, others = read[link.sentence]
        rows, keys = rows_of(link, words, weights)
        by_head = rows[:, keys].sum(-1)  # (head of all layers)
        order = by_head.argsort(descending=True).tolist()
        best, n_heads = order[0], weights.shape[1]
        value = float(by_head[best])
        untrained = [float(rows_of(link, words, other)[0][:, keys].sum(-1).max()) for other in others]
        query = words.index(link.query)
        top = [ranks_among_others(row, query, keys) for row in rows]
        report.append(
            {
                "sentence": link.sentence,
                "query": link.query,
                "keys": list(link.keys),
                "layer": best // n_heads,
                "head": best % n_heads,
                "weight": round(value, 4),
                "weight_of_each": [round(float(rows[best, key]), 4) for key in keys],
                "rank_among_words": top[best],
                "other_words": len(words) - 1,
                "rank_among_heads": 1,
                "heads": len(by_head),
                "next_heads": [
                    {"layer": head // n_heads, "head": head % n_heads, "weight": round(float(by_head[head]), 4)}
                    for head in order[1:4]
                ],
                "heads_where_it_is_first": sum(min(ranks) == 1 for ranks in top),
                "untrained": [round(weight, 4) for weight in untrained],
                "untrained_mean": round(statistics.fmean(untrained), 4) if untrained else None,
                "untrained_max": round(max(untrained), 4) if untrained else None,
                "untrained_beaten": sum(value > weight for weight in untrained),
            }
        )
    return report


def longest_repeat(tokens: list[int], longest: int = 4) -> int:
    """Most times that the same piece of up to ``longest`` tokens stands in a row."""
    most = 1 if tokens else 0
    for size in range(1, longest + 1):
        for start in range(len(tokens) - size + 1):
            piece, times = tokens[start : start + size], 1
            while tokens[start + times * size : start + (times + 1) * size] == piece:
                times += 1
            most = max(most, times)
    return most
