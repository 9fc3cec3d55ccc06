"""Batching, joining, setting apart and hiding of training text; card and export."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from attnviz.model.checkpoint import load_checkpoint
from attnviz.model.config import Config
from attnviz.model.transformer import END_ID, MASK_ID, PAD_ID, START_ID, Transformer
from training.corpus import batches, encode, joined, padded, read_pairs, spread
from training.export import export
from training.markdown import literal, number
from training.text import IGNORED, hide_tokens
from training.tokenizer import train_tokenizer

DATA = Path(os.environ.get("DATA") or Path(__file__).parents[3] / "shared" / "data")
needs_text = pytest.mark.skipif(
    not (DATA / "tatoeba.train.en-de.tsv.gz").is_file(),
    reason=f"no corpora in {DATA} (set DATA; see training/README.md)",
)


class Chance(random.Random):
    """Chance that always comes out the same."""

    def __init__(self, value: float) -> None:
        """Always return ``value``."""
        super().__init__(0)
        self.value = value

    def random(self) -> float:
        """Return the value."""
        return self.value


def test_batches_hold_every_pair_once() -> None:
    """Nothing is lost, doubled or mixed up, and source and target stay together."""
    chance = random.Random(0)
    sources = [[10 + row] * chance.randint(1, 20) for row in range(300)]
    targets = [[10 + row] * chance.randint(1, 20) for row in range(300)]
    seen: Counter[int] = Counter()
    for source, target in batches(sources, targets, 200, random.Random(1)):
        assert len(source) == len(target)
        for left, right in zip(source.tolist(), target.tolist(), strict=True):
            ids = [token for token in left if token != PAD_ID]
            out = [token for token in right if token != PAD_ID]
            row = ids[0] - 10
            assert ids == [*sources[row], END_ID]
            assert out == [START_ID, *targets[row], END_ID]
            seen[row] += 1
    assert seen == Counter(range(300))


def test_batches_stay_within_the_token_budget() -> None:
    """Rows times the longer side's width, end token included, is at most the budget."""
    chance = random.Random(0)
    sources = [[7] * chance.randint(1, 60) for _ in range(400)]
    targets = [[7] * chance.randint(1, 60) for _ in range(400)]
    sizes = []
    for source, target in batches(sources, targets, 500, random.Random(1)):
        width = max(source.shape[1], target.shape[1] - 1)
        assert len(source) * width <= 500
        sizes.append(source.shape[1])
    assert sizes != sorted(sizes), "batches must come in random order"


def test_padded() -> None:
    """Rows are filled up at the end."""
    assert padded([[4, 5], [6]]).tolist() == [[4, 5], [6, PAD_ID]]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_joined_keeps_all_text_in_order(share: float) -> None:
    """Joining loses no sentence, and joins source and target alike."""
    pairs = [(f"s{row}", f"t{row}") for row in range(100)]
    result = joined(pairs, share, random.Random(0))
    assert " ".join(source for source, _ in result) == " ".join(source for source, _ in pairs)
    assert [target.replace("t", "s") for _, target in result] == [source for source, _ in result]
    assert len(result) == 100 if share == 0 else len(result) < 100


def test_spread_sets_punctuation_and_clitics_apart() -> None:
    """Always at chance 0, never at chance 1; numbers stay whole."""
    assert spread("I didn't pay 3.50, he's late.", Chance(0.0)) == "I did n't pay 3.50 , he 's late ."
    assert spread("I didn't pay, he's late.", Chance(1.0)) == "I didn't pay, he's late."
    assert spread("He didn't go.", Chance(0.0)).replace(" ", "") == "Hedidn'tgo."


def test_hide_tokens_hides_a_share_and_says_what_was_there() -> None:
    """About 15 % are asked for; of these 80 % masked, 10 % random, 10 % kept; nothing else changes."""
    torch.manual_seed(0)
    source = torch.randint(MASK_ID + 1, 500, (200, 101))
    source[:, -1] = END_ID
    source[::2, -20:] = PAD_ID
    hidden, wanted = hide_tokens(source, 500)
    asked = wanted != IGNORED
    assert torch.equal(wanted[asked], source[asked])
    assert torch.equal(hidden[~asked], source[~asked])
    assert not asked[(source == PAD_ID) | (source == END_ID)].any()
    real = (source != PAD_ID) & (source != END_ID)
    assert 0.13 < (asked.sum() / real.sum()).item() < 0.17
    assert 0.75 < (hidden[asked] == MASK_ID).float().mean().item() < 0.85
    assert 0.06 < (hidden[asked] == source[asked]).float().mean().item() < 0.14
    assert hidden[asked].min() >= MASK_ID


def test_numbers_as_people_write_them() -> None:
    """No zero before the point, one where the number is one, text shown literally."""
    assert [number(value) for value in (0.825, -0.07, 1.0, 0.0, None)] == [".82", "-.07", "1.00", ".00", "–"]
    assert literal("a|b*") == "a\\|b\\*"


def test_export_ships_the_average_in_half_precision(tmp_path: Path) -> None:
    """The exported model has the average's numbers, not the model's, and loads."""
    tokenizer = train_tokenizer(["the cat sat on the mat", "die Katze"], 280)
    config = Config(tokenizer.get_vocab_size(), 16, 2, 1, 1, 32)
    model, average = Transformer(config), Transformer(config)
    state = {f"model/{name}": value for name, value in model.state_dict().items()}
    state |= {f"average/{name}": value for name, value in average.state_dict().items()}
    save_file({name: value.clone() for name, value in state.items()}, tmp_path / "state.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(config.to_dict()))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    size = export(tmp_path, tmp_path / "shipped")
    assert size == (tmp_path / "shipped" / "model.safetensors").stat().st_size / 1e6
    loaded = load_checkpoint(tmp_path / "shipped")
    for name, value in average.state_dict().items():
        assert torch.equal(loaded.transformer.state_dict()[name], value.half().float())
    assert encode(loaded.tokenizer, ["the cat"]) == encode(tokenizer, ["the cat"])


@needs_text
def test_no_test_pair_is_trained_on() -> None:
    """No source and no target of the development and test sets is in the training file."""
    train = read_pairs(DATA / "tatoeba.train.en-de.tsv.gz")
    for side in (0, 1):
        seen = {pair[side] for pair in train}
        for part, count in (("dev", 1000), ("test", 2000)):
            pairs = read_pairs(DATA / f"tatoeba.{part}.en-de.tsv.gz")
            assert len(pairs) == count
            assert not seen & {pair[side] for pair in pairs}
