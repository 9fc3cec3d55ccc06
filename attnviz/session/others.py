"""Models of others in memory: at most two, each with its untrained twin; the one used longest ago goes first."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import RLock
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from attnviz.api import (
    PREFIX,
    MissingExtraError,
    likely_next,
    load_control,
    load_model,
    n_parameters,
    trace,
    written_by,
)
from attnviz.model.checkpoint import ModelError
from attnviz.session.kept import SHELF
from attnviz.trace.models import ModelRow
from attnviz.trace.records import PARTS, Part, Trace

_log = logging.getLogger(__name__)
MOST = 2  # models of others in memory, beside our own
LIMIT = "ATTNVIZ_MODEL_MEMORY"  # megabytes that one of them may take, its twin included
USUAL_LIMIT = 2500
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


def next_tokens(row: ModelRow, found: Trace, count: int) -> tuple[tuple[str, float], ...]:
    """Return what a listed decoder would write after the text, likeliest first; empty where it writes nothing on."""
    model = other(row)
    if model.kind != "decoder" or "logits" in found.missing:
        return ()
    return likely_next(model.model, found.logits[-1], count)


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
