"""The whole measurement of a tiny model, from files to the model card."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer

from attnviz.model.checkpoint import save_checkpoint
from attnviz.model.config import Config
from attnviz.model.recurrent import RecurrentConfig
from attnviz.model.transformer import Transformer
from training import evaluate, recipes
from training.bleu import standard_error
from training.card import card, curve_table
from training.card_data import stages
from training.head_words import described
from training.links import EXAMPLES, LINKS
from training.recipes import network_of
from training.relations import RELATIONS
from training.sources import ORIGINS
from training.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make weights, corpora and a training folder, and measure them from the command line."""
    folder = tmp_path_factory.mktemp("measured")
    pairs = [(f"the cat number {row} sat.", f"die Katze Nummer {row} saß.") for row in range(12)]
    tokenizer = train_tokenizer([text for pair in pairs for text in pair] + list(EXAMPLES), 300)
    torch.manual_seed(0)
    model = Transformer(Config(tokenizer.get_vocab_size(), 16, 2, 2, 1, 32))
    save_checkpoint(folder / "weights", model, tokenizer)
    for part in ("dev", "test"):
        text = "".join(f"{source}\t{target}\n" for source, target in pairs)
        (folder / f"tatoeba.{part}.en-de.tsv.gz").write_bytes(gzip.compress(text.encode()))
    tree = ["1\tsat\t_\t_\t_\t_\t0\troot\t_\t_"]
    tree += [f"{row}\tword{row}\t_\t_\t_\t_\t1\t{name}\t_\t_" for row, name in enumerate(RELATIONS, start=2)]
    (folder / "pud.conllu.gz").write_bytes(gzip.compress(("\n".join(tree) + "\n\n").encode() * 4))
    run = folder / "run"
    run.mkdir()
    (run / "curve.jsonl").write_text("\n".join(json.dumps(line(step)) for step in (100, 200)) + "\n")
    (run / "config.json").write_text(json.dumps({"vocabulary_size": 300}))
    (run / "text.json").write_text(json.dumps(READ))
    (folder / "flores.en-de.tsv.gz").write_bytes((folder / "tatoeba.dev.en-de.tsv.gz").read_bytes())
    arguments = ["--weights", str(folder / "weights"), "--data", str(folder), "--run", str(run), "--machine", "a lathe"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["evaluate", *arguments])
        patch.setattr(evaluate, "N_UNTRAINED", 2)
        threads = torch.get_num_threads()
        evaluate.main()
        torch.set_num_threads(threads)
    return folder / "weights"


READ = [
    {"file": "tatoeba.train.en-de.tsv.gz", "pairs": 177, "share": 1.0},
    {"file": "extra.docs.en-de.tsv.gz", "pairs": 218, "share": 0.25},
    {"file": "tatoeba.en-ko.tsv.gz", "pairs": 52, "share": 4},
    {"file": "europarlmin.en.txt.gz", "sentences": 88},
]


def line(step: int) -> dict[str, float]:
    """Return one line of a learning curve."""
    losses = {"translation_loss": 3.0, "masked_word_loss": 4.0, "dev_bleu_300": step / 100}
    return {"step": step, "seconds": 60.0 * step, "target_tokens": 1000 * step, **losses, "threads": 1}


@pytest.fixture(scope="module")
def result(measured: Path) -> dict[str, Any]:
    """Return what was measured."""
    return json.loads((measured / "evaluation.json").read_text(encoding="utf-8"))


def test_everything_is_measured(result: dict[str, Any]) -> None:
    assert [row["relation"] for row in result["treebank"]["relations"]] == list(RELATIONS)
    assert all(row["arcs"] == [2, 2] for row in result["treebank"]["relations"])
    assert [(link["query"], tuple(link["keys"])) for link in result["links"]] == [(k.query, k.keys) for k in LINKS]
    assert all(len(link["untrained"]) == 2 for link in result["links"])
    assert result["translation"]["test"]["pairs"] == sum(
        row["pairs"] for row in result["translation"]["test_by_length"]
    )
    assert [example["source"] for example in result["examples"]] == list(EXAMPLES)
    assert result["training"]["optimiser"] == "muon"
    shapes = {
        part: (len(s["entropy"]), len(s["entropy"][0])) for part, s in list(result["treebank"]["heads"].items())[:3]
    }
    assert shapes == {"encoder_self": (2, 2), "decoder_self": (1, 2), "cross": (1, 2)}


def test_a_fixed_offset_is_perfect_on_these_trees(result: dict[str, Any]) -> None:
    """Each relation's dependent always stands in the same place: up to 10 words away the offset knows."""
    accuracies = [row["dependent to head"]["offset_accuracy"] for row in result["treebank"]["relations"]]
    assert accuracies == [1.0] * 10 + [0.0] * 2
    assert result["treebank"]["relations"][4]["head to dependent"]["offset"] == 5


def test_the_card_says_what_was_measured(measured: Path, result: dict[str, Any]) -> None:
    text = (measured / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert text == card(result)
    run = "200 steps, 0.2 million target tokens, 200 minutes"
    for expected in ("pre-norm", "CC BY-SA 3.0", "CC BY-SA 4.0", "on a lathe", run):
        assert expected in text
    assert "| 218 | translation (25% of it each round), masked words | GNOME help" in text
    assert "| 52 | translation (4 times each round), masked words |" in text
    assert "| FLORES (general language) | 12 |" in text
    assert f"standard error of {result['translation']['test']['BLEU standard error']:.2f}" in text
    assert "Ten sentences that a class would type" in text
    assert "these alone:" not in text, "nothing else was read before"
    assert result["model"]["sha256"] in text
    assert result["translation"]["test"]["BLEU signature"] in text
    assert "nan" not in text.lower().replace("finance", "")
    rows = [row for row in text.splitlines() if row.startswith("| ")]
    assert sum(row.startswith(tuple(f"| {name} |" for name in RELATIONS)) for row in rows) == 24


def test_each_head_and_each_layer_is_taken_out_once(result: dict[str, Any], measured: Path) -> None:
    found = result["ablation"]
    places = [(head["part"], head["layer"], head["head"]) for head in found["heads"]]
    assert len(set(places)) == len(places) == 2 * (2 + 1 + 1)  # heads of the encoder's two layers, of both decoder's
    assert [(row["part"], row["layer"]) for row in found["layers"]] == list(
        dict.fromkeys(place[:2] for place in places)
    )
    assert found["BLEU"] == result["translation"]["dev"]["BLEU"]  # of 12 pairs all are among the first 300
    assert "## What a head is worth" in (measured / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_a_run_that_goes_on_from_shipped_weights_goes_on_with_their_curve() -> None:
    before = {"curve": [line(100), line(200)]}
    read = [{"files": READ, "target_tokens": 70_000, "vocabulary_size": 9000}]
    run = {"curve": [line(50), line(70)], "machine": "another", "texts": read}
    whole = evaluate.continued(before, run, 8000)
    assert whole["texts"] == [
        {"target_tokens": 200_000, "vocabulary_size": 8000},
        {"files": READ, "target_tokens": 270_000, "vocabulary_size": 9000},
    ]
    assert [row["step"] for row in whole["curve"]] == [100, 200, 250, 270]
    assert [row["target_tokens"] for row in whole["curve"]] == [100_000, 200_000, 250_000, 270_000]
    assert [row["seconds"] for row in whole["curve"]] == [6000, 12000, 15000, 16200]
    assert whole["curve"][-1]["dev_bleu_300"] == 0.7
    assert whole["machine"] == "another"
    assert evaluate.continued(whole, run, 9000) == whole  # measured once more: it counts once
    longer = {"curve": [line(50), line(70), line(90)], "machine": "another", "texts": read}
    again = evaluate.continued(whole, longer, 9000)
    assert [row["step"] for row in again["curve"]] == [100, 200, 250, 270, 290]
    assert evaluate.continued(run, longer, 9000) == longer
    on = {"curve": [line(30)], "machine": "another", "texts": [read[0] | {"target_tokens": 30_000}]}
    assert evaluate.continued(whole, on, 9000)["texts"] == [  # the same text in the same tokens is one stage
        {"target_tokens": 200_000, "vocabulary_size": 8000},
        {"files": READ, "target_tokens": 300_000, "vocabulary_size": 9000},
    ]


def test_the_card_tells_what_was_read_before_other_tokens(result: dict[str, Any]) -> None:
    texts = [{"target_tokens": 21_100_000, "vocabulary_size": 8000}, *result["training"]["texts"]]
    text = card(result | {"training": result["training"] | {"texts": texts}})
    assert "The first 21.1 million target tokens came from these alone: Tatoeba, English-German" in text
    assert "in a vocabulary of 8,000 tokens" in text


def test_the_licence_names_every_source() -> None:
    """Of each file that any recipe or earlier training read."""
    licence = (recipes.WEIGHTS / "LICENSE").read_text(encoding="utf-8")
    assert "Attribution-ShareAlike 4.0" in licence
    for file, origin in ORIGINS.items():
        assert [name for name in origin.credits if name not in licence] == [], file
    for folder in recipes.WEIGHTS.glob("*/evaluation.json"):
        found = json.loads(folder.read_text(encoding="utf-8"))
        assert {file["file"] for stage in stages(found) for file in stage["files"]} <= ORIGINS.keys(), folder


def test_the_standard_error_of_bleu_shrinks_with_more_pairs() -> None:
    pairs = [(f"the cat number {row} sat.", f"die Katze Nummer {row} saß.") for row in range(300)]
    hypotheses = [target if row % 2 else "die Katze saß." for row, (_, target) in enumerate(pairs)]
    few, many = (standard_error(hypotheses[:count], pairs[:count]) for count in (20, 300))
    assert 0 < many < few / 2
    assert standard_error([target for _, target in pairs], pairs) == 0


@pytest.mark.parametrize(
    "name",
    [
        "recurrent",
        *(pytest.param(name, marks=pytest.mark.full) for name in ("recurrent_attention", "korean", "single_head")),
    ],
)
def test_the_other_models_are_scored_and_described(
    name: str, measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From weights and texts to the card, for a model whose folder has its name."""
    tokenizer = Tokenizer.from_file(str(measured / "tokenizer.json"))
    configs: dict[str, Config | RecurrentConfig] = {
        "recurrent": RecurrentConfig(tokenizer.get_vocab_size(), 16, 24, attention=False),
        "recurrent_attention": RecurrentConfig(tokenizer.get_vocab_size(), 16, 24),
        "korean": Config(tokenizer.get_vocab_size(), 16, 2, 1, 1, 32),
        "single_head": Config(tokenizer.get_vocab_size(), 16, 1, 1, 1, 32),
    }
    torch.manual_seed(1)
    save_checkpoint(tmp_path / name, network_of(configs[name]), tokenizer)
    korean = "".join(f"the cat number {row} sat.\t고양이 {row}\n" for row in range(900))
    (tmp_path / "tatoeba.en-ko.tsv.gz").write_bytes(gzip.compress(korean.encode()))
    for file in ("tatoeba.dev.en-de.tsv.gz", "tatoeba.test.en-de.tsv.gz", "pud.conllu.gz"):
        (tmp_path / file).write_bytes((measured.parent / file).read_bytes())
    monkeypatch.setattr(evaluate, "N_UNTRAINED", 2)
    found = evaluate.evaluate(tmp_path / name, tmp_path)
    found |= {"training": {"curve": [line(100)], "optimiser": "muon", "machine": "a lathe", "command": ""}}
    of_heads = {"treebank", "links", "opening"} if name == "single_head" else set()
    assert set(found) == {"model", "translation", "examples", "class_examples", "training"} | of_heads
    assert len(found["class_examples"]) == 10
    assert found["translation"]["test"]["pairs"] == (500 if name == "korean" else 12)
    text = card(found)
    assert text.startswith(f"# {name}: ")
    assert ("looks back at all states" in text) == (name == "recurrent_attention")
    assert ("sees nothing else of the source" in text) == (name == "recurrent")
    assert ("PSF-2.0" in text) == (name == "korean")
    assert ("1 head each" in text) == (name == "single_head")
    assert ("European Parliament" in text) == (name == "single_head")
    assert ("masked-word loss" in text) == (not name.startswith("recurrent"))
    assert ("Attention weights show" in text) == (name != "recurrent")
    assert ("The translator read more text than this model (0.1 million" in text) == (name != "korean")
    assert ("the treebank is English" in text) == (name == "korean")
    assert ("## Do heads follow grammar?" in text) == (name == "single_head")
    assert "{" not in text
    if name == "single_head":
        without = evaluate.evaluate(tmp_path / name, tmp_path, heads=False)
        assert without == {key: found[key] for key in ("model", "translation", "examples", "class_examples")}
        assert "What each head does was not measured here" in card(without | {"training": found["training"]})


def test_post_norm_is_called_post_norm(result: dict[str, Any]) -> None:
    config = result["model"]["config"] | {"norm_first": False}
    text = card(result | {"model": result["model"] | {"config": config}})
    assert "post-norm, `norm_first: false`" in text
    assert "pre-norm" not in text


def test_without_a_run_the_old_curve_is_kept(measured: Path, result: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["evaluate", "--weights", str(measured), "--data", str(measured.parent)])
        patch.setattr(evaluate, "N_UNTRAINED", 2)
        threads = torch.get_num_threads()
        evaluate.main()
        torch.set_num_threads(threads)
    again = json.loads((measured / "evaluation.json").read_text(encoding="utf-8"))
    assert again == result


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    rows = curve_table([line(step) for step in range(100, 10100, 100)]).splitlines()[2:]
    assert len(rows) == 12
    assert rows[0].startswith("| 100 ")
    assert rows[-1].startswith("| 10,000 ")


def test_words_for_a_head() -> None:
    statistics = {"previous": [[0.82, 0.1, 0.1]], "next": [[0.05, 0.1, 0.1]], "entropy_share": [[0.2, 0.95, 0.5]]}
    assert described(statistics, 0, 0, ["det to its head .61 (offset .45)"]) == (
        "previous token .82; det to its head .61 (offset .45)"
    )
    assert described(statistics, 0, 1, []) == "almost uniform"
    assert described(statistics, 0, 2, []) == "no simple pattern found"
