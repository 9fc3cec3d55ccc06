"""Text that is not ours stays as it was typed: checked against Streamlit's own Markdown in tests/browser."""

import pytest

from attnviz.session.inserted import WORD_JOINER
from attnviz.session.markdown import literal, markdown_table


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
