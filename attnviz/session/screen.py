"""What a page draws from: the choices, the texts, the trace and the control's trace."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices
from attnviz.session.kept import kept
from attnviz.session.seen import opening_of
from attnviz.trace.evaluation import evaluation_of
from attnviz.trace.headline import Place, named_pairs, opening_link
from attnviz.trace.records import PARTS, Attention, Part, Trace


@dataclass(frozen=True)
class Screen:
    """One page's state; layer, head, query and key count from 0 here and always exist."""

    choices: Choices
    texts: Texts
    trace: Trace
    twin: Callable[[], Trace]  # reads the same sentence and target in the chosen model's untrained twin
    layer: int
    head: int
    query: int  # token at the row
    key: int  # token at the column

    @property
    def control(self) -> Trace:
        """The untrained twin's trace, which only some pages ask for."""
        return self.twin()

    @property
    def picked(self) -> Place | None:
        """Where the link was picked for its weight: the control's, picked the same way."""
        said = _said(self.choices, self.trace)
        if None not in said:
            return None
        link = _measured_opening(self.trace) if _says_nothing(self.choices) else None
        if link and (self.trace.word_of[link[2]], self.trace.word_of[link[3]]) in named_pairs(
            self.trace, evaluation_of(self.trace.model_name)
        ):
            return None
        return opening_of(self.control, self.choices.part, said)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The attentions that the chosen model has."""
        return tuple(part for part in PARTS if self.trace.attention(part))

    @property
    def state(self) -> tuple[Hashable, ...]:
        """All that tells this screen from another, for what is kept of it."""
        return self.choices, self.texts.language, self.trace, (self.layer, self.head, self.query, self.key)

    @property
    def attention(self) -> Attention:
        """The chosen attention call."""
        return self.trace.attention(self.choices.part)[self.layer]


def completed(choices: Choices, texts: Texts, found: Trace, twin: Callable[[], Trace]) -> Screen:
    """Fill in what the URL leaves open, and bring what does not exist here back into range."""
    link = _measured_opening(found) if _says_nothing(choices) else None
    return Screen(choices, texts, found, twin, *(link or opening_of(found, choices.part, _said(choices, found))))


def _says_nothing(choices: Choices) -> bool:
    """Return whether the link names no place, where the first page opens."""
    return choices.part == "encoder_self" and max(choices.layer, choices.head, choices.query, choices.key) < 1


def _said(choices: Choices, found: Trace) -> tuple[int | None, ...]:
    """Return layer, head, query and key of the link, from 0; None where it names none that exists."""
    calls = found.attention(choices.part)
    chosen = (choices.layer - 1, choices.head - 1, choices.query - 1, choices.key - 1)
    n_rows, n_columns = len(found.query_labels(choices.part)), len(found.key_labels(choices.part))
    limits = (len(calls), calls[0].n_heads, n_rows, n_columns)
    return tuple(value if 0 <= value < limit else None for value, limit in zip(chosen, limits, strict=True))


@kept
def _measured_opening(found: Trace) -> Place | None:
    return opening_link(found, evaluation_of(found.model_name))
