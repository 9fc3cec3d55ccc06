"""Do heads follow dependency relations? Against fixed offsets, on sentences not chosen on.

A head follows a relation from word to word if its largest weight, among all words but the query
itself and special tokens (as in Clark et al. 2019), lies on the right one. An offset points to the
word that many places away; it is chosen and scored exactly as a head is.
"""

from __future__ import annotations

import statistics
from typing import Any, NamedTuple

import torch
from torch import Tensor

from training.treebank import Tree

RELATIONS = ("det", "amod", "nsubj", "obj", "case", "aux", "compound", "advmod", "nmod", "obl", "mark", "conj")
DIRECTIONS = ("dependent to head", "head to dependent")
OFFSETS = (*range(-10, 0), *range(1, 11))


class Arcs(NamedTuple):
    """All arcs of the twelve relations; the first axis is the direction, as in DIRECTIONS."""

    query: Tensor  # (direction, arc): the asking word's number in the whole treebank
    own: Tensor  # (direction, arc): its place in its sentence
    gold: Tensor  # (direction, arc): place of the right word in the same sentence
    relation: Tensor  # (arc): index in RELATIONS
    half: Tensor  # (arc): 0 in even sentences, which choose; 1 in odd ones, which score


def arcs_of(trees: list[Tree]) -> Arcs:
    """Collect the arcs of RELATIONS."""
    dependents, heads, relations, halves, starts = [], [], [], [], []
    start = 0
    for row, tree in enumerate(trees):
        for word, (head, relation) in enumerate(zip(tree.heads, tree.relations, strict=True)):
            if relation in RELATIONS and head >= 0:
                dependents.append(word)
                heads.append(head)
                relations.append(RELATIONS.index(relation))
                halves.append(row % 2)
                starts.append(start)
        start += len(tree.words)
    own, gold = torch.tensor([dependents, heads]), torch.tensor([heads, dependents])
    return Arcs(own + torch.tensor(starts), own, gold, torch.tensor(relations), torch.tensor(halves))


def accuracies(correct: Tensor, arcs: Arcs) -> Tensor:
    """Share of right answers: (candidate, direction, arc) boolean -> (half, direction, relation, candidate).

    NaN where a half has no arc of the relation.
    """
    halves = []
    for half in (0, 1):
        chosen = [(arcs.half == half) & (arcs.relation == relation) for relation in range(len(RELATIONS))]
        halves.append(torch.stack([correct[:, :, arc].double().mean(-1).T for arc in chosen], dim=1))
    return torch.stack(halves)


def head_accuracies(pointed: Tensor, arcs: Arcs) -> Tensor:
    """Score ``pointed`` (head, word of the treebank) -> (half, direction, relation, head)."""
    return accuracies(pointed[:, arcs.query] == arcs.gold, arcs)


def offset_accuracies(arcs: Arcs) -> Tensor:
    """Score each of OFFSETS -> (half, direction, relation, offset)."""
    return accuracies(arcs.gold - arcs.own == torch.tensor(OFFSETS)[:, None, None], arcs)


class Choice(NamedTuple):
    """The candidate that is best on the even sentences, and its accuracy on both halves."""

    candidate: Tensor  # (direction, relation)
    chosen_at: Tensor  # (direction, relation): accuracy on the half that chose it
    scored_at: Tensor  # (direction, relation): accuracy on the other half


def choose_and_score(table: Tensor) -> Choice:
    """Choose on half 0, score on half 1: (half, direction, relation, candidate)."""
    candidate = table[0].argmax(-1)
    chosen_at, scored_at = (half.gather(-1, candidate[..., None])[..., 0] for half in table)
    return Choice(candidate, chosen_at, scored_at)


def relation_report(trained: Tensor, untrained: list[Tensor], arcs: Arcs, n_heads: int) -> dict[str, Any]:
    """Compare a trained model, the fixed offsets and untrained models, relation by relation.

    ``trained`` and each of ``untrained``: (half, direction, relation, head of all layers); ``n_heads`` a layer.
    The direction of a relation is that in which head minus offset is larger on the even sentences;
    untrained models are asked in the same direction.
    """
    head, offset = choose_and_score(trained), choose_and_score(offset_accuracies(arcs))
    controls = [choose_and_score(table).scored_at for table in untrained]  # (direction, relation) each
    direction = (head.chosen_at - offset.chosen_at).argmax(0)  # (relation)
    rows: list[dict[str, Any]] = []
    for relation, name in enumerate(RELATIONS):
        both: dict[str, Any] = {}
        for side, label in enumerate(DIRECTIONS):
            index = int(head.candidate[side, relation])
            accuracy, fixed = float(head.scored_at[side, relation]), float(offset.scored_at[side, relation])
            control = [float(table[side, relation]) for table in controls]
            both[label] = {
                "layer": index // n_heads,
                "head": index % n_heads,
                "accuracy": round(accuracy, 4),
                "offset": OFFSETS[int(offset.candidate[side, relation])],
                "offset_accuracy": round(fixed, 4),
                "offset_accuracy_choosing": round(float(offset.chosen_at[side, relation]), 4),
                "gain": round(accuracy - fixed, 4),
                "beats_offset": accuracy > fixed,
                "untrained_mean": round(statistics.fmean(control), 4) if control else None,
                "untrained_sd": round(statistics.stdev(control), 4) if len(control) > 1 else None,
                "untrained_max": round(max(control), 4) if control else None,
            }
        n_arcs = [int(((arcs.relation == relation) & (arcs.half == half)).sum()) for half in (0, 1)]
        chosen = DIRECTIONS[int(direction[relation])]
        rows.append({"relation": name, "arcs": n_arcs, "direction": chosen, **both})
    chosen_rows = [row[row["direction"]] for row in rows]
    report: dict[str, Any] = {
        "relations": rows,
        "beating_offset": sum(row["beats_offset"] for row in chosen_rows),
        "beating_offset_either_direction": sum(any(row[d]["beats_offset"] for d in DIRECTIONS) for row in rows),
        "mean_gain_over_offset": round(statistics.fmean(row["gain"] for row in chosen_rows), 4),
        "untrained_models": len(untrained),
        "head_accuracy": [[[[round(v, 3) for v in c] for c in b] for b in a] for a in trained.tolist()],
    }
    if untrained:
        gains = [[row[d]["accuracy"] - row[d]["untrained_mean"] for d in DIRECTIONS] for row in rows]
        own = [row[d]["accuracy"] - row[d]["untrained_mean"] for row in rows for d in [row["direction"]]]
        report["mean_gain_over_untrained"] = round(statistics.fmean(own), 4)
        report["mean_gain_over_untrained_both_directions"] = round(statistics.fmean(sum(gains, [])), 4)
        report["above_all_untrained"] = sum(row["accuracy"] > row["untrained_max"] for row in chosen_rows)
    return report
