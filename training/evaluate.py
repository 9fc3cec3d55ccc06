"""Measures shipped weights: ``python -m training.evaluate --weights FOLDER --data FOLDER --run FOLDER``.

Writes evaluation.json and MODEL_CARD.md into the weights folder. Scores, heads, relations and
links are those of the half-precision file as it is shipped, computed in float32. Which model it is
follows from the folder's name; heads, relations and links are those of Transformers that read English
(the treebank is English), ablation is the translator's alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from attnviz.model.checkpoint import Checkpoint, sha256_of, untrained
from attnviz.model.transformer import Transformer
from attnviz.trace.models import find, row_of
from attnviz.trace.run import wrap
from attnviz.trace.words import split_words
from training.ablation import importance
from training.bleu import scored, standard_error, translations
from training.card import write_card
from training.corpus import Pair, encode
from training.heads import Statistics, decoder_statistics, encoder_statistics, pointers
from training.links import link_report, longest_repeat
from training.opening import opening_report
from training.recipes import RECIPES, WEIGHTS, load_network
from training.relations import Arcs, arcs_of, head_accuracies, relation_report
from training.state import Network
from training.treebank import Batch, batches_of, read_trees

N_UNTRAINED = 20
N_ABLATED = 300  # development pairs on which each head is taken out
N_DECODED = 200  # treebank sentences that are translated for the decoder's heads
LENGTHS = ((1, 5), (6, 8), (9, 12), (13, 18), (19, 1000))  # source words, punctuation marks included


def translation_scores(
    model: Network, tokenizer: Tokenizer, dev: list[Pair], pairs: list[Pair], flores: list[Pair]
) -> dict[str, Any]:
    """Score the development and test sets, the first 300 test pairs, the test pairs of each length, and ``flores``."""
    hypotheses = translations(model, tokenizer, [source for source, _ in pairs])
    by_length = []
    lengths = [len(split_words(source)) for source, _ in pairs]
    for shortest, longest in LENGTHS:
        rows = [row for row, length in enumerate(lengths) if shortest <= length <= longest]
        if rows:
            score = scored([hypotheses[row] for row in rows], [pairs[row] for row in rows])
            words = [shortest, longest if longest < LENGTHS[-1][1] else None]
            by_length.append({"words": words} | {name: score[name] for name in ("pairs", "BLEU", "chrF")})
    general = translations(model, tokenizer, [source for source, _ in flores])
    return {
        "test": scored(hypotheses, pairs) | {"BLEU standard error": standard_error(hypotheses, pairs)},
        **({"flores": scored(general, flores)} if flores else {}),
        "dev": scored(translations(model, tokenizer, [source for source, _ in dev]), dev),
        "test_first_300": scored(hypotheses[:300], pairs[:300]),
        "test_by_length": by_length,
    }


def mean_over_heads(statistics: Statistics) -> dict[str, float]:
    """Average each statistic over all heads of all layers."""
    return {name: round(sum(map(sum, rows)) / sum(map(len, rows)), 4) for name, rows in statistics.items()}


def head_scores(model: Transformer, controls: list[Transformer], batches: list[Batch], arcs: Arcs) -> dict[str, Any]:
    """Measure all heads on the treebank, and its relations beside the controls."""
    place = {row: (batch, index) for batch in batches for index, row in enumerate(batch.rows)}
    sources = [place[row][0].source[place[row][1]].tolist() for row in range(min(N_DECODED, len(place)))]
    own, cross = decoder_statistics(model, sources)
    heads: dict[str, Any] = {"encoder_self": encoder_statistics(model, batches), "decoder_self": own, "cross": cross}
    if controls:
        heads["encoder_self_untrained_mean"] = mean_over_heads(encoder_statistics(controls[0], batches))
    trained = head_accuracies(pointers(model, batches), arcs)
    others = [head_accuracies(pointers(control, batches), arcs) for control in controls]
    report = relation_report(trained, others, arcs, model.config.n_heads)
    return {"sentences": len(place), "sentences_decoded": len(sources), "heads": heads, **report}


def examples(model: Network, tokenizer: Tokenizer, sentences: Sequence[str]) -> list[dict[str, Any]]:
    """Translate the example sentences and count repetitions."""
    result = []
    for source, target in zip(sentences, translations(model, tokenizer, list(sentences)), strict=True):
        repeats = longest_repeat(encode(tokenizer, [target])[0])
        result.append({"source": source, "translation": target, "longest_repeat": repeats})
    return result


def training_run(run: Path, machine: str, command: str) -> dict[str, Any]:
    """Read the learning curve and how it was reached."""
    lines = (run / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    curve = [json.loads(line) for line in lines]
    size = json.loads((run / "config.json").read_text(encoding="utf-8"))["vocabulary_size"]
    files = json.loads((run / "text.json").read_text(encoding="utf-8"))
    texts = [{"files": files, "target_tokens": curve[-1]["target_tokens"], "vocabulary_size": size}]
    return {"curve": curve, "optimiser": "muon", "machine": machine, "command": command, "texts": texts}


def continued(before: dict[str, Any], run: dict[str, Any], vocabulary_size: int) -> dict[str, Any]:
    """Put the curve of a run that started from shipped weights behind the curve that led to those.

    ``vocabulary_size``: of those. A run that was put there before, or a part of it, counts once.
    """
    counted = ("step", "seconds", "target_tokens")

    def measured(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: value for name, value in line.items() if name not in counted} for line in lines]

    old = before["curve"]
    own = next(i for i in range(len(old) + 1) if measured(old[i:]) == measured(run["curve"][: len(old) - i]))
    if not own:
        return run
    further = [line | {name: line[name] + old[own - 1][name] for name in counted} for line in run["curve"]]
    read = {"target_tokens": old[own - 1]["target_tokens"], "vocabulary_size": vocabulary_size}
    # The earliest runs did not write down what they read; what this run read may stand there already.
    texts = [one for one in before.get("texts", []) if one["target_tokens"] <= read["target_tokens"]] or [read]
    texts += [one | {"target_tokens": one["target_tokens"] + read["target_tokens"]} for one in run["texts"]]
    # a run that read on in the same text, in the same tokens, is no stage of its own
    ended = [one for one, after in pairwise(texts) if {**one, "target_tokens": 0} != {**after, "target_tokens": 0}]
    return run | {"curve": old[:own] + further, "texts": [*ended, texts[-1]]}


def evaluate(weights: Path, data: Path, *, heads: bool = True, ablation: bool = True) -> dict[str, Any]:
    """Measure the model in ``weights`` on the texts in ``data``; a folder of another name holds a translator."""
    name = weights.resolve().name
    row = find(name) or row_of("translator")
    recipe = RECIPES[row.name]
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {what}", flush=True)

    say(f"{name}: translation")
    network, tokenizer = load_network(row.name, weights)
    dev, test = recipe.sets(data)
    scores = translation_scores(network, tokenizer, dev, test, recipe.flores(data))
    result: dict[str, Any] = {
        "model": description(weights, network),
        "translation": scores,
        "examples": examples(network, tokenizer, recipe.examples),
        "class_examples": examples(network, tokenizer, recipe.class_examples()),
    }
    say(f"test BLEU {scores['test']['BLEU']}, dev {scores['dev']['BLEU']}")
    if isinstance(network, Transformer) and row.reads == "en" and heads:
        result |= head_findings(Checkpoint(network, tokenizer), weights, data)
        say(f"{result['treebank']['beating_offset']} of 12 relations beat the best offset")
    if isinstance(network, Transformer) and row.measured and ablation:
        result["ablation"] = importance(wrap(name, network, tokenizer), dev[:N_ABLATED])
    say("done")
    return result


def head_findings(checkpoint: Checkpoint, weights: Path, data: Path) -> dict[str, Any]:
    """Measure what each head does, beside untrained models of the same shape."""
    model, tokenizer = checkpoint
    controls = [untrained(weights, seed).transformer for seed in range(N_UNTRAINED)]
    trees = read_trees(data / "pud.conllu.gz")
    batches = batches_of(tokenizer, [tree.words for tree in trees])
    return {
        "treebank": head_scores(model, controls, batches, arcs_of(trees)),
        "links": link_report(model, controls, tokenizer),
        "opening": opening_report(controls, tokenizer),
    }


def description(weights: Path, network: Network) -> dict[str, Any]:
    """Return shape, number of parameters, size and sum of the file."""
    path = weights / "model.safetensors"
    return {
        "name": weights.resolve().name,
        "config": network.config.to_dict(),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "bytes": path.stat().st_size,
        "sha256": sha256_of(path),
        "translators_tokens": sha256_of(weights / "tokenizer.json") == sha256_of(WEIGHTS / "translator/tokenizer.json"),
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--run", type=Path, help="--out of training.train; absent: the curve measured before is kept")
    parser.add_argument("--continues", action="store_true", help="the run started from the weights measured before")
    parser.add_argument("--without-heads", action="store_true", help="leave out what each head does: minutes")
    parser.add_argument("--without-ablation", action="store_true", help="leave out what each head is worth: minutes")
    parser.add_argument("--machine", default="a machine that was not recorded", help="said in the card, in words")
    parser.add_argument("--command", default="", help="how training was started, quoted in the card")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    path = arguments.weights / "evaluation.json"
    whole = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    before = whole.get("training")
    if arguments.run:
        run = training_run(arguments.run, arguments.machine, arguments.command)
        if arguments.continues and before:
            run = continued(before, run, whole["model"]["config"]["vocabulary_size"])
    elif before:
        run = before
    else:
        parser.error(f"no learning curve was measured before in {path}: give --run, the --out of training.train")
    parts = {"heads": not arguments.without_heads, "ablation": not arguments.without_ablation}
    found = evaluate(arguments.weights, arguments.data, **parts)
    result = found | {"training": run}
    path.write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    write_card(arguments.weights)


if __name__ == "__main__":
    main()
