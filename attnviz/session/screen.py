"""What a page draws from: the choices, the texts, the trace and the control's trace."""

from __future__ import annotations

from collections.abc import Hashable
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
    control: Trace  # the chosen model's untrained twin on the same sentence and the same target
    layer: int
    head: int
    query: int  # token at the row
    key: int  # token at the column
    picked: Place | None = None  # where the link was picked for its weight: the control's, picked the same way

    @property
    def parts(self) -> tuple[Part, ...]:
        """The attentions that the chosen model has."""
        return tuple(part for part in PARTS if self.trace.attention(part))

    @property
    def state(self) -> tuple[Hashable, ...]:
        """All that tells this screen from another, for what is kept of it."""
        place = (self.layer, self.head, self.query, self.key)
        return self.choices, self.texts.language, self.trace, self.control, place, self.picked

    @property
    def attention(self) -> Attention:
        """The chosen attention call."""
        return self.trace.attention(self.choices.part)[self.layer]


def completed(choices: Choices, texts: Texts, found: Trace, control: Trace) -> Screen:
    """Fill in what the URL leaves open, and bring what does not exist here back into range."""
    calls, evaluation = found.attention(choices.part), evaluation_of(found.model_name)
    chosen = (choices.layer - 1, choices.head - 1, choices.query - 1, choices.key - 1)
    n_rows, n_columns = len(found.query_labels(choices.part)), len(found.key_labels(choices.part))
    limits = (len(calls), calls[0].n_heads, n_rows, n_columns)
    existing = tuple(value if 0 <= value < limit else None for value, limit in zip(chosen, limits, strict=True))
    picked = opening_of(control, choices.part, existing) if None in existing else None
    nothing_chosen = choices.part == "encoder_self" and max(chosen) < 0
    if nothing_chosen and (link := _measured_opening(found)):
        pair = (found.word_of[link[2]], found.word_of[link[3]])
        return Screen(
            choices, texts, found, control, *link, picked=None if pair in named_pairs(found, evaluation) else picked
        )
    return Screen(choices, texts, found, control, *opening_of(found, choices.part, existing), picked=picked)


@kept
def _measured_opening(found: Trace) -> Place | None:
    return opening_link(found, evaluation_of(found.model_name))
