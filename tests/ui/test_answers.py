"""Answers that come out the same are offered once."""

from attnviz.ui.answers import distinct
from attnviz.ui.lesson import Option


def test_options_that_look_alike_are_shown_once() -> None:
    options = [Option(name, label, "") for name, label in (("a", "1"), ("b", "2"), ("c", "1"), ("d", "2"))]
    assert [option.name for option in distinct(options, "c")] == ["b", "c"]
    assert [option.name for option in distinct(options, "a")] == ["a", "b"]
