"""What works for every model alike: our own, and any of ``transformers`` by a name that starts with ``hf:``.

``attnviz.hf`` is imported only when it is asked for: everything else works without requirements-hf.txt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from attnviz.model.checkpoint import ModelError
from attnviz.model.place import INSTALLED, WEIGHTS
from attnviz.trace import run
from attnviz.trace.records import Array, Part, Trace
from attnviz.trace.recurrent import RecurrentModel, RecurrentTrace
from attnviz.trace.run import Model, RecurrentName
from attnviz.trace.tokens import Tokens

if TYPE_CHECKING:
    from attnviz.hf import HFModel
    from attnviz.standalone import Shown

Attentive: TypeAlias = "Model | HFModel"  # a model with a Trace
PREFIX = "hf:"
INSTALL = "pip install 'attnviz[hf]'" if INSTALLED else "pip install -r requirements-hf.txt -c constraints.txt"


class MissingExtraError(ModelError):
    """A model of others is asked for, and the library that reads it is not installed."""

    def __init__(self, name: str) -> None:
        """Name the command that installs it."""
        ValueError.__init__(
            self, f"{name}: models of others need the library transformers; install it with: {INSTALL}."
        )
        self.path = Path(name)


def _hf(name: str) -> Any:
    if find_spec("transformers") is None:
        raise MissingExtraError(name)
    import attnviz.hf

    return attnviz.hf


@overload
def load_model(name: RecurrentName, revision: None = ..., *, weights: Path = ...) -> RecurrentModel: ...  # type: ignore[overload-overlap]


@overload
def load_model(name: str = ..., revision: str | None = ..., *, weights: Path = ...) -> Model: ...


def load_model(name: str = "translator", revision: str | None = None, *, weights: Path = WEIGHTS) -> Any:
    """Load a model by name: one of our own, or ``hf:<repository or folder>`` of ``transformers``.

    Our own: see :func:`attnviz.trace.run.load_model`. ``revision``: commit, branch or tag of the hub; only
    safetensors are read, and no code comes along. Of a model of others everything is an
    :class:`attnviz.hf.HFModel`, which stands wherever a :class:`Model` does.
    Raises ``ModelError`` (a ``ValueError``), one sentence with the remedy.
    """
    if name.startswith(PREFIX):
        return _hf(name).load(name, revision)
    if revision is not None:
        raise ModelError(weights / name, "only models of the hub have revisions")
    return run.load_model(name, weights=weights)


def load_control(model: str | Attentive, revision: str | None = None, *, weights: Path = WEIGHTS) -> Model:
    """Make the untrained twin of a model, or of the model of that name: its shape, random numbers from a fixed seed.

    Raises as :func:`load_model` does.
    """
    if isinstance(model, str) and not model.startswith(PREFIX):
        return run.load_control(model, weights=weights)
    if isinstance(model, Model):
        return run.load_control(model.name, weights=weights)
    hf = _hf(model if isinstance(model, str) else model.name)
    made: Model = hf.load_control(model, revision) if isinstance(model, str) else hf.control_of(model)
    return made


def n_parameters(name: str, revision: str | None = None) -> int:
    """Count the numbers that a model of others holds; only its configuration is read. Raises as ``load_model``."""
    found: int = _hf(name).n_parameters(name, revision)
    return found


def likely_next(model: HFModel, scores: Array, count: int) -> tuple[tuple[str, float], ...]:
    """Return what a model of others writes next most likely: tokens and probabilities, of one position's scores."""
    found: tuple[tuple[str, float], ...] = _hf(model.name).likely_next(model, scores, count)
    return found


def likely_in_any(model: HFModel, scores: Sequence[Array], count: int) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return the tokens that are among the likeliest of any of these scores, and their probability in each."""
    found: tuple[tuple[str, tuple[float, ...]], ...] = _hf(model.name).likely_in_any(model, scores, count)
    return found


def written_by(model: HFModel, text: str | Sequence[str]) -> Tokens | None:
    """Return what an encoder-decoder of others writes by itself, for a second model to read; None for other kinds."""
    found: Tokens | None = _hf(model.name).written_by(model, text)
    return found


def without_heads(model: HFModel, heads: Iterable[tuple[Part, int, int]]) -> AbstractContextManager[None]:
    """Take heads of a model of others out for a while: see :func:`attnviz.hf.without_heads`."""
    found: AbstractContextManager[None] = _hf(model.name).without_heads(model, heads)
    return found


def wrap_hf(model: Any, tokenizer: Any, name: str = "model in memory") -> Model:
    """Make a model of ``transformers`` that you have in memory ready to be traced; float32, on the CPU.

    From then on it calls our attention function and carries hooks that keep nothing; its numbers stay.
    Raises ``ModelError`` with the reason where it can't be looked into.
    """
    wrapped: Model = _hf(name).prepared(name, model, tokenizer)
    return wrapped


@overload
def trace(model: RecurrentModel, text: str | Sequence[str], target: str | Tokens | None = ...) -> RecurrentTrace: ...


@overload
def trace(model: Attentive, text: str | Sequence[str], target: str | Tokens | None = ...) -> Trace: ...


def trace(model: Any, text: str | Sequence[str], target: str | Tokens | None = None) -> Any:
    """Record every intermediate of reading ``text`` and writing ``target`` (None: what the model itself writes).

    See :func:`attnviz.trace.run.trace` for our own models and :func:`attnviz.hf.trace` for those of others: an
    encoder alone fills ``encoder_self``, a decoder alone ``decoder_self``, an encoder-decoder all three.
    """
    if isinstance(model, Model | RecurrentModel):
        return run.trace(model, text, target)
    return _hf(model.name).trace(model, text, target)


def logits(model: Attentive | RecurrentModel, text: str | Sequence[str], target: str = "") -> Array:
    """Return float32 (position, vocabulary) of the plain fused forward pass, with no record."""
    if isinstance(model, Model | RecurrentModel):
        return run.logits(model, text, target)
    found: Array = _hf(model.name).logits(model, text, target)
    return found


def translate(model: Attentive | RecurrentModel, text: str | Sequence[str]) -> str:
    """Translate greedily; ``EmptyTextError`` when there is nothing to read."""
    if isinstance(model, Model | RecurrentModel):
        return run.translate(model, text)
    written: str = _hf(model.name).translate(model, text)
    return written


def show(trace: Trace, view: str = "heads", lang: str = "en", **place: Any) -> Shown:
    """Show a trace in a notebook, or with ``.save(path)`` in one file: "heads", "lines" or "steps".

    ``lang``: "en" or "ko". ``place``: ``part``, ``layer`` and ``head``, see :func:`attnviz.standalone.show`.
    ``ValueError`` for what there isn't.
    """
    from attnviz.standalone import show as shown

    return shown(trace, view, lang, **place)  # type: ignore[arg-type]
