"""What was measured offline of each head of a model: BLEU on development pairs without it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from attnviz.model.checkpoint import read_json
from attnviz.model.place import WEIGHTS
from attnviz.trace.evaluation import UNREADABLE
from attnviz.trace.records import PARTS, Part


@dataclass(frozen=True)
class HeadWorth:
    """One head; layer and head count from 0."""

    part: Part
    layer: int
    head: int
    bleu: float  # without it


@dataclass(frozen=True)
class Importance:
    """BLEU with all heads, and without each one, the costliest loss first."""

    pairs: int
    bleu: float
    heads: tuple[HeadWorth, ...]

    def cost(self, one: HeadWorth) -> float:
        """Return how much BLEU is lost without the head; negative: without it BLEU is higher."""
        return self.bleu - one.bleu


@cache
def load_importance(name: str = "translator", weights: Path = WEIGHTS) -> Importance | None:
    """Read the key ``ablation`` of evaluation.json; None when it is missing or broken."""
    try:
        found = read_json(weights / name / "evaluation.json")["ablation"]
        heads = sorted((_head(row) for row in found["heads"]), key=lambda one: one.bleu)
        if not heads or not np.isfinite([one.bleu for one in heads]).all():
            raise ValueError("every head needs a finite BLEU")
        return Importance(int(found["pairs"]), float(found["BLEU"]), tuple(heads))
    except UNREADABLE:
        return None


def _head(row: dict[str, Any]) -> HeadWorth:
    part: Part = PARTS[PARTS.index(row["part"])]
    return HeadWorth(part, int(row["layer"]), int(row["head"]), float(row["BLEU"]))
