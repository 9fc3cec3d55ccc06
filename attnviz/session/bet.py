"""What Start asks before it shows: one link, or the same one in two sentences that differ in a word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from attnviz.concepts.flip import Flip, flip
from attnviz.session.examples import EXAMPLES
from attnviz.session.models import control_trace_of, trace_of
from attnviz.session.screen import Screen, completed
from attnviz.trace.plain import plain
from attnviz.trace.records import Trace

PAIR = ("tired", "wide")  # examples: in a well-known one, "it" is the animal in the first, the street in the second
QUERY, NOUNS = "it", ("animal", "street")
_LOOKS = {"lang", "size", "theme"}  # parameters that say how a page looks, not what it shows


@dataclass(frozen=True, eq=False)
class Pair:
    """The bet on two sentences: which of two nouns the same head looks at in each."""

    at: int  # which of the two is shown
    words: tuple[str, str]  # in which they differ
    flip: Flip
    place: tuple[int, int]  # (layer, head) of the head that is asked

    @property
    def other(self) -> str:
        """The sentence that is not shown."""
        return EXAMPLES[PAIR[1 - self.at]]

    def told(self) -> dict[str, Any]:
        """Return what a view says of it: weights by sentence and noun, of this head and of one that differs."""
        rival = self.flip.rival(1 - self.flip.preferred(self.place)[0])
        return {
            "names": PAIR,
            "at": self.at,
            "words": self.words,
            "nouns": NOUNS,
            "weights": self.flip.weights[:, *self.place].tolist(),
            "rival": rival and {"place": rival, "weights": self.flip.weights[:, *rival].tolist()},
            "heads": self.flip.turned.size,
            "turned": int(self.flip.turned.sum()),
            "mostTurned": self.flip.most_turned,
        }


@dataclass(frozen=True, eq=False)
class Bet:
    """A question that stands until the reader has answered it: which word will the row's word look at?"""

    name: str
    options: tuple[int, ...] = ()  # the words among which it is asked, by place; none: any
    pair: Pair | None = None
    is_voted: bool = False  # the reader's class votes on it: nobody is told before the teacher reveals it


def bet_of(screen: Screen, params: Collection[str]) -> Bet | None:
    """Return what is asked where the address holds ``params``: nothing of a link that says what it shows."""
    more = set(params) - _LOOKS
    if not more:
        return Bet("first")
    name = next((name for name in PAIR if EXAMPLES[name] == plain(screen.choices.text)), None)
    return _in_pair(screen, name) if name and more == {"text"} else None


def _in_pair(screen: Screen, name: str) -> Bet | None:
    at, model = PAIR.index(name), screen.choices.model
    text = EXAMPLES[PAIR[1 - at]]
    trace = trace_of(model, text, "")
    twin = partial(control_trace_of, model, text, "")
    other = completed(replace(screen.choices, text=text), screen.texts, trace, twin)
    first, second = (screen, other) if at == 0 else (other, screen)
    found = flip(first.trace, second.trace, QUERY, NOUNS)
    differ = [words for words in zip(first.trace.words, second.trace.words, strict=False) if words[0] != words[1]]
    place = (screen.layer, screen.head)
    # both open on the same head, and on what it gives one of the two: else there would be no one question
    if found is None or len(differ) != 1 or (other.layer, other.head) != place:
        return None
    if not all(_asks(one.trace, one.query, place) for one in (first, second)):
        return None
    return Bet(name, tuple(screen.trace.words.index(noun) for noun in NOUNS), Pair(at, differ[0], found, place))


def _asks(trace: Trace, query: int, place: tuple[int, int]) -> bool:
    row = trace.words.index(QUERY)
    strongest = int(trace.by_word("encoder_self")[*place, row].argmax())
    return trace.word_of[query] == row and trace.words[strongest] in NOUNS
