"""Trains the translator: ``python -m training.train --data FOLDER --out FOLDER --minutes 120``.

Translation (label smoothing .1) and, on the encoder alone, masked words (weight .5): the second
gives the encoder its positional and syntactic heads. Stops when the minutes are used up; the same
command with more minutes goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from attnviz.concepts.schedule import learning_rate_factor
from attnviz.model.checkpoint import load_checkpoint
from attnviz.model.config import Config
from attnviz.model.masks import padding_mask
from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID, Transformer
from training.bleu import bleu
from training.corpus import batches, encode, joined, padded, read_pairs, read_sentences, spread
from training.muon import Muon
from training.tokenizer import train_tokenizer

IGNORED = -100  # cross_entropy's own mark for "no target here"


class Corpus:
    """The training text and endless streams of batches from it."""

    def __init__(self, data: Path, seed: int) -> None:
        """Read all files of ``data`` that the translator learns from."""
        self.chance = random.Random(seed)
        self.everyday = read_pairs(data / "tatoeba.train.en-de.tsv.gz")
        self.bible = read_pairs(data / "bible.bsb-germenge.en-de.tsv.gz")
        self.formal = read_sentences(data / "europarlmin.en.txt.gz")

    def tokenizer_text(self) -> Iterator[str]:
        """Yield the text that the tokenizer's merges are learned from."""
        for pair in self.everyday:
            yield from (spread(sentence, self.chance) for sentence in pair)
        for pair in self.bible[::4]:
            yield from (spread(sentence, self.chance) for sentence in pair)
        yield from (spread(sentence, self.chance) for sentence in self.formal[::3])

    def translation(self, tokenizer: Tokenizer, tokens: int, bible_share: float) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (source, target) batches for ever."""
        while True:
            self.chance.shuffle(self.everyday)
            pairs = joined(self.everyday, 0.15, self.chance)
            pairs += self.chance.sample(self.bible, int(bible_share * len(self.bible)))
            sources = encode(tokenizer, [spread(source, self.chance) for source, _ in pairs])
            targets = encode(tokenizer, [target for _, target in pairs])
            kept = [row for row in range(len(pairs)) if len(sources[row]) <= 110 and len(targets[row]) <= 110]
            yield from batches([sources[row] for row in kept], [targets[row] for row in kept], tokens, self.chance)

    def masked_words(self, tokenizer: Tokenizer, tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (source with masks, tokens to find) for ever; IGNORED where nothing is to be found."""
        while True:
            text = self.chance.sample(self.formal, 24000)
            text += [source for source, _ in self.chance.sample(self.everyday, 24000)]
            text += [source for source, _ in self.chance.sample(self.bible, 4000)]
            rows = [row[:110] for row in encode(tokenizer, [spread(sentence, self.chance) for sentence in text])]
            rows.sort(key=len)
            groups: list[list[list[int]]] = [[]]
            for row in rows:
                if groups[-1] and (len(row) + 1) * (len(groups[-1]) + 1) > tokens:
                    groups.append([])
                groups[-1].append([*row, END_ID])
            self.chance.shuffle(groups)
            for group in groups:
                yield hide_tokens(padded(group), tokenizer.get_vocab_size())


def hide_tokens(source: Tensor, vocabulary_size: int) -> tuple[Tensor, Tensor]:
    """Hide 15 % of the tokens: 80 % of these become the mask, 10 % a random token, 10 % stay."""
    hidden = (torch.rand(source.shape) < 0.15) & (source != PAD_ID) & (source != END_ID)
    wanted = source.masked_fill(~hidden, IGNORED)
    kind = torch.rand(source.shape)
    source = source.masked_fill(hidden & (kind < 0.8), MASK_ID)
    random_token = torch.randint(MASK_ID + 1, vocabulary_size, source.shape)
    return torch.where(hidden & (kind > 0.9), random_token, source), wanted


def translation_loss(model: Transformer, source: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of the next target token, label smoothing .1."""
    source_mask = padding_mask(source, PAD_ID)
    memory = model.encode(source, source_mask).hidden
    hidden = model.decode(target[:, :-1], memory, source_mask).hidden
    real = target[:, 1:] != PAD_ID
    return F.cross_entropy(model.logits(hidden[real]), target[:, 1:][real], label_smoothing=0.1)


def masked_word_loss(model: Transformer, source: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy of the hidden tokens, found through the shared embedding."""
    hidden = model.encode(source, padding_mask(source, PAD_ID)).hidden
    asked = wanted != IGNORED
    return F.cross_entropy(model.logits(hidden[asked]), wanted[asked])


def threads_to_use() -> int:
    """One thread while the machine has other work, all cores while it is idle."""
    cores = os.cpu_count() or 1
    others = os.getloadavg()[0] - torch.get_num_threads()
    return max(1, min(cores, round(cores - max(0.0, others))))


class State:
    """Model, running average of its parameters, optimisers and counters; saved without pickle."""

    def __init__(self, config: Config, optimiser: str, average: float) -> None:
        """Start from random parameters."""
        self.model = Transformer(config)
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.average_decay = average
        matrices = [p for n, p in self.model.named_parameters() if p.dim() == 2 and n != "embedding.weight"]
        if optimiser == "adam":
            matrices = []
        inside = {id(parameter) for parameter in matrices}
        others = [parameter for parameter in self.model.parameters() if id(parameter) not in inside]
        adam = torch.optim.Adam(others, lr=1.5e-3, betas=(0.9, 0.98), eps=1e-9)
        self.optimisers: list[torch.optim.Optimizer] = [adam]
        if matrices:
            self.optimisers.append(Muon(matrices, lr=0.015))
        self.peaks = [optimiser.param_groups[0]["lr"] for optimiser in self.optimisers]
        self.counters: dict[str, float] = {"step": 0, "seconds": 0.0, "target_tokens": 0}

    def begin_with(self, transformer: Transformer) -> None:
        """Start from another model's parameters instead of random ones."""
        self.model.load_state_dict(transformer.state_dict())
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}

    def set_rate(self, factor: float) -> None:
        """Scale each optimiser's peak learning rate."""
        for optimiser, peak in zip(self.optimisers, self.peaks, strict=True):
            optimiser.param_groups[0]["lr"] = peak * factor

    def update(self) -> None:
        """Take one step of each optimiser and move the running average."""
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        decay = min(self.average_decay, (self.counters["step"] + 1) / (self.counters["step"] + 10))
        for name, value in self.model.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)

    def save(self, folder: Path) -> None:
        """Write everything that is needed to go on."""
        tensors = {f"model/{name}": value.contiguous() for name, value in self.model.state_dict().items()}
        tensors |= {f"average/{name}": value.contiguous() for name, value in self.average.items()}
        for index, optimiser in enumerate(self.optimisers):
            for parameter, values in optimiser.state_dict()["state"].items():
                tensors |= {f"optimiser/{index}/{parameter}/{name}": value for name, value in values.items()}
        save_file(tensors, folder / "state.new")
        (folder / "state.new").replace(folder / "state.safetensors")
        (folder / "counters.json").write_text(json.dumps(self.counters))

    def load(self, folder: Path) -> None:
        """Go on from what :meth:`save` wrote."""
        tensors = load_file(folder / "state.safetensors")
        self.model.load_state_dict({n[6:]: v for n, v in tensors.items() if n.startswith("model/")})
        self.average = {n[8:]: v for n, v in tensors.items() if n.startswith("average/")}
        for index, optimiser in enumerate(self.optimisers):
            saved = optimiser.state_dict()
            for name, value in tensors.items():
                if name.startswith(f"optimiser/{index}/"):
                    parameter, field = name.split("/")[2:]
                    saved["state"].setdefault(int(parameter), {})[field] = value
            optimiser.load_state_dict(saved)
        self.counters = json.loads((folder / "counters.json").read_text())


def train(arguments: argparse.Namespace) -> None:
    """Train until the minutes are used up, saving and measuring on the way."""
    data, out = Path(arguments.data), Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    resumed = (out / "state.safetensors").exists()
    seed = arguments.seed + (int(time.time()) if resumed else 0)
    torch.manual_seed(seed)
    corpus = Corpus(data, seed)
    start = load_checkpoint(Path(arguments.start_from)) if arguments.start_from and not resumed else None
    if start:
        tokenizer = start.tokenizer
    elif (out / "tokenizer.json").exists():
        tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    else:
        tokenizer = train_tokenizer(corpus.tokenizer_text(), arguments.vocabulary_size)
    tokenizer.save(str(out / "tokenizer.json"))
    config = Config(
        vocabulary_size=tokenizer.get_vocab_size(), dropout=arguments.dropout, norm_first=not arguments.post_norm
    )
    (out / "config.json").write_text(json.dumps(config.to_dict(), indent=2) + "\n")
    state = State(config, arguments.optimiser, arguments.average)
    if start:
        state.begin_with(start.transformer)
    if resumed:
        state.load(out)
    pairs = read_pairs(data / "tatoeba.dev.en-de.tsv.gz")[:300]
    translation = corpus.translation(tokenizer, arguments.tokens, arguments.bible_share)
    masked_words = corpus.masked_words(tokenizer, int(arguments.tokens * 0.6))
    budget, counters = arguments.minutes * 60, state.counters
    recent: list[tuple[float, float]] = []
    state.model.train()
    while counters["seconds"] < budget:
        started = time.monotonic()
        if counters["step"] % 20 == 0:
            torch.set_num_threads(arguments.threads or threads_to_use())
        state.set_rate(learning_rate_factor(int(counters["step"]), counters["seconds"] / budget))
        source, target = next(translation)
        translated = translation_loss(state.model, source, target)
        found = masked_word_loss(state.model, *next(masked_words))
        (translated + 0.5 * found).backward()
        torch.nn.utils.clip_grad_norm_(state.model.parameters(), 1.0 if len(state.optimisers) == 1 else math.inf)
        state.update()
        recent.append((translated.item(), found.item()))
        counters["step"] += 1
        counters["target_tokens"] += int((target[:, 1:] != PAD_ID).sum())
        counters["seconds"] += time.monotonic() - started
        if counters["step"] % arguments.every == 0 or counters["seconds"] >= budget:
            report(state, tokenizer, pairs, recent, out)
            recent = []


def report(
    state: State, tokenizer: Tokenizer, pairs: list[tuple[str, str]], recent: list[tuple[float, float]], out: Path
) -> None:
    """Append one line to the learning curve and save the state."""
    averaged = Transformer(state.model.config).eval()
    averaged.load_state_dict(state.average)
    translated, found = (sum(values) / len(values) for values in zip(*recent, strict=True))
    line = {
        **state.counters,
        "translation_loss": round(translated, 3),
        "masked_word_loss": round(found, 3),
        "dev_bleu_300": round(bleu(averaged, tokenizer, pairs).score, 2),
        "threads": torch.get_num_threads(),
    }
    with (out / "curve.jsonl").open("a") as curve:
        curve.write(json.dumps(line) + "\n")
    print(line, flush=True)
    state.save(out)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, help="checkpoints, outside the repository")
    parser.add_argument("--minutes", type=float, required=True, help="training time in all, earlier runs included")
    parser.add_argument("--start-from", help="shipped weights to go on from, when --out holds no checkpoint yet")
    parser.add_argument("--threads", type=int, default=0, help="0: one while the machine is busy, else all cores")
    parser.add_argument("--tokens", type=int, default=2400, help="tokens a batch")
    parser.add_argument("--vocabulary-size", type=int, default=8000)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--average", type=float, default=0.998, help="decay of the running average of the parameters")
    parser.add_argument("--bible-share", type=float, default=0.1)
    parser.add_argument("--optimiser", choices=("muon", "adam"), default="muon")
    parser.add_argument("--post-norm", action="store_true")
    parser.add_argument("--every", type=int, default=400, help="steps between measurements")
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
