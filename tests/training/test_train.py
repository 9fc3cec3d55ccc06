"""Training of every recipe, on a handful of sentences: it learns, stops, and goes on where it stopped."""

import argparse
import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from attnviz.model.config import Config
from attnviz.model.recurrent import RecurrentConfig
from training import train
from training.export import export
from training.recipes import RECIPES, load_network, network_of
from training.state import State
from training.text import korean_split
from training.tokenizer import train_tokenizer

WORDS = ("cat", "dog", "house", "tree", "river", "school", "bird", "road")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that a recipe reads, of our own sentences."""
    folder = tmp_path_factory.mktemp("texts")
    chance = random.Random(0)

    def write(name: str, lines: list[str]) -> None:
        (folder / name).write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))

    def sentence() -> str:
        return f"the {chance.choice(WORDS)} sees number {chance.randrange(1000)} and the {chance.choice(WORDS)}"

    extra = ("extra.everyday.en-de", "extra.wiki.en-de", "extra.words.en-de", "extra.docs.en-de")
    for name in ("tatoeba.train.en-de", "tatoeba.dev.en-de", "tatoeba.test.en-de", "bible.bsb-germenge.en-de", *extra):
        write(f"{name}.tsv.gz", [f"{text}\t{text.upper()}" for text in (sentence() for _ in range(60))])
    write("europarlmin.en.txt.gz", [f"{sentence()}." for _ in range(40)])
    write("chatbot.ko.txt.gz", [sentence() for _ in range(40)])
    extra = ("stylekqc.en-ko", "extra.everyday.en-ko", "extra.words.en-ko", "extra.docs.en-ko")
    for name, count in (
        ("tatoeba.en-ko", 900),
        *((name, 60) for name in ("python-docs.en-ko", "bible.bsb-korrv.en-ko", *extra)),
    ):
        write(f"{name}.tsv.gz", [f"{text}\t{text.title()}" for text in (sentence() for _ in range(count))])
    return folder


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tokenizer.json, as that of shipped weights."""
    folder = tmp_path_factory.mktemp("tokens")
    train_tokenizer([f"the {word} sees number and" for word in WORDS], 300).save(str(folder / "tokenizer.json"))
    return folder


def small(name: str, tokens: Path) -> object:
    """The recipe of a model, of a size that learns in a second."""
    recipe = RECIPES[name]
    config = recipe.config(300)
    if isinstance(config, RecurrentConfig):
        tiny: Config | RecurrentConfig = replace(config, d_model=16, d_hidden=24)
    else:
        tiny = Config(300, 16, config.n_heads if config.n_heads == 1 else 2, 1, 1, 32)
    own = recipe.tokenizer_of and tokens
    return replace(recipe, config=lambda size: replace(tiny, vocabulary_size=size), tokenizer_of=own)


def run(monkeypatch: pytest.MonkeyPatch, name: str, texts: Path, out: Path, *more: str) -> list[dict[str, float]]:
    arguments = ["--model", name, "--data", str(texts), "--out", str(out), "--threads", "1", "--every", "2"]
    monkeypatch.setattr("sys.argv", ["train", *arguments, "--tokens", "300", "--vocabulary-size", "300", *more])
    train.main()
    return [json.loads(line) for line in (out / "curve.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", list(RECIPES))
def test_every_recipe_trains_goes_on_and_ships(
    name: str, texts: Path, tokens: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, name, small(name, tokens))
    out = tmp_path / "run"
    curve = run(monkeypatch, name, texts, out, "--minutes", "60", "--million-tokens", "0.001")
    assert curve[-1]["target_tokens"] >= 1000 > curve[-1]["target_tokens"] - 400
    assert (curve[-1]["masked_word_loss"] > 0) == (not name.startswith("recurrent"))
    longer = run(monkeypatch, name, texts, out, "--minutes", "60", "--million-tokens", "0.002")
    assert longer[: len(curve)] == curve
    for counter in ("step", "seconds", "target_tokens"):
        counted = [line[counter] for line in longer]
        assert counted == sorted(set(counted))
    export(out, tmp_path / name)
    loaded = load_network(name, tmp_path / name)
    average = load_file(out / "state.safetensors")
    for tensor, value in loaded[0].state_dict().items():
        assert torch.equal(value, average[f"average/{tensor}"].half().float())
    still = ("--start-from", str(tmp_path / name), "--rate", "0")
    begun = run(monkeypatch, name, texts, tmp_path / "next", "--minutes", "60", "--million-tokens", "0.001", *still)
    assert begun[0]["translation_loss"] < curve[0]["translation_loss"]
    for tensor, value in load_file(tmp_path / "next" / "state.safetensors").items():
        if tensor.startswith("average/"):
            assert torch.equal(value, loaded[0].state_dict()[tensor.removeprefix("average/")])


def test_without_tokens_to_read_the_minutes_count() -> None:
    said = argparse.Namespace(minutes=2, million_tokens=None)
    assert train.progress({"seconds": 60.0, "target_tokens": 5e6}, said) == 0.5
    said.million_tokens = 10
    assert train.progress({"seconds": 30.0, "target_tokens": 5e6}, said) == 0.5


@pytest.mark.parametrize("config", [Config(60, 16, 2, 1, 1, 32, 0.0), RecurrentConfig(60, 16, 24, dropout=0.0)])
def test_a_saved_state_goes_on_as_if_nothing_had_happened(config: Config | RecurrentConfig, tmp_path: Path) -> None:
    def step(state: State) -> float:
        generator = torch.Generator().manual_seed(int(state.counters["step"]))
        source, target = (torch.randint(4, 60, (3, 5), generator=generator) for _ in range(2))
        loss = train.translation_loss(state.model, source, target)
        loss.backward()
        state.set_rate(0.5)
        state.update()
        state.counters["step"] += 1
        return float(loss.detach())

    torch.manual_seed(0)
    state = State(network_of(config), 0.9)
    for _ in range(3):
        step(state)
    state.save(tmp_path)
    again = State(network_of(config), 0.9)
    again.load(tmp_path)
    assert [step(state) for _ in range(3)] == [step(again) for _ in range(3)]
    for name, value in state.average.items():
        assert torch.equal(value, again.average[name])


def test_the_recipes_that_are_compared_are_of_about_one_size() -> None:
    """Within 5 %, counted in networks made from the recipes; the table of embeddings counts once."""
    sizes = {
        name: sum(parameter.numel() for parameter in network_of(recipe.config(8000)).parameters())
        for name, recipe in RECIPES.items()
        if name != "korean"
    }
    assert len(sizes) == 4
    assert max(sizes.values()) < 1.05 * min(sizes.values()), sizes


def test_a_korean_pair_like_one_of_the_test_set_is_not_trained_on(tmp_path: Path) -> None:
    """Also where only case, blanks or punctuation differ, and where only one side is the same."""
    pairs = [(f"Sentence number {row // 2}.", f"문장 {row}") for row in range(1000)]  # each English one twice
    pairs += [(f"another sentence {row}", f"문장{row}!") for row in range(1000)]  # each Korean one again
    (tmp_path / "tatoeba.en-ko.tsv.gz").write_bytes(gzip.compress("".join(f"{a}\t{b}\n" for a, b in pairs).encode()))
    training, dev, test = korean_split(tmp_path)
    assert (len(dev), len(test)) == (200, 500)
    kept_out = held(dev + test)
    kept = {pair for pair in pairs if not {plain_of(pair, side) for side in (0, 1)} & kept_out}
    assert {(target, source) for source, target in training} == kept


def plain_of(pair: tuple[str, str], side: int) -> str:
    """One side of a pair, letters and digits only."""
    return "".join(letter for letter in pair[side].lower() if letter.isalnum())


def held(pairs: list[tuple[str, str]]) -> set[str]:
    """Both sides of all pairs; Korean and English never look alike."""
    return {plain_of(pair, side) for pair in pairs for side in (0, 1)}


def test_no_korean_test_pair_is_trained_on(data: Path) -> None:
    training, dev, test = korean_split(data)
    assert (len(dev), len(test)) == (200, 500)
    assert len(training) > 4000
    for side in (0, 1):
        assert not {pair[side] for pair in training} & {pair[side] for pair in (*dev, *test)}
    assert korean_split(data) == (training, dev, test)
    assert all(any("가" <= letter <= "힣" for letter in source) for source, _ in test)
