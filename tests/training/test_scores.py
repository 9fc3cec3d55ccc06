"""What evaluation.json says of each shipped model is measured anew, on a part of the test set."""

import json
from pathlib import Path

import pytest

from attnviz.model.place import WEIGHTS
from attnviz.trace.models import MODELS
from training.bleu import scored, translations
from training.card import card
from training.recipes import RECIPES, load_network


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "translator" else pytest.mark.full) for name in RECIPES],
)
def test_bleu_on_300_test_pairs_is_what_the_card_says(name: str, data: Path) -> None:
    said = json.loads((WEIGHTS / name / "evaluation.json").read_text(encoding="utf-8"))["translation"]["test_first_300"]
    _, test = RECIPES[name].sets(data)
    network, tokenizer = load_network(name, WEIGHTS / name)
    score = scored(translations(network, tokenizer, [source for source, _ in test[:300]]), test[:300])
    assert score["BLEU"] == pytest.approx(said["BLEU"], abs=0.3)
    assert score["chrF"] == pytest.approx(said["chrF"], abs=0.3)
    assert score["BLEU signature"] == said["BLEU signature"]


@pytest.mark.parametrize("name", list(RECIPES))
def test_the_card_is_made_from_what_was_measured(name: str) -> None:
    found = json.loads((WEIGHTS / name / "evaluation.json").read_text(encoding="utf-8"))
    text = (WEIGHTS / name / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert text == card(found)
    assert found["model"]["bytes"] == (WEIGHTS / name / "model.safetensors").stat().st_size <= 13e6


def test_the_models_that_are_compared_are_of_about_one_size() -> None:
    """But for the rows of the table of embeddings, one for each token: some have more tokens."""
    models = {
        name: json.loads((WEIGHTS / name / "evaluation.json").read_text(encoding="utf-8"))["model"]
        for name in (row.name for row in MODELS if row.compared)
    }
    fewest = min(model["config"]["vocabulary_size"] for model in models.values())
    sizes = {
        name: model["parameters"] - (model["config"]["vocabulary_size"] - fewest) * model["config"]["d_model"]
        for name, model in models.items()
    }
    assert max(sizes.values()) < 1.05 * min(sizes.values()), sizes


@pytest.mark.parametrize("name", list(RECIPES))
def test_whose_tokens_are_the_translators_is_told_as_it_is(name: str) -> None:
    said = json.loads((WEIGHTS / name / "evaluation.json").read_text(encoding="utf-8"))["model"]["translators_tokens"]
    tokens = [(WEIGHTS / of / "tokenizer.json").read_bytes() for of in (name, "translator")]
    assert said == (tokens[0] == tokens[1])


@pytest.mark.parametrize("name", [row.name for row in MODELS if row.compared][1:])
def test_the_translator_read_more_than_the_models_beside_it(name: str) -> None:
    """As the cards of those say."""
    read = {
        of: json.loads((WEIGHTS / of / "evaluation.json").read_text(encoding="utf-8"))["training"]["curve"][-1]
        for of in ("translator", name)
    }
    assert read["translator"]["target_tokens"] > read[name]["target_tokens"]
