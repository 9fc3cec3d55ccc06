"""What a page opens on: always something that exists, and what the reader chose stays chosen."""

import gzip
from collections import Counter, defaultdict
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import attnviz
from attnviz import Model
from attnviz.trace.function_words import FUNCTION_WORDS
from attnviz.trace.opening import is_content, opening
from attnviz.trace.records import PARTS, Part

TEXTS = ("Go", "the the the", "The snake is very dangerous because it has a venom", "?!", "나는 집에 간다", "3 + 4")


@given(
    text=st.sampled_from(TEXTS),
    part=st.sampled_from(PARTS),
    chosen=st.tuples(*(st.none() | st.integers(0, limit) for limit in (1, 7, 1, 1))),
)
def test_choices_are_kept_and_the_rest_exists(
    model: Model, text: str, part: Part, chosen: tuple[int | None, int | None, int | None, int | None]
) -> None:
    trace = attnviz.trace(model, text, "Ja gut")
    place = opening(trace, part, *chosen)
    assert all(mine in (None, its) for mine, its in zip(chosen, place, strict=True))
    layer, head, query, key = place
    assert trace.attention(part)[layer].weights[head, query, key] >= 0


def test_the_heaviest_telling_link(model: Model) -> None:
    trace = attnviz.trace(model, "The snake is very dangerous because it has a venom .", "Ja")
    layer, head, query, key = opening(trace, "encoder_self")
    pairs = [
        (row, column)
        for row, asks in enumerate(trace.word_of)
        for column, answers in enumerate(trace.word_of)
        if asks is not None and answers is not None and abs(asks - answers) > 1
        if "." not in (trace.words[asks], trace.words[answers])
        if {trace.words[asks], trace.words[answers]} <= {"snake", "very", "dangerous", "it", "venom"}  # content words
    ]
    best = max(call.weights[:, row, column].max() for call in trace.encoder_self for row, column in pairs)
    assert trace.encoder_self[layer].weights[head, query, key] == best


def test_function_words_are_those_of_a_treebank(data: Path) -> None:
    """The PUD treebank's annotators decide: mostly adposition, auxiliary, conjunction, determiner or particle."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    with gzip.open(data / "pud.conllu.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            columns = line.split("\t")
            if columns[0].isdigit() and columns[1].isalpha():
                counted[columns[1].lower()][columns[3]] += 1
    closed = {"ADP", "AUX", "CCONJ", "SCONJ", "DET", "PART"}
    mostly = {word for word, tags in counted.items() if 2 * sum(tags[tag] for tag in closed) > tags.total()}
    assert not mostly - FUNCTION_WORDS
    pronouns = {"he", "it", "they", "which", "his", "what", "we", "you"}
    assert all(is_content(word) for word in pronouns | {"making", "Trophy", "뱀은", "Katze", "it's"})
    assert not any(is_content(word) for word in ("because", "The", "is", "weil", "die", "ist", "그리고", "3", "."))


def test_an_opening_leads_to_no_sink(model: Model) -> None:
    trace = attnviz.trace(model, TEXTS[2], "Ja")
    *_, key = opening(trace, "encoder_self")
    assert opening(trace, "encoder_self", sink=key)[3] != key
