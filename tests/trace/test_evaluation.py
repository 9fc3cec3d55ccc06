"""What is read of evaluation.json: all of it, part of it, and nothing when it is not what it should be."""

import json
from pathlib import Path
from typing import Any

import pytest

from attnviz.trace.evaluation import load_evaluation

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
