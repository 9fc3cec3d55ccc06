"""The table of models says what is so, and a model is one row: weights, recipe, card and list follow it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import attnviz
from attnviz.model.place import WEIGHTS
from attnviz.trace import models
from attnviz.trace.models import (
    MODELS,
    ModelRow,
    choosable,
    find,
    reader_of,
    require,
    row_of,
    trained_here,
    translators,
)
from attnviz.trace.records import PARTS
from attnviz.trace.recurrent import RecurrentModel
from attnviz.trace.run import RecurrentName
from training.recipes import RECIPES, network_of

ROOT = Path(__file__).resolve().parents[2]


def test_every_name_and_every_twin_is_one_row() -> None:
    assert len({row.name for row in MODELS}) == len(MODELS)
    assert all(row_of(row.twin).folder == row.folder for row in MODELS if row.twin)
    assert not any(row_of(row.twin).trained for row in MODELS if row.twin)


@pytest.mark.parametrize("row", MODELS, ids=lambda row: row.name)
def test_what_a_row_says_is_what_lies_in_its_folder(row: ModelRow) -> None:
    model = attnviz.load_model(row.name)
    assert isinstance(model, RecurrentModel) == (row.kind == "recurrent")
    found = json.loads((WEIGHTS / row.folder / "evaluation.json").read_text(encoding="utf-8"))
    assert ("ablation" in found) == row.measured
    if isinstance(model, attnviz.Model):
        trace = attnviz.trace(model, "I go", "Ich")
        assert tuple(part for part in row.parts if trace.attention(part)) == row.parts != ()


def test_folders_of_weights_recipes_and_rows_are_the_same_ones() -> None:
    assert sorted(trained_here()) == sorted(RECIPES) == sorted(path.name for path in WEIGHTS.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_recipe_makes_the_kind_that_its_row_says(name: str) -> None:
    shape = RECIPES[name].config(64)
    is_recurrent = type(network_of(shape)).__name__ == "RecurrentTranslator"
    assert is_recurrent == (row_of(name).kind == "recurrent")
    same_text = RECIPES[name].sets is RECIPES["translator"].sets
    assert same_text == (row_of(name).reads == "en")
    assert row_of(name).compared == same_text  # one task and one test set


def test_the_type_checker_knows_the_recurrent_models_by_name() -> None:
    assert set(get_args(RecurrentName)) == {row.name for row in MODELS if row.kind == "recurrent"}


def test_the_makefile_asks_the_table() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (asked,) = [line for line in makefile.splitlines() if line.startswith("TRAINED")]
    script = asked.split("-c '")[1].split("'")[0]
    printed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.split() == list(trained_here())


def test_a_language_is_read_by_the_first_model_that_learned_it() -> None:
    assert (reader_of("en"), reader_of("ko"), reader_of("tlh")) == ("translator", "korean", "translator")
    assert choosable() == tuple(row.name for row in MODELS if row.kind != "recurrent")
    compared = [row.compared for row in translators()]
    assert compared == sorted(compared, reverse=True)
    assert translators()[0] is MODELS[0]


def test_a_row_more_is_known_to_all_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (*MODELS, ModelRow("hanja", reads="zh", writes="en", compared=True), ModelRow("bert", "encoder", "hf:a/b"))
    monkeypatch.setattr(models, "MODELS", rows)
    assert choosable()[-2:] == ("hanja", "bert")
    assert reader_of("zh") == "hanja"
    assert trained_here()[-1] == "hanja"  # what comes from elsewhere is not made in training/
    assert [row.name for row in translators()][-2:] == ["hanja", "korean"]
    require("bert", "encoder_self")
    with pytest.raises(models.NoPartError) as caught:
        require("bert", *PARTS)
    assert caught.value.parts == ("decoder_self", "cross")
    assert find("nobody") is None
    with pytest.raises(KeyError):
        row_of("nobody")
