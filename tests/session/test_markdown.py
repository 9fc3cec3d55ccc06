"""Text that is not ours stays as it was typed: checked against Streamlit's own Markdown in tests/browser."""

import pytest

from attnviz.session.inserted import WORD_JOINER
from attnviz.session.markdown import literal, markdown_table, unmarked


@pytest.mark.parametrize(
    "text",
    ["see https://evil.example/auto", "www.evil.example", "a@b.example", ":smile: :material/home:", "a -> b -- c <= d"],
)
def test_what_streamlit_looks_at_once_more_is_parted(text: str) -> None:
    shown = literal(text)
    assert WORD_JOINER in shown
    assert shown.replace(WORD_JOINER, "").replace("\\", "") == text


def test_an_ordinary_sentence_has_nothing_in_it_that_it_had_not() -> None:
    text = "The snake's venom - 3.5 % - is dangerous (very): run! 뱀은"
    assert literal(text).replace("\\", "") == text


def test_a_table_has_its_head_its_sides_and_its_rows() -> None:
    assert markdown_table(["a", "b"], [["1", ""]], "lr").split("\n") == ["| a | b |", "| --- | ---: |", "| 1 |  |"]
    assert markdown_table(["a", "b"], []).endswith("| --- | --- |")


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("**bold**, *it* and `code` of a_b", "bold, it and code of a_b"),
        ("divided by $\\sqrt{d_k}$", "divided by √d_k"),
        ("$\\dfrac{a}{b}$ of $36 \\cdot 10^9$", "a/b of 36 × 10^9"),
        ("[the paper](https://arxiv.org) says 5 * 3", "the paper says 5 * 3"),
        (":material/check: yes", " yes"),
        ("Hide :green[go] from :orange[a\\_b \\[x\\]]", "Hide go from a_b [x]"),
    ],
)
def test_what_markdown_says_without_its_marks(marked: str, said: str) -> None:
    assert unmarked(marked) == said


@pytest.mark.parametrize("text", ["a*b_c <b> $5 and $6", "\\sqrt{x}", "# 1. [x](y)", ":smile: http://a.b", "-> <3"])
def test_literal_text_comes_back_unmarked(text: str) -> None:
    assert unmarked(literal(text)) == text
