"""Models of others in memory: at most two, each with its untrained twin; the one used longest ago goes first."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import RLock
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

from attnviz.api import (
    PREFIX,
    MissingExtraError,
    likely_in_any,
    likely_next,
    load_control,
    load_model,
    logits,
    n_parameters,
    trace,
    translate,
    without_heads,
    written_by,
)
from attnviz.model.checkpoint import ModelError
from attnviz.session.choices import Choices, model_for
from attnviz.session.kept import SHELF
from attnviz.session.pages import Page
from attnviz.trace.models import ModelRow, row_of
from attnviz.trace.records import PARTS, Array, Part, Trace

_log = logging.getLogger(__name__)
MOST = 2  # models of others in memory, beside our own
LIMIT = "ATTNVIZ_MODEL_MEMORY"  # megabytes that one of them may take, its twin included
USUAL_LIMIT = 2500
T = TypeVar("T")
_loading = RLock()  # thirty users who come at once load a model once


Why: TypeAlias = Literal["too_large", "needs_transformers", "unreadable"]


class OtherModelError(ModelError):
    """A model of others can't be shown."""

    why: Why

    def __init__(self, model: str, why: Why, reason: str = "", needs: str = "", limit: str = "") -> None:
        """Tell which ``model``, by its alias, and ``why``; what it ``needs`` and the ``limit`` are in megabytes."""
        ValueError.__init__(self, f"{model}: {why} {reason or needs}".strip())
        self.model, self.why, self.reason, self.needs, self.limit = model, why, reason, needs, limit


class Pair(NamedTuple):
    """One text read by a model, and the same tokens by its untrained twin."""

    own: Trace
    control: Trace


@dataclass(frozen=True, eq=False)
class Other:
    """A model of others, its untrained twin, and what they have read."""

    row: ModelRow
    model: Any  # an HFModel; attnviz.hf is imported only when a model of others is asked for
    control: Any
    name: object = field(default_factory=object)  # another one each time that it is loaded

    @property
    def kind(self) -> Literal["encoder", "decoder", "encoder_decoder"]:
        """Whether it reads, writes on, or does both."""
        found: Literal["encoder", "decoder", "encoder_decoder"] = self.model.kind
        return found

    @property
    def parts(self) -> tuple[Part, ...]:
        """The attentions that it has."""
        return tuple(part for part in PARTS if part in self.model.n_layers)

    def read(self, text: str) -> Pair:
        """Trace a text once for all who look at it; what an encoder-decoder writes, the twin reads too."""

        def both() -> Pair:
            written = written_by(self.model, text)
            return Pair(trace(self.model, text, written), trace(self.control, text, written))

        with _told(self.row):
            found: Pair = SHELF.get((self.name, text), both)
        return found

    @property
    def can_lose_heads(self) -> bool:
        """Whether heads can be taken out of it: not where only its weights are known."""
        return bool(self.model.sites)

    def scores(self, text: str, out: tuple[tuple[Part, int, int], ...]) -> Array:
        """Return scores of the next token, or an encoder's last vectors, without the heads ``out``: (token, ...)."""
        return self._without(out, "scores", text, lambda: logits(self.model, text))

    def likely_next(
        self, text: str, out: Sequence[tuple[tuple[Part, int, int], ...]], count: int
    ) -> tuple[tuple[str, tuple[float, ...]], ...]:
        """Return the likeliest next tokens without each list of heads, and their probability without each."""
        return likely_in_any(self.model, [self.scores(text, heads)[-1] for heads in out], count)

    def writes(self, text: str, out: tuple[tuple[Part, int, int], ...]) -> str:
        """Return what an encoder-decoder writes without the heads ``out``."""
        return self._without(out, "writes", text, lambda: translate(self.model, text))

    def _without(self, out: tuple[tuple[Part, int, int], ...], what: str, text: str, make: Callable[[], T]) -> T:
        def made() -> T:
            with without_heads(self.model, out):
                return make()

        with _told(self.row):
            found: T = SHELF.get((self.name, what, text, out), made)
        return found


def next_tokens(
    row: ModelRow, found: Trace, count: int, at: int = -1, temperature: float = 1.0
) -> tuple[tuple[str, float], ...]:
    """Return what a listed model would write after position ``at``, likeliest first; empty where it writes nothing."""
    if "logits" in found.missing:
        return ()
    return likely_next(other(row).model, found.logits[at] / temperature, count)


def translates(row: ModelRow) -> bool:
    """Whether a listed model turns one text into another: it is loaded for that. Raises as :func:`other` does."""
    return other(row).kind == "encoder_decoder" and bool(other(row).model.network.can_generate())


def own_model(choices: Choices, page: Page) -> Choices:
    """Return the choices as ``page`` can show them: what takes our own Transformer apart has no model of others."""
    row = row_of(choices.model)
    if not page.needs or row.listed is None or (page.translates and translates(row)):
        return choices
    model = model_for(choices.text)
    return replace(choices, model=model, part="encoder_self", layer=0, head=0, query=0, key=0, drawn="")


def memory_limit() -> int:
    """Return how many megabytes one model may take; nonsense in the variable is the usual limit."""
    told = os.environ.get(LIMIT, "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else USUAL_LIMIT


def other(row: ModelRow) -> Other:
    """Load a listed model once for the whole server; ``OtherModelError`` where it can't be, or is too large."""
    with _loading:
        return _loaded(row, memory_limit())


@lru_cache(maxsize=MOST)
def _loaded(row: ModelRow, limit: int) -> Other:
    assert row.listed is not None  # else it is one of our own
    source, revision = row.listed.source, row.listed.revision
    with _told(row):
        needs = math.ceil(n_parameters(source, revision) * 8 / 1e6)  # float32, and as much again for the twin
        if needs > limit:
            raise OtherModelError(row.name, "too_large", needs=f"{needs:,}", limit=f"{limit:,}")
        model = replace(cast(Any, load_model(source, revision)), name=row.name)
        return Other(row, model, load_control(model))


@contextmanager
def _told(row: ModelRow) -> Iterator[None]:
    """Turn what goes wrong into one sentence of ours, without the place where the owner keeps the model."""
    try:
        yield
    except OtherModelError:
        raise
    except MissingExtraError as error:
        raise OtherModelError(row.name, "needs_transformers") from error
    except ModelError as error:
        _log.warning("%s", error)
        assert row.listed is not None
        place = row.listed.source.removeprefix(PREFIX)
        reason = str(error).removeprefix(f"{row.listed.source}: ").removeprefix(f"{row.name}: ").rstrip(".")
        raise OtherModelError(row.name, "unreadable", reason.replace(place, row.listed.origin)) from error
