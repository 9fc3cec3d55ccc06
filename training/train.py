"""Trains a model: ``python -m training.train --model translator --data FOLDER --out FOLDER --minutes 120``.

Translation (label smoothing .1); for Transformers also, on the encoder alone, masked words (weight .5),
which give the encoder its positional and syntactic heads. Stops when the minutes are used up; the same
command with more minutes goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from attnviz.concepts.schedule import learning_rate_factor
from attnviz.model.masks import padding_mask
from attnviz.model.transformer import PAD_ID, Transformer
from training.bleu import bleu
from training.corpus import Pair
from training.dropout import pool_dropout
from training.loss import linear_cross_entropy
from training.recipes import RECIPES, Recipe, load_network, network_of
from training.state import Network, State
from training.text import IGNORED, Text
from training.tokenizer import made_of, train_tokenizer


def translation_loss(model: Network, source: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of the next target token, label smoothing .1."""
    hidden = model.hidden(source, target[:, :-1])
    real = target[:, 1:] != PAD_ID
    return linear_cross_entropy(hidden[real], model.embedding.weight, target[:, 1:][real], 0.1)


def masked_word_loss(model: Transformer, source: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy of the hidden tokens, found through the shared embedding."""
    hidden = model.encode(source, padding_mask(source, PAD_ID)).hidden
    asked = wanted != IGNORED
    return linear_cross_entropy(hidden[asked], model.embedding.weight, wanted[asked])


def threads_to_use() -> int:
    """One thread while the machine has other work, all cores while it is idle."""
    cores = os.cpu_count() or 1
    others = os.getloadavg()[0] - torch.get_num_threads()
    return max(1, min(cores, round(cores - max(0.0, others))))


def begin(arguments: argparse.Namespace, recipe: Recipe, out: Path) -> tuple[State, Tokenizer, Text]:
    """Make or load everything that training goes on from."""
    resumed = (out / "state.safetensors").exists()
    seed = arguments.seed + (int(time.time()) if resumed else 0)
    torch.manual_seed(seed)
    text = recipe.text(Path(arguments.data), seed)
    if (out / "tokenizer.json").exists():
        tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    elif recipe.tokenizer_of:
        tokenizer = Tokenizer.from_file(str(recipe.tokenizer_of / "tokenizer.json"))
    else:
        tokenizer = train_tokenizer(text.tokenizer_text(), arguments.vocabulary_size or recipe.vocabulary_size)
    tokenizer.save(str(out / "tokenizer.json"))
    (out / "text.json").write_text(json.dumps(text.told(), indent=2) + "\n", encoding="utf-8")
    network = network_of(recipe.config(tokenizer.get_vocab_size()))
    (out / "config.json").write_text(json.dumps(network.config.to_dict(), indent=2) + "\n")
    state = State(network, arguments.average)
    if arguments.start_from and not resumed:
        shipped, its_tokenizer = load_network(arguments.model, Path(arguments.start_from))
        state.begin_with(shipped, made_of(tokenizer, its_tokenizer))
    if resumed:
        state.load(out)
    return state, tokenizer, text


def train(arguments: argparse.Namespace) -> None:
    """Train until the minutes are used up, saving and measuring on the way."""
    out, recipe = Path(arguments.out), RECIPES[arguments.model]
    out.mkdir(parents=True, exist_ok=True)
    state, tokenizer, text = begin(arguments, recipe, out)
    counters = state.counters
    translation = text.translation(tokenizer, lambda: batch_tokens(counters["target_tokens"], arguments))
    masked_words = text.masked_words(tokenizer, int(arguments.tokens * 0.5))
    recent: list[tuple[float, float]] = []
    pool_dropout(state.model)
    state.model.train()
    while (done := progress(counters, arguments)) < 1:
        started, used = time.monotonic(), time.process_time()
        if counters["step"] % 20 == 0:
            torch.set_num_threads(arguments.threads or threads_to_use())
        state.set_rate(arguments.rate * learning_rate_factor(int(counters["step"]), done))
        source, target = next(translation)
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bf16):
            translated = translation_loss(state.model, source, target)
            found = torch.zeros(())
            if isinstance(state.model, Transformer):
                found = masked_word_loss(state.model, *next(masked_words))
        (translated + 0.5 * found).backward()
        state.update()
        recent.append((translated.item(), found.item()))
        counters["step"] += 1
        counters["target_tokens"] += int((target[:, 1:] != PAD_ID).sum())
        counters["seconds"] += time.monotonic() - started
        counters["core_seconds"] += time.process_time() - used
        if counters["step"] % arguments.every == 0 or progress(counters, arguments) >= 1:
            report(state, tokenizer, text.dev[:300], recent, out)
            recent = []


def batch_tokens(read: float, arguments: argparse.Namespace) -> int:
    """Return the tokens of a batch: small ones teach more a token at first, large ones read faster."""
    early = not arguments.start_from and read < 2e6
    return int(arguments.tokens) // 2 if early else int(arguments.tokens)


def progress(counters: dict[str, float], arguments: argparse.Namespace) -> float:
    """Return which share of the time is used up, or of the text where that is limited too."""
    read: float = counters["target_tokens"] / (arguments.million_tokens * 1e6) if arguments.million_tokens else 0
    used: float = counters["seconds"] / (arguments.minutes * 60)
    return max(used, read)


def report(state: State, tokenizer: Tokenizer, pairs: list[Pair], recent: list[tuple[float, float]], out: Path) -> None:
    """Append one line to the learning curve and save the state."""
    averaged = network_of(state.model.config).eval()
    averaged.load_state_dict(state.average)
    translated, found = (sum(values) / len(values) for values in zip(*recent, strict=True))
    line = {
        **state.counters,
        "translation_loss": round(translated, 3),
        "masked_word_loss": round(found, 3),
        "dev_bleu_300": bleu(averaged, tokenizer, pairs),
        "threads": torch.get_num_threads(),
        "tokens_a_core_second": round(state.counters["target_tokens"] / max(1.0, state.counters["core_seconds"])),
    }
    with (out / "curve.jsonl").open("a") as curve:
        curve.write(json.dumps(line) + "\n")
    print(line, flush=True)
    state.save(out)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=tuple(RECIPES), default="translator")
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, help="checkpoints, outside the repository")
    parser.add_argument("--minutes", type=float, required=True, help="training time in all, earlier runs included")
    parser.add_argument("--million-tokens", type=float, help="target tokens to read in all; stops there at the latest")
    parser.add_argument("--start-from", help="shipped weights to go on from, when --out holds no checkpoint yet")
    parser.add_argument("--threads", type=int, default=0, help="0: one while the machine is busy, else all cores")
    parser.add_argument("--tokens", type=int, default=4800, help="tokens a batch, half of it at first")
    parser.add_argument(
        "--bf16", action="store_true", help="bfloat16 products: 1.8 times as fast on one AVX512-BF16 core"
    )
    parser.add_argument("--vocabulary-size", type=int, help="default: the recipe's")
    parser.add_argument("--average", type=float, default=0.998, help="decay of the running average of the parameters")
    parser.add_argument(
        "--rate",
        type=float,
        default=1.0,
        help="share of the usual learning rate: with a lower one, weights that were shipped lose less at first",
    )
    parser.add_argument("--every", type=int, default=400, help="steps between measurements")
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
