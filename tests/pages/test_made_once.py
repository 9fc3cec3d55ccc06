"""What a hundred students see of the same sentence is made once: the second reader's page makes none of it anew."""

import zlib
from collections import Counter

import numpy as np
import pytest

from attnviz.components import frame
from attnviz.concepts.masking import named_mask
from attnviz.concepts.position import encoding
from attnviz.session.choices import Choices
from attnviz.trace import words
from attnviz.trace.plain import changes
from attnviz.ui.style import rules
from tests.opened import open_page


@pytest.mark.parametrize("route", ["masking", "position"])
def test_the_second_reader_has_nothing_computed_or_compressed(monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    open_page(route)
    made: Counter[str] = Counter()
    for module, name in (
        ("attnviz.concepts.position", "random_layer"),
        ("attnviz.concepts.masking", "masked_ways"),
    ):
        monkeypatch.setattr(f"{module}.{name}", lambda *_, name=name, **__: made.update([name]))
    sent = frame._small.cache_info().misses
    open_page(route)
    assert not made
    assert frame._small.cache_info().misses == sent


def test_what_is_kept_is_what_it_was_and_nobody_can_change_it() -> None:
    cut = words.split_words("I go home.")
    cut.clear()
    assert [word for word, _ in words.split_words("I go home.")] == ["I", "go", "home", "."]
    for make in (lambda: named_mask("both", 3, 2), lambda: encoding(5, 4)):
        assert make() is make()
        with pytest.raises(ValueError, match="read-only"):
            make()[0, 0] = 0
    assert changes("a\u200bb") == changes("a\u200bb") != ()


def test_only_small_messages_are_kept() -> None:
    small, large = np.zeros(8, np.float32), np.arange(9000, dtype=np.float32)
    assert frame.pack({"a": 1}, {"x": small}) is frame.pack({"a": 1}, {"x": small})
    assert frame.pack({"a": 1}, {"x": small}) != frame.pack({"a": 2}, {"x": small})
    kept = frame._small.cache_info().currsize
    assert len(zlib.decompress(frame.pack({}, {"x": large}))) > frame.SMALL
    assert frame._small.cache_info().currsize == kept


def test_streamlit_finds_few_lines_in_the_rules() -> None:
    assert rules(Choices()).count("\n") < 5


@pytest.mark.parametrize("route", ["steps", "scaling", "translate"])
def test_the_untrained_twin_reads_only_where_a_page_compares(monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    monkeypatch.setattr("attnviz.ui.screen.control_trace_of", lambda *_: pytest.fail("read for nobody"))
    assert not open_page(route, text="Nobody compares this one .", answers="").exception
