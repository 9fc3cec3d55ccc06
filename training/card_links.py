"""The model card's sections on grammar and on links between two words."""

from __future__ import annotations

from typing import Any

from attnviz.session.markdown import markdown_table
from training.markdown import head_name, number
from training.relations import DIRECTIONS


def relations(treebank: dict[str, Any]) -> str:
    """Report the twelve relations, chosen direction first, then both directions."""
    chosen = []
    for row in treebank["relations"]:
        best = row[row["direction"]]
        chosen.append([row["relation"], str(row["arcs"][1]), row["direction"], *relation_cells(best)])
    other = []
    for row in treebank["relations"]:
        side = next(direction for direction in DIRECTIONS if direction != row["direction"])
        other.append([row["relation"], side, *relation_cells(row[side])])
    measures = ["head", "accuracy", "best offset", "beats it", "untrained: mean ± sd", "untrained: best"]
    n = treebank["untrained_models"]
    gain = treebank.get("mean_gain_over_untrained")
    return f"""\
## Do heads follow grammar?

On UD_English-PUD ({treebank["sentences"]:,} sentences with gold dependency trees). A head is right when its largest \
weight, from one word of an arc, lies on the other; sub-words are merged, special tokens and the asking word itself \
left out (as in Clark et al. 2019); subtypes count under their base relation (`nsubj:pass` as `nsubj`). A *fixed \
offset* is the rule "always the word k places away", k from -10 to 10: without any attention it is hard to beat for \
neighbours. Head, offset and direction were chosen on the even sentences; the accuracies are those on the odd ones. \
The {n} untrained models have the same shape and random parameters (seeds 0 to {n - 1}); each had its best head \
chosen on the even sentences too, and was scored in the same direction.

**{treebank["beating_offset"]} of 12 relations beat the best offset** in the direction chosen \
({treebank["beating_offset_either_direction"]} in at least one of the two directions; mean gain over the offset \
{number(treebank["mean_gain_over_offset"], 3)}). **Mean gain over {n} untrained models: {number(gain, 3)}** \
({number(treebank.get("mean_gain_over_untrained_both_directions"), 3)} over both directions); \
{treebank.get("above_all_untrained", 0)} of 12 are above all of them.

{markdown_table(["relation", "arcs", "direction", *measures], chosen)}

The direction that was not chosen:

{markdown_table(["relation", "direction", *measures], other)}

Heads are named layer.head, both counted from 1."""


def relation_cells(row: dict[str, Any]) -> list[str]:
    """Return the cells that describe one relation in one direction."""
    control = f"{number(row['untrained_mean'])} ± {number(row['untrained_sd'])}"
    offset = f"{number(row['offset_accuracy'])} ({row['offset']:+d})"
    beats = f"yes, by {number(row['gain'])}" if row["beats_offset"] else f"no ({number(row['gain'])})"
    return [
        head_name(row["layer"], row["head"]),
        number(row["accuracy"]),
        offset,
        beats,
        control,
        number(row["untrained_max"]),
    ]


def links(report: list[dict[str, Any]]) -> str:
    """Report the links between words that lectures show."""
    rows = []
    for link in report:
        n = len(link["untrained"])
        rows.append(
            [
                f"{link['query']} → {' + '.join(link['keys'])}{clue(link['sentence'])}",
                head_name(link["layer"], link["head"]),
                number(link["weight"]),
                f"{' and '.join(map(str, link['rank_among_words']))} of {link['other_words']}",
                ", ".join(f"{head_name(h['layer'], h['head'])} {number(h['weight'])}" for h in link["next_heads"][:2]),
                f"{link['heads_where_it_is_first']} of {link['heads']}",
                f"{number(link['untrained_mean'])}; {number(link['untrained_max'])}",
                f"{link['untrained_beaten']} of {n}",
            ]
        )
    header = ["link", "best head", "weight", "rank among the other words", "next heads", "heads that have it first"]
    return f"""\
## Links that lectures show

For each link the encoder head that gives it the largest weight (rows are queries, sub-words merged). That *some* \
head points there proves little: the best of many random heads does too, so the best head's weight in each untrained \
model stands beside it.

{markdown_table([*header, "untrained: mean; largest", "untrained beaten"], rows)}"""


def clue(sentence: str) -> str:
    """Tell the two sentences on the animal and the street apart."""
    return next((f" ({word})" for word in ("tired", "wide") if word in sentence.split()), "")
