"""BLEU against sacrebleu, on real and on random sentences, one by one and as a corpus."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from attnviz.concepts.bleu import ORDERS, bleu_words, corpus_bleu, found, grams, marks, sentence_bleu
from tests.sentences import AWKWARD, SENTENCES

REFERENCE, HYPOTHESIS = "the cat is sitting on the mat", "the the cat is on the mat"
WORDS = st.lists(st.sampled_from(["the", "cat", "mat", "on", ".", "3.5", "x-1", "a"]), max_size=9).map(" ".join)
ANYTHING = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\r"), max_size=40)


@given(ANYTHING)
@settings(max_examples=300)
def test_words_are_cut_as_sacrebleu_cuts_them(text: str) -> None:
    assert bleu_words(text) == Tokenizer13a()(text.rstrip()).split()


@pytest.mark.parametrize(
    "text", [*AWKWARD, *SENTENCES, "1,000.5 x-1 1-x &quot;a&amp;b&quot; don't (so) [so] a/b e.g. 3."]
)
def test_awkward_texts_too(text: str) -> None:
    line = text.replace("\r", " ").replace("\n", " ")
    assert bleu_words(line) == Tokenizer13a()(line.rstrip()).split()


def same(ours: object, theirs: object) -> None:
    assert ours.score == pytest.approx(theirs.score, abs=1e-9)  # type: ignore[attr-defined]
    assert list(ours.matches) == theirs.counts  # type: ignore[attr-defined]
    assert list(ours.totals) == theirs.totals  # type: ignore[attr-defined]
    assert (ours.length, ours.reference_length) == (theirs.sys_len, theirs.ref_len)  # type: ignore[attr-defined]
    assert [100 * p for p in ours.precisions] == pytest.approx(theirs.precisions)  # type: ignore[attr-defined]


@given(WORDS, WORDS)
@settings(max_examples=300)
def test_a_sentence_scores_as_in_sacrebleu(hypothesis: str, reference: str) -> None:
    same(sentence_bleu(hypothesis, reference), BLEU(effective_order=True).sentence_score(hypothesis, [reference]))


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6))
@settings(max_examples=200)
def test_a_corpus_scores_as_in_sacrebleu(pairs: list[tuple[str, str]]) -> None:
    hypotheses, references = ([pair[side] for pair in pairs] for side in (0, 1))
    same(corpus_bleu(hypotheses, references), BLEU().corpus_score(hypotheses, [references]))


def test_a_corpus_is_not_the_mean_of_its_sentences() -> None:
    pairs = [("a b c d e f", "a b c d e f"), ("a b", "a x y z u v w")]
    hypotheses, references = zip(*pairs, strict=True)
    whole = corpus_bleu(hypotheses, references)
    assert abs(whole.score - sum(sentence_bleu(*pair).score for pair in pairs) / 2) > 1


def test_repeating_a_word_does_not_help() -> None:
    """The example of the paper's Section 2.1: seven times the same word, twice in the reference."""
    scored = sentence_bleu("the the the the the the the", "the cat is on the mat")
    assert (scored.matches[0], scored.totals[0]) == (2, 7)
    assert sentence_bleu("the the the the the the the", "the cat is on the mat", "no_clipping").matches[0] == 7


def test_every_wrong_way_differs_where_it_should() -> None:
    right = sentence_bleu(HYPOTHESIS, REFERENCE).score
    assert sentence_bleu(HYPOTHESIS, REFERENCE, "no_clipping").score > right
    assert sentence_bleu(HYPOTHESIS, REFERENCE, "arithmetic").score > right
    short = sentence_bleu("the cat is", REFERENCE)
    assert short.brevity == pytest.approx(2.718281828 ** (1 - 7 / 3))
    assert sentence_bleu("the cat is", REFERENCE, "no_brevity").score == pytest.approx(short.score / short.brevity)


def test_the_parts_make_the_score() -> None:
    scored = sentence_bleu(HYPOTHESIS, REFERENCE)
    assert scored.score == pytest.approx(100 * scored.brevity * scored.mean)
    assert not scored.is_smoothed(1)
    assert [scored.is_smoothed(order) for order in ORDERS] == [count == 0 for count in scored.matches]


@given(WORDS, WORDS, st.sampled_from(ORDERS))
def test_marks_cover_just_what_counts(hypothesis: str, reference: str, order: int) -> None:
    left, right = hypothesis.split(), reference.split()
    counted = sum(one.counted for one in found(left, right, order))
    marked = marks(left, right, order)
    assert len(marked) == len(left)
    assert any(marked) == (counted > 0)
    if order == 1:
        assert sum(marked) == counted == sum(marks(right, left, 1))
    assert sum(one.here for one in found(left, right, order)) == len(grams(left, order))


def test_real_sentences_in_any_order_of_words() -> None:
    chance = random.Random(0)
    for text in SENTENCES[:20]:
        words = text.split()
        chance.shuffle(words)
        mixed = " ".join(words)
        same(sentence_bleu(mixed, text), BLEU(effective_order=True).sentence_score(mixed, [text]))
