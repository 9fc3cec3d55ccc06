"""Measures shipped weights: ``python -m training.evaluate --weights FOLDER --data FOLDER --run FOLDER``.

Writes evaluation.json and MODEL_CARD.md into the weights folder. Scores, heads, relations and
links are those of the half-precision file as it is shipped, computed in float32.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from safetensors import safe_open
from tokenizers import Tokenizer

from attnviz.model.checkpoint import Checkpoint, load_checkpoint, sha256_of, untrained
from attnviz.model.transformer import Transformer
from attnviz.trace.words import split_words
from training.bleu import scores_with_signatures, translations
from training.card import write_card
from training.corpus import Pair, encode, read_pairs
from training.heads import Statistics, decoder_statistics, encoder_statistics, pointers
from training.links import EXAMPLES, link_report, longest_repeat
from training.opening import opening_report
from training.relations import Arcs, arcs_of, head_accuracies, relation_report
from training.treebank import Batch, batches_of, read_trees

N_UNTRAINED = 20
N_DECODED = 200  # treebank sentences that are translated for the decoder's heads
LENGTHS = ((1, 5), (6, 8), (9, 12), (13, 18), (19, 1000))  # source words, punctuation marks included


def scored(hypotheses: list[str], pairs: list[Pair]) -> dict[str, Any]:
    """BLEU and chrF with their signatures, of translations that are there already."""
    result: dict[str, Any] = {"pairs": len(pairs)}
    for name, metric in (("BLEU", BLEU()), ("chrF", CHRF())):
        result[name] = round(metric.corpus_score(hypotheses, [[target for _, target in pairs]]).score, 2)
        result[f"{name} signature"] = str(metric.get_signature())
    return result


def translation_scores(model: Transformer, tokenizer: Tokenizer, data: Path) -> dict[str, Any]:
    """Score the development and test sets, the first 300 test pairs, and the test pairs of each length."""
    pairs = read_pairs(data / "tatoeba.test.en-de.tsv.gz")
    hypotheses = translations(model, tokenizer, [source for source, _ in pairs])
    by_length = []
    lengths = [len(split_words(source)) for source, _ in pairs]
    for shortest, longest in LENGTHS:
        rows = [row for row, length in enumerate(lengths) if shortest <= length <= longest]
        if rows:
            score = scored([hypotheses[row] for row in rows], [pairs[row] for row in rows])
            words = [shortest, longest if longest < LENGTHS[-1][1] else None]
            by_length.append({"words": words} | {name: score[name] for name in ("pairs", "BLEU", "chrF")})
    return {
        "test": scored(hypotheses, pairs),
        "dev": scores_with_signatures(model, tokenizer, read_pairs(data / "tatoeba.dev.en-de.tsv.gz")),
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


def examples(model: Transformer, tokenizer: Tokenizer) -> list[dict[str, Any]]:
    """Translate the example sentences and count repetitions."""
    result = []
    for source, target in zip(EXAMPLES, translations(model, tokenizer, list(EXAMPLES)), strict=True):
        repeats = longest_repeat(encode(tokenizer, [target])[0])
        result.append({"source": source, "translation": target, "longest_repeat": repeats})
    return result


def training_run(run: Path, machine: str, command: str) -> dict[str, Any]:
    """Read the learning curve and which optimiser kept a state of its own for matrices."""
    lines = (run / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    with safe_open(run / "state.safetensors", framework="pt") as tensors:
        muon = any(name.startswith("optimiser/1/") for name in tensors.keys())  # noqa: SIM118 (no mapping)
    curve = [json.loads(line) for line in lines]
    return {"curve": curve, "optimiser": "muon" if muon else "adam", "machine": machine, "command": command}


def evaluate(weights: Path, data: Path) -> dict[str, Any]:
    """Measure the model in ``weights`` on the texts in ``data``."""
    model, tokenizer = load_checkpoint(weights)
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {what}", flush=True)

    say("translation")
    scores = translation_scores(model, tokenizer, data)
    say(f"test BLEU {scores['test']['BLEU']}, dev {scores['dev']['BLEU']}; heads")
    controls = [untrained(weights, seed).transformer for seed in range(N_UNTRAINED)]
    trees = read_trees(data / "pud.conllu.gz")
    batches = batches_of(tokenizer, [tree.words for tree in trees])
    treebank = head_scores(model, controls, batches, arcs_of(trees))
    say(f"{treebank['beating_offset']} of 12 relations beat the best offset; links and examples")
    result = {
        "model": description(weights, Checkpoint(model, tokenizer)),
        "translation": scores,
        "treebank": treebank,
        "links": link_report(model, controls, tokenizer),
        "opening": opening_report(controls, tokenizer),
        "examples": examples(model, tokenizer),
    }
    say("done")
    return result


def description(weights: Path, checkpoint: Checkpoint) -> dict[str, Any]:
    """Return shape, number of parameters, size and sum of the file."""
    path = weights / "model.safetensors"
    return {
        "name": weights.resolve().name,
        "config": checkpoint.transformer.config.to_dict(),
        "parameters": sum(parameter.numel() for parameter in checkpoint.transformer.parameters()),
        "bytes": path.stat().st_size,
        "sha256": sha256_of(path),
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--run", type=Path, help="--out of training.train; absent: the curve measured before is kept")
    parser.add_argument("--machine", default="a machine that was not recorded", help="said in the card, in words")
    parser.add_argument("--command", default="", help="how training was started, quoted in the card")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    path = arguments.weights / "evaluation.json"
    if arguments.run and (arguments.run / "curve.jsonl").is_file():
        run = training_run(arguments.run, arguments.machine, arguments.command)
    elif path.is_file():
        run = json.loads(path.read_text(encoding="utf-8"))["training"]
    else:
        parser.error(f"no curve.jsonl in {arguments.run}, and none measured before in {path}")
    result = evaluate(arguments.weights, arguments.data) | {"training": run}
    path.write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    write_card(arguments.weights)


if __name__ == "__main__":
    main()
