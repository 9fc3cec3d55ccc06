"""What is read of evaluation.json: all of it, part of it, and nothing when it is not what it should be."""

import json
from pathlib import Path
from typing import Any

import pytest

from attnviz.trace.evaluation import load_evaluation, load_scores

LINE = {"step": 100, "seconds": 60.5, "target_tokens": 9000, "translation_loss": 5.5, "masked_word_loss": 6.5}


def curve(*steps: int) -> list[dict[str, float]]:
    return [{**LINE, "step": s, "seconds": 1.5 * s, "target_tokens": 90 * s, "dev_bleu_300": s / 100} for s in steps]


def written(folder: Path, **parts: Any) -> Path:
    path = folder / "evaluation.json"
    path.write_text(json.dumps({"links": [], **parts}))
    return path


def test_a_recorded_training_is_read(tmp_path: Path) -> None:
    training = {"curve": curve(100, 250), "optimiser": "muon", "machine": "a lathe", "command": ""}
    found = load_evaluation(written(tmp_path, training=training))
    assert found
    assert found.training
    assert found.training.steps == (100, 250)
    assert found.training.seconds == (150.0, 375.0)
    assert found.training.bleu == (1.0, 2.5)
    assert found.training.translation_loss == (5.5, 5.5)
    assert found.training.optimiser == "muon"


def test_the_training_may_be_absent(tmp_path: Path) -> None:
    found = load_evaluation(written(tmp_path))
    assert found
    assert found.training is None


@pytest.mark.parametrize(
    "lines",
    [[], curve(100, 100), curve(200, 100), [LINE], [{**curve(5)[0], "translation_loss": float("nan")}]],
    ids=["empty", "twice", "back", "no BLEU", "nan"],
)
def test_a_broken_curve_is_not_guessed_at(tmp_path: Path, lines: list[dict[str, float]]) -> None:
    assert load_evaluation(written(tmp_path, training={"curve": lines, "optimiser": "muon"})) is None


def test_the_shipped_file_has_its_training() -> None:
    found = load_evaluation()
    assert found
    assert found.training
    assert len(found.training.steps) == len(found.training.bleu) > 1


def scores(**changes: Any) -> dict[str, Any]:
    test = {"pairs": 9, "BLEU": 12.5, "chrF": 34.5, "BLEU signature": "b", "chrF signature": "c"}
    lengths = [{"words": [1, 5], "pairs": 4, "BLEU": 20.0, "chrF": 1.0}]
    lengths.append({"words": [6, None], "pairs": 5, "BLEU": 10.0, "chrF": 1.0})
    translation = {"test": test, "dev": {**test, "BLEU": 13.5}, "test_by_length": lengths}
    training = {"curve": curve(100, 250), "optimiser": "muon"}
    return {"model": {"parameters": 1234}, "translation": translation, "training": training, **changes}


def test_the_scores_of_a_model_are_read(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "evaluation.json").write_text(json.dumps(scores()))
    found = load_scores("small", tmp_path)
    assert found
    assert (found.parameters, found.test.bleu, found.test.chrf, found.dev.bleu) == (1234, 12.5, 34.5, 13.5)
    assert [(row.shortest, row.longest, row.bleu) for row in found.by_length] == [(1, 5, 20.0), (6, None, 10.0)]
    assert found.target_tokens == 22500


@pytest.mark.parametrize(
    "broken",
    [{"translation": {}}, {"training": {"curve": [], "optimiser": "muon"}}, {"model": None}],
    ids=["no translation", "no curve", "no model"],
)
def test_broken_scores_are_no_scores(tmp_path: Path, broken: dict[str, Any]) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "evaluation.json").write_text(json.dumps(scores(**broken)))
    assert load_scores("small", tmp_path) is None
    assert load_scores("absent", tmp_path) is None
