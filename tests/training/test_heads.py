"""Head measurements against small arrays whose answers are known, and against planted failures."""

from __future__ import annotations

import gzip
import json
import math
import os
from pathlib import Path

import pytest
import torch
from torch import Tensor

from attnviz.model.transformer import Transformer
from training.heads import pointed_words, position_of, spread_of
from training.links import Link, longest_repeat, ranks_among_others, rows_of, sentence_weights
from training.relations import (
    OFFSETS,
    RELATIONS,
    Arcs,
    arcs_of,
    choose_and_score,
    head_accuracies,
    offset_accuracies,
    relation_report,
)
from training.tokenizer import train_tokenizer
from training.treebank import Tree, by_word, merging, read_trees

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DATA") or ROOT.parent / "shared" / "data")
WEIGHTS = ROOT / "weights" / "translator"
needs_text = pytest.mark.skipif(
    not (DATA / "pud.conllu.gz").is_file(), reason=f"no corpora in {DATA} (set DATA; see training/README.md)"
)
needs_weights = pytest.mark.skipif(
    not (WEIGHTS / "evaluation.json").is_file(), reason="weights/translator has no evaluation.json yet"
)


def random_weights(*shape: int) -> Tensor:
    """Return rows that sum to 1."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0)).softmax(-1)


# Shares and entropy


def test_uniform_head_has_the_entropy_of_log_n() -> None:
    """Uniform rows over n keys: entropy log n, share 1, every share 1/n."""
    weights = torch.full((2, 3, 5, 6), 1 / 6)
    spread = spread_of(weights, torch.full((5,), 6))
    assert torch.allclose(spread["entropy"], torch.tensor(math.log(6)))
    assert torch.allclose(spread["entropy_share"], torch.tensor(1.0))
    for name in ("first", "last", "largest"):
        assert torch.allclose(spread[name], torch.tensor(1 / 6))
    position = position_of(weights)
    for name in ("previous", "same", "next"):
        assert torch.allclose(position[name], torch.tensor(1 / 6))
    expected = sum(abs(i - j) for i in range(5) for j in range(6)) / 30
    assert torch.allclose(position["distance"], torch.tensor(expected))


@pytest.mark.parametrize(("shift", "name"), [(-1, "previous"), (0, "same"), (1, "next")])
def test_a_head_that_looks_at_one_neighbour(shift: int, name: str) -> None:
    """All weight on one neighbour: that share is 1, the others 0, the entropy 0."""
    n_keys = 6
    weights = torch.zeros(n_keys - 1, n_keys)
    for row in range(n_keys - 1):
        weights[row, max(0, row + shift)] = 1
    shares = position_of(weights)
    assert shares[name].item() == pytest.approx(1)
    others = {"previous", "same", "next"} - {name}
    if shift >= 0:
        assert all(shares[other].item() == 0 for other in others)
    spread = spread_of(weights, torch.full((n_keys - 1,), n_keys))
    assert spread["entropy"].item() == 0
    assert spread["largest"].item() == 1


def test_rows_without_a_choice_are_left_out_of_the_entropy() -> None:
    """A causal head's first row has one key; counting it would lower the mean."""
    weights = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    spread = spread_of(weights, torch.tensor([1, 2, 3]))
    assert spread["entropy_share"].item() == pytest.approx(1)
    assert spread["entropy"].item() == pytest.approx((math.log(2) + math.log(3)) / 2)


# Merging sub-words


def test_merging_equals_loops() -> None:
    """Mean over the query's pieces, sum over the key's, special tokens left out."""
    word_of: list[list[int | None]] = [[0, 1, 1, 2, None], [0, 0, 0, 1, None]]
    weights = random_weights(3, 2, 4, 5, 5)  # (layer, sentence, head, token, token)
    merged = by_word(weights, *merging(word_of))
    for sentence, row in enumerate(word_of):
        n_words = 1 + max(word for word in row if word is not None)
        for q in range(n_words):
            for k in range(n_words):
                rows = [token for token, word in enumerate(row) if word == q]
                columns = [token for token, word in enumerate(row) if word == k]
                expected = sum(weights[:, sentence, :, i, j] for i in rows for j in columns) / len(rows)
                assert torch.allclose(merged[:, sentence, :, q, k], torch.as_tensor(expected))
    assert (merged[:, 1, :, 2] == 0).all()


def test_merged_rows_lose_only_what_special_tokens_had() -> None:
    """Row sums after merging are 1 minus the weight on the end token."""
    word_of: list[list[int | None]] = [[0, 1, 1, 2, None]]
    weights = random_weights(1, 1, 2, 5, 5)
    merged = by_word(weights, *merging(word_of))
    end = weights[..., -1]
    expected = torch.stack([end[..., 0], end[..., 1:3].mean(-1), end[..., 3]], dim=-1)
    assert torch.allclose(merged.sum(-1), 1 - expected)


def test_words_of_a_sentence_are_those_of_the_trace() -> None:
    """The weights by word are what ``trace.by_word`` shows."""
    from attnviz.model.checkpoint import freeze
    from attnviz.model.config import Config
    from attnviz.trace.run import trace, wrap

    text = "The unbelievable animal didn't cross, 3.5 times!"
    tokenizer = train_tokenizer([text, "the animal"], 270)
    torch.manual_seed(0)
    model = freeze(Transformer(Config(tokenizer.get_vocab_size(), 16, 2, 2, 1, 32)))
    record = trace(wrap("small", model, tokenizer), text, "das Tier")
    words, weights = sentence_weights(model, tokenizer, text)
    assert words == list(record.words)
    assert len(record.tokens) > len(words) + 1
    assert torch.allclose(weights, torch.tensor(record.by_word("encoder_self")), atol=1e-6)


# Pointing


def test_a_word_never_points_to_itself_or_beyond_its_sentence() -> None:
    """The largest weight is on the word itself, the second beyond the sentence, the third counts."""
    weights = torch.zeros(1, 1, 1, 4, 4)
    weights[..., :, :] = torch.tensor([0.1, 0.05, 0.02, 0.3])
    weights[..., torch.arange(4), torch.arange(4)] = 0.5
    pointed = pointed_words(weights, torch.tensor([3]))
    assert pointed[0, 0, 0, :3].tolist() == [1, 0, 0]
    assert pointed_words(weights, torch.tensor([4]))[0, 0, 0, :3].tolist() == [3, 3, 3]


# Relations


def small_trees(n_sentences: int = 40) -> list[Tree]:
    """Make sentences w0 .. w5 with det one to the right and amod two or three to the right, in turn."""
    trees = []
    for row in range(n_sentences):
        amod = 3 + (row // 2) % 2
        trees.append(
            Tree([f"w{i}" for i in range(6)], [1, -1, amod + 1, 1, 1, 1], ["det", "root", "amod", "x", "x", "x"])
        )
    return trees


def pointing(trees: list[Tree], answers: dict[int, int], even_only: bool = False) -> Tensor:
    """Make a head's (word) answers: word -> word in every sentence, word 5 everywhere else."""
    rows = []
    for row, tree in enumerate(trees):
        wrong = even_only and row % 2
        rows += [5 if wrong else answers.get(word, 5) for word in range(len(tree.words))]
    return torch.tensor(rows)


def test_arcs_and_their_places() -> None:
    """Arcs carry the word's number in the whole treebank, both ways."""
    arcs = arcs_of(small_trees(2))
    assert arcs.relation.tolist() == [0, 1, 0, 1]
    assert arcs.half.tolist() == [0, 0, 1, 1]
    assert arcs.own.tolist() == [[0, 2, 0, 2], [1, 4, 1, 4]]
    assert arcs.gold.tolist() == [[1, 4, 1, 4], [0, 2, 0, 2]]
    assert arcs.query.tolist() == [[0, 2, 6, 8], [1, 4, 7, 10]]


def test_offsets_are_found_and_mirrored() -> None:
    """Offset +1 is always right for det from the dependent, -1 from the head; amod is right half the time."""
    arcs = arcs_of(small_trees())
    choice = choose_and_score(offset_accuracies(arcs))
    det, amod = RELATIONS.index("det"), RELATIONS.index("amod")
    assert [OFFSETS[i] for i in choice.candidate[:, det].tolist()] == [1, -1]
    assert choice.scored_at[:, det].tolist() == [1, 1]
    assert choice.scored_at[:, amod].tolist() == [0.5, 0.5]


def test_offset_and_head_that_do_the_same_score_the_same() -> None:
    """A head that always points one to the right has exactly the accuracy of offset +1."""
    trees = small_trees()
    arcs = arcs_of(trees)
    always_right = torch.cat([torch.arange(len(tree.words)) + 1 for tree in trees])[None]
    as_head = head_accuracies(always_right, arcs)[..., 0]
    as_offset = offset_accuracies(arcs)[..., OFFSETS.index(1)]
    assert torch.equal(as_head.nan_to_num(-1), as_offset.nan_to_num(-1))


def test_a_head_that_is_right_only_where_it_is_chosen_gains_nothing() -> None:
    """Planted: head 0 knows the even sentences alone. It is chosen, and scores 0 on the odd ones."""
    trees = small_trees()
    arcs = arcs_of(trees)
    lucky, useless = pointing(trees, {0: 1}, even_only=True), pointing(trees, {})
    choice = choose_and_score(head_accuracies(torch.stack([useless, lucky]), arcs))
    det = RELATIONS.index("det")
    assert choice.candidate[0, det] == 1
    assert choice.chosen_at[0, det] == 1
    assert choice.scored_at[0, det] == 0


def full_arcs(trees: list[Tree]) -> Arcs:
    """Give every relation the arcs of amod, so that a report has no empty cell."""
    arcs = arcs_of(trees)
    amod = arcs.relation == RELATIONS.index("amod")
    n = int(amod.sum())
    query, own, gold = (part[:, amod].repeat(1, len(RELATIONS)) for part in arcs[:3])
    relation = torch.arange(len(RELATIONS)).repeat_interleave(n)
    return Arcs(query, own, gold, relation, arcs.half[amod].repeat(len(RELATIONS)))


def test_report_of_a_perfect_head() -> None:
    """A head that knows each amod's head beats the best offset by .5, and blind controls by 1."""
    trees = small_trees()
    arcs = full_arcs(trees)
    perfect = pointing(trees, {})
    for row, tree in enumerate(trees):
        perfect[6 * row + 2] = tree.heads[2]
    blind = head_accuracies(torch.stack([pointing(trees, {}), pointing(trees, {})]), arcs)
    trained = head_accuracies(torch.stack([pointing(trees, {}), perfect]), arcs)
    report = relation_report(trained, [blind] * 3, arcs, n_heads=2)
    assert report["beating_offset"] == 12
    assert report["mean_gain_over_offset"] == 0.5
    row = report["relations"][0]
    assert row["direction"] == "dependent to head"
    # word 5 is what a blind head points to: right for half of the arcs' heads (4 or 5)
    assert row[row["direction"]] | {"untrained_mean": 0} == {
        "layer": 0,
        "head": 1,
        "accuracy": 1.0,
        "offset": row[row["direction"]]["offset"],
        "offset_accuracy": 0.5,
        "offset_accuracy_choosing": 0.5,
        "gain": 0.5,
        "beats_offset": True,
        "untrained_mean": 0,
        "untrained_sd": 0.0,
        "untrained_max": 0.5,
    }
    assert report["mean_gain_over_untrained"] == 0.5


def test_report_of_a_head_that_knows_nothing() -> None:
    """Planted: the trained model is one of the controls; it beats no offset and gains 0 over them."""
    trees = small_trees()
    arcs = full_arcs(trees)
    blind = head_accuracies(torch.stack([pointing(trees, {2: 0}), pointing(trees, {2: 1})]), arcs)
    report = relation_report(blind, [blind] * 3, arcs, n_heads=2)
    assert report["beating_offset"] == 0
    assert report["mean_gain_over_untrained"] == 0
    assert report["above_all_untrained"] == 0


def test_reading_a_treebank(tmp_path: Path) -> None:
    """Ranges and empty nodes are left out, subtypes cut off, the last sentence needs no empty line."""
    lines = ["# text = I'm hit.", "1-2\tI'm" + "\t_" * 8]
    rows = [("1", "I", "3", "nsubj:pass"), ("2", "'m", "3", "aux:pass"), ("3", "hit", "0", "root")]
    lines += [f"{i}\t{word}\t_\t_\t_\t_\t{head}\t{relation}\t_\t_" for i, word, head, relation in rows]
    lines += ["3.1\tempty" + "\t_" * 8, "", "1\tYes\t_\t_\t_\t_\t0\troot\t_\t_"]
    path = tmp_path / "trees.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    first, second = read_trees(path)
    assert first == Tree(["I", "'m", "hit"], [2, 2, -1], ["nsubj", "aux", "root"])
    assert second == Tree(["Yes"], [-1], ["root"])


# Links and repetitions


def test_ranks_leave_the_query_out() -> None:
    """The query's own weight doesn't count; equal weights share the better rank."""
    row = torch.tensor([0.6, 0.1, 0.2, 0.1])
    assert ranks_among_others(row, 0, [2, 1, 3]) == [1, 2, 2]


def test_rows_of_a_link() -> None:
    """Heads of all layers in order, the query's row in each."""
    weights = random_weights(2, 3, 4, 4)
    rows, keys = rows_of(Link("", "c", ("a", "d")), ["a", "b", "c", "d"], weights)
    assert keys == [0, 3]
    assert torch.equal(rows[4], weights[1, 1, 2])


@pytest.mark.parametrize(
    ("tokens", "times"),
    [([], 0), ([1, 2, 3], 1), ([1, 2, 2, 3], 2), ([5, 5, 5], 3), ([1, 2, 1, 2, 1, 2, 9], 3), ([1, 2, 3, 4] * 2, 2)],
)
def test_longest_repeat(tokens: list[int], times: int) -> None:
    """Pieces of one to four tokens that stand in a row."""
    assert longest_repeat(tokens) == times


# The real treebank and the shipped weights


@needs_text
def test_the_treebank_has_a_thousand_trees() -> None:
    """Counted apart from this code: 21,180 words in 1,000 sentences, 2,052 det arcs."""
    trees = read_trees(DATA / "pud.conllu.gz")
    assert (len(trees), sum(len(tree.words) for tree in trees)) == (1000, 21180)
    assert sum(tree.relations.count("det") for tree in trees) == 2052


@pytest.mark.full
@needs_text
@needs_weights
def test_the_head_table_is_that_of_the_shipped_weights() -> None:
    """Relations and shares measured now are those in evaluation.json."""
    from attnviz.model.checkpoint import load_checkpoint
    from training.heads import encoder_statistics, pointers
    from training.treebank import batches_of

    said = json.loads((WEIGHTS / "evaluation.json").read_text(encoding="utf-8"))["treebank"]
    model, tokenizer = load_checkpoint(WEIGHTS)
    trees = read_trees(DATA / "pud.conllu.gz")
    batches = batches_of(tokenizer, [tree.words for tree in trees])
    table = head_accuracies(pointers(model, batches), arcs_of(trees))
    assert torch.allclose(table, torch.tensor(said["head_accuracy"], dtype=torch.float64), atol=0.006)
    for name, values in encoder_statistics(model, batches).items():
        assert torch.allclose(torch.tensor(values), torch.tensor(said["heads"]["encoder_self"][name]), atol=2e-3), name
