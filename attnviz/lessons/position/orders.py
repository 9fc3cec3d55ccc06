"""Position: two orders of the same words, through one random layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from attnviz.components.equation import Matrix, equation
from attnviz.concepts.position import (
    WAYS,
    Way,
    match,
    random_layer_in_two_orders,
    terms_in_two_orders,
)
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.numerals import adding_up, tiny
from attnviz.session.settings import Setting, line, whole
from attnviz.trace.plain import plain
from attnviz.trace.tokens import visible
from attnviz.trace.words import split_words
from attnviz.ui.inputs import number, select, text_line
from attnviz.ui.lesson import Lesson, Option

LONGEST = 120  # characters of one order
MOST_WORDS = 24
LAYER_SIZE = 4  # d_model of the random layer: few enough numbers to compare
EQUAL = 1e-9  # float64: what is below is rounding
FIRST = line("first", "home go I", LONGEST)
SECOND = line("second", "I go home", LONGEST)
FOLLOW = line("follow", "I", LONGEST)
SEED = whole("seed", 1, 0, 9999)
SETTINGS: tuple[Setting[Any], ...] = (FIRST, SECOND, FOLLOW, SEED)


_layer_in_two_orders, _terms_in_two_orders = kept(random_layer_in_two_orders), kept(terms_in_two_orders)


@dataclass(frozen=True)
class Pair:
    """Two orders of the same words, and the word that is followed."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    place: int  # of the followed word in the first order

    @property
    def word(self) -> str:
        """The followed word."""
        return self.first[self.place]


def order_controls(opened: Lesson) -> Pair:
    """Let the reader type both orders and choose a word; what is no second order becomes the reverse."""
    with st.container(key="position_orders"):
        boxes = st.columns([3, 3, 2, 2])
    with boxes[0]:
        first = _words(text_line(FIRST, opened.say("first"), LONGEST))
    with boxes[1]:
        second = _words(text_line(SECOND, opened.say("second"), LONGEST))
    if not first:
        st.info(opened.say("hint_empty"), icon=":material/edit:")
        first = _words(FIRST.default)
    if len(first) > MOST_WORDS:
        st.info(opened.say("hint_many", count=MOST_WORDS), icon=":material/content_cut:")
        first = first[:MOST_WORDS]
    if match(first, second) is None:
        missing, extra = (_listed(opened, found) for found in (_beyond(first, second), _beyond(second, first)))
        st.info(opened.say("hint_words", missing=missing, extra=extra), icon=":material/edit:")
        second = first[::-1]
    with boxes[2]:
        word = select(FOLLOW, opened.say("follow"), list(dict.fromkeys(first)), visible)
    with boxes[3]:
        number(SEED, opened.say("seed"), 0, 9999)
    return Pair(first, second, first.index(word))


def random_layer_outputs(opened: Lesson, pair: Pair) -> None:
    """Show the followed word's output in both orders, number by number, in three ways."""
    found = _layer_in_two_orders(pair.first, pair.second, LAYER_SIZE, SEED.value)
    columns = dict(zip(WAYS, st.columns(3), strict=True))

    def drawn(way: Way) -> None:
        both = found[way]
        largest = float(both.largest[pair.place])
        with columns[way], st.container(border=True, height="stretch"):
            st.subheader(opened.say(f"way_{way}"), anchor=False)
            st.metric(opened.say("largest"), tiny(largest))
            compared(opened, f"way_{way}", both.first[pair.place], both.second[pair.place], opened.say(f"way_{way}"))
            same = "same" if largest < EQUAL else "other"
            st.markdown(opened.say(f"verdict_{same}", word=shown_literally(pair.word)))

    for way in WAYS[:-1]:
        drawn(way)
    _sums(opened, pair)
    causal = found["causal"].largest < EQUAL
    kept = [word for word, keeps in zip(pair.first, causal, strict=True) if keeps]
    _predict_causal(opened, pair, kept, lambda: drawn("causal"))


def _sums(opened: Lesson, pair: Pair) -> None:
    """Write the weighted sum of the followed word out in both orders: the same terms, the same sum."""
    both = _terms_in_two_orders(pair.first, pair.second, LAYER_SIZE, SEED.value, pair.word)
    lines = []
    for order, terms in zip((pair.first, pair.second), both, strict=True):
        parts, total = adding_up(terms.tolist(), 3)
        signed = [f"({part})" if part.startswith("−") else part for part in parts]
        named = zip(signed, order, strict=True)
        summed = " + ".join(f"{part} *({shown_literally(word)})*" for part, word in named)
        lines.append(f"- {opened.say('sum_order', order=shown_literally(' '.join(order)))}: {summed} = **{total}**")
    st.markdown(opened.say("sum_text", word=shown_literally(pair.word)) + "\n\n" + "\n".join(lines))


def _predict_causal(opened: Lesson, pair: Pair, kept: Sequence[str], hides: Callable[[], None]) -> None:
    answer = "none" if not kept else "all" if len(kept) == len(pair.first) else "some"
    why = opened.say(f"causal_because_{answer}", kept=_listed(opened, kept), count=len(kept), total=len(pair.first))
    options = [Option(name, opened.say(f"causal_{name}"), why) for name in ("none", "some", "all")]
    places = {"first": shown_literally(" ".join(pair.first)), "second": shown_literally(" ".join(pair.second))}
    opened.predict("causal", options, answer, hides, **places)


def compared(opened: Lesson, key: str, first: np.ndarray, second: np.ndarray, label: str) -> None:
    """Show one word's vector in the first order, in the second, and their difference."""
    rows = [opened.say(name) for name in ("row_first", "row_second", "row_difference")]
    shown = Matrix(key, np.stack((first, second, second - first)), rows=rows, scale="signed")
    equation(f"{key}_numbers", opened.texts, [shown], label=label)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word, _ in split_words(plain(text)))


def _beyond(words: Sequence[str], others: Sequence[str]) -> list[str]:
    return list((Counter(words) - Counter(others)).elements())


def _listed(opened: Lesson, words: Sequence[str]) -> str:
    return ", ".join(f"**{shown_literally(word)}**" for word in words) or opened.say("nothing")


def shown_literally(text: str) -> str:
    """Return words as Markdown shows them literally, invisible characters made visible."""
    return literal(" ".join(visible(word) for word in text.split(" ")))
