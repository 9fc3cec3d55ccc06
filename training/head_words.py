"""The model card's tables of heads: numbers, and a few words read off from them."""

from __future__ import annotations

from typing import Any

from attnviz.session.markdown import markdown_table
from training.markdown import head_name, number
from training.relations import DIRECTIONS, RELATIONS

CLEAR = 0.3  # share of weight from which a position is named
UNIFORM = 0.9  # entropy as a share of log n from which a head counts as almost uniform
NAMES = {
    "previous": "previous token",
    "same": "the token itself",
    "next": "next token",
    "first": "first token",
    "last": "the end token",
}


def followed(treebank: dict[str, Any], head: int, smallest: float = 0.2) -> list[str]:
    """Relations that a head follows better than the best offset does, on both halves of the treebank.

    ``head`` counts through all layers; the numbers are those of the half that chose nothing.
    """
    found = []
    for relation, row in zip(RELATIONS, treebank["relations"], strict=True):
        for side, direction in enumerate(DIRECTIONS):
            chosen, scored = (half[side][RELATIONS.index(relation)][head] for half in treebank["head_accuracy"])
            offset = row[direction]
            gain = scored - offset["offset_accuracy"]
            if gain > 0 and chosen > offset["offset_accuracy_choosing"] and scored >= smallest:
                way = f"{relation} to its head" if side == 0 else f"a head to its {relation}"
                found.append((gain, f"{way} {number(scored)} (offset {number(offset['offset_accuracy'])})"))
    return [text for _, text in sorted(found, reverse=True)]


def described(
    statistics: dict[str, list[list[float]]],
    layer: int,
    head: int,
    relations: list[str],
    otherwise: str = "no simple pattern found",
) -> str:
    """Say in a few words what a head does, strongest first; at most three relations."""
    shares = {label: statistics[name][layer][head] for name, label in NAMES.items() if name in statistics}
    clear = sorted(((value, label) for label, value in shares.items() if value >= CLEAR), reverse=True)
    said = [f"{label} {number(value)}" for value, label in clear] + relations[:3]
    if said:
        return "; ".join(said)
    spread = statistics["entropy_share"][layer][head]
    return "almost uniform" if spread >= UNIFORM else otherwise


def statistics_table(statistics: dict[str, list[list[float]]], words: list[list[str]]) -> str:
    """Return a Markdown table with one row a head: its statistics and ``words`` [layer][head]."""
    columns = {
        "previous": "previous",
        "same": "same",
        "next": "next",
        "first": "first",
        "last": "last",
        "entropy": "entropy (nats)",
        "entropy_share": "of log n",
        "largest": "largest weight",
        "distance": "distance",
    }
    columns = {name: label for name, label in columns.items() if name in statistics}
    lines = []
    for layer, row in enumerate(words):
        for head, text in enumerate(row):
            values = {name: statistics[name][layer][head] for name in columns}
            cells = [number(v) if name not in ("entropy", "distance") else f"{v:.2f}" for name, v in values.items()]
            lines.append([head_name(layer, head), *cells, text])
    return markdown_table(["head", *columns.values(), "what it does"], lines)


def encoder_table(treebank: dict[str, Any]) -> str:
    """Write the section on all encoder heads."""
    statistics = treebank["heads"]["encoder_self"]
    n_heads = len(statistics["entropy"][0])
    words = [
        [described(statistics, layer, head, followed(treebank, layer * n_heads + head)) for head in range(n_heads)]
        for layer in range(len(statistics["entropy"]))
    ]
    control = treebank["heads"].get("encoder_self_untrained_mean")
    beside = ""
    if control:
        wanted = ("previous", "same", "next", "first", "last", "entropy_share")
        beside = (
            " An untrained model's heads have, on average, "
            + ", ".join(
                f"{name.replace('entropy_share', 'entropy of log n')} {number(control[name])}" for name in wanted
            )
            + "."
        )
    return f"""\
## Every encoder head

Token level, mean over the sentences of UD_English-PUD; rows of the end token left out. Each share is the mean over \
the tokens that have such a neighbour; *last* is the end token, *largest weight* the mean of each row's maximum, \
*distance* in tokens. Named are positions with a share of {number(CLEAR)} or more, and relations (word level) on \
which the head is better than the best fixed offset on both halves of the treebank, at most three.{beside}

{statistics_table(statistics, words)}"""


def decoder_table(treebank: dict[str, Any]) -> str:
    """Write the section on the decoder's heads."""
    own, cross = treebank["heads"]["decoder_self"], treebank["heads"]["cross"]
    if not own:
        return "## Decoder heads\n\nNot measured: the model translated nothing."
    tables = [
        statistics_table(
            part,
            [
                [described(part, layer, head, [], "no fixed position") for head in range(len(row))]
                for layer, row in enumerate(part["entropy"])
            ],
        )
        for part in (own, cross)
    ]
    return f"""\
## Decoder heads

On the model's own translations of the first {treebank["sentences_decoded"]} of these sentences; the first row and \
column are the start token. Self-attention sees a token and those before it, so it has no *next*:

{tables[0]}

Cross-attention, from German rows to English columns (*first* is the first English token, *last* the end token):

{tables[1]}"""
