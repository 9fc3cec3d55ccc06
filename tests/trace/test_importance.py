"""The offline ranking of heads: read in order, and no ranking at all when the file is not what it should be."""

import json
from pathlib import Path
from typing import Any

import pytest

from attnviz.trace.importance import load_importance
from attnviz.trace.records import PARTS

HEADS = [{"part": "cross", "layer": 1, "head": head, "BLEU": bleu} for head, bleu in enumerate((20.5, 12.0, 21.5))]


def written(folder: Path, ablation: Any) -> Path:
    (folder / "small").mkdir(exist_ok=True)
    (folder / "small" / "evaluation.json").write_text(json.dumps({"ablation": ablation}))
    return folder


def test_the_costliest_loss_comes_first(tmp_path: Path) -> None:
    found = load_importance("small", written(tmp_path, {"pairs": 9, "BLEU": 21.0, "heads": HEADS}))
    assert found
    assert [one.head for one in found.heads] == [1, 0, 2]
    assert [found.cost(one) for one in found.heads] == [9.0, 0.5, -0.5]


@pytest.mark.parametrize(
    "broken",
    [None, {"pairs": 9, "BLEU": 21.0, "heads": []}, {"pairs": 9, "BLEU": 1.0, "heads": [{**HEADS[0], "part": "x"}]}],
)
def test_a_broken_ranking_is_none(tmp_path: Path, broken: Any) -> None:
    assert load_importance("small", written(tmp_path, broken)) is None
    assert load_importance("absent", tmp_path) is None


def test_the_shipped_ranking_has_every_head_once() -> None:
    found = load_importance()
    assert found
    places = {(one.part, one.layer, one.head) for one in found.heads}
    assert len(places) == len(found.heads) == 64
    assert {part for part, _, _ in places} == set(PARTS)
    assert found.cost(found.heads[0]) > 0
