"""Which text is read in a round, and what other tokens are made of."""

import random
from collections import Counter

import pytest
import torch

from attnviz.model.config import Config
from training.corpus import fit_for_class
from training.recipes import network_of
from training.state import State
from training.text import Source
from training.tokenizer import made_of, train_tokenizer


def test_a_source_is_read_by_its_share() -> None:
    pairs = [(str(row), "") for row in range(1000)]
    drawn = Counter(Source("file", pairs, 2.25).draw(random.Random(0)))
    assert set(drawn) == set(pairs)
    assert set(drawn.values()) == {2, 3}
    assert 180 < sum(count == 3 for count in drawn.values()) < 320
    assert Source("file", pairs).draw(random.Random(0)) == pairs
    assert Source("file", pairs, 0).draw(random.Random(0)) == []


def test_of_ten_phrasings_of_one_meaning_three_or_four_are_read() -> None:
    pairs = [(f"{group} {row}", "") for group in range(300) for row in range(10)]
    drawn = Source("file", pairs, 0.35, alike=10).draw(random.Random(0))
    groups = Counter(source.split()[0] for source, _ in drawn)
    assert len(groups) == 300
    assert set(groups.values()) == {3, 4}
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("text", ["What the fuck?", "Du Arschloch!", "She was raped.", "이 개새끼야"])
def test_rough_language_is_not_learned(text: str) -> None:
    assert not fit_for_class((text, "x"))
    assert not fit_for_class(("x", text))


@pytest.mark.parametrize("text", ["Scunthorpe grapes", "shiitake", "Er geht hurtig", "시발점", "cocktail"])
def test_harmless_words_are(text: str) -> None:
    assert fit_for_class((text, text))


def test_other_tokens_begin_as_the_mean_of_those_that_spell_them() -> None:
    older = train_tokenizer(["the cat sat on the mat"] * 3, 275)
    newer = train_tokenizer(["the catalogue lists the cats"] * 3, 285)
    rows = made_of(newer, older)
    assert len(rows) == newer.get_vocab_size()
    spell = {index: token for token, index in older.get_vocab().items()}
    for token, index in newer.get_vocab().items():
        assert "".join(spell[row] for row in rows[index]) == token
    assert older.encode([" the"], is_pretokenized=True).ids, "the older tokenizer is left as it was"
    first, state = (network_of(Config(t.get_vocab_size(), 16, 2, 1, 1, 32)) for t in (older, newer))
    begun = State(state, 0.9)
    begun.begin_with(first, rows)
    table = first.state_dict()["embedding.weight"]
    for index, row in enumerate(rows):
        torch.testing.assert_close(begun.model.state_dict()["embedding.weight"][index], table[row].mean(0))
    inside = "encoder.0.feed_forward.0.weight"
    assert torch.equal(begun.model.state_dict()[inside], first.state_dict()[inside])
