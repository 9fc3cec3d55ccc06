"""The one table of models: what each is, reads and writes; whoever asks for a model by name asks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from attnviz.trace.listed import Listed, listed
from attnviz.trace.records import PARTS, Part

Kind: TypeAlias = Literal["encoder_decoder", "encoder", "decoder", "recurrent", "other"]
PARTS_OF: dict[Kind, tuple[Part, ...]] = {  # the attentions that a trace of this kind holds
    "encoder_decoder": PARTS,
    "encoder": ("encoder_self",),
    "decoder": ("decoder_self",),
    "recurrent": (),  # its attention has no heads, queries or keys: a RecurrentTrace
    "other": PARTS,  # any of them: which ones is known when it is loaded
}


@dataclass(frozen=True)
class ModelRow:
    """One model; its strings are those of its name in ``attnviz/session/models.<language>.json``."""

    name: str  # in the URL, in code and in the catalogue of strings
    kind: Kind = "encoder_decoder"
    source: str = ""  # folder of weights, by default its name; "hf:..." for a model from Hugging Face
    reads: str | None = None  # language; None: it does not translate
    writes: str | None = None
    trained: bool = True
    twin: str = ""  # the row that is its untrained control; "": one is made of its shape
    compared: bool = False  # one task and one test set: stands beside the translator wherever models are compared
    measured: bool = False  # what heads do, here and in untrained models of this shape, was measured offline
    listed: Listed | None = None  # a model of others: what this server's owner says of it

    @property
    def folder(self) -> str:
        """Where its weights, or at least its shape and its tokenizer, come from."""
        return self.source or self.name

    @property
    def is_ours(self) -> bool:
        """Whether it lies in ``weights/`` and is read by our own code."""
        return not self.folder.startswith("hf:")

    @property
    def parts(self) -> tuple[Part, ...]:
        """The attentions that its trace holds."""
        return PARTS_OF[self.kind]

    @property
    def translates(self) -> bool:
        """Whether it learned to write one language for another."""
        return self.trained and self.reads is not None and self.writes is not None


MODELS = (
    ModelRow("translator", reads="en", writes="de", twin="untrained", compared=True, measured=True),
    ModelRow("single_head", reads="en", writes="de", compared=True),
    ModelRow("recurrent_attention", "recurrent", reads="en", writes="de", compared=True),
    ModelRow("recurrent", "recurrent", reads="en", writes="de", compared=True),
    ModelRow("korean", reads="ko", writes="en"),
    ModelRow("untrained", source="translator", trained=False, twin="untrained", measured=True),
)


class NoPartError(ValueError):
    """A model was asked for a part that its kind does not have."""

    parts: tuple[Part, ...]

    def __init__(self, model: str, *parts: Part, has: tuple[Part, ...] = ()) -> None:
        """Name the model, the parts that were asked for, and those that it ``has``."""
        super().__init__(f"{model} has no {' and no '.join(parts)} attention")
        self.model = model
        self.parts = parts
        self.has = has


def others() -> tuple[ModelRow, ...]:
    """Return the rows of models of others, as they are at this moment; our own names stay ours."""
    ours = {row.name for row in MODELS}
    return tuple(ModelRow(one.alias, "other", one.source, listed=one) for one in listed() if one.alias not in ours)


def find(name: str) -> ModelRow | None:
    """Return the row of a model, None for a model that is in no row: a twin, or one that a notebook made."""
    ours = next((row for row in MODELS if row.name == name), None)  # the folder of models of others stays unread
    return ours or next((row for row in others() if row.name == name), None)


def row_of(name: str) -> ModelRow:
    """Return the row of a model; ``KeyError`` when there is none of this name."""
    row = find(name)
    if row is None:
        raise KeyError(name)
    return row


def choosable() -> tuple[str, ...]:
    """Return the models that a reader may choose: those whose attention has heads, our own first."""
    return tuple(row.name for row in (*MODELS, *others()) if row.parts)


def translators() -> tuple[ModelRow, ...]:
    """Return the trained translators, those of the compared task first."""
    return tuple(sorted((row for row in MODELS if row.translates), key=lambda row: not row.compared))


def reader_of(language: str) -> str:
    """Return the first model that a reader may choose and that learned to read ``language``, else the first of all."""
    reads = (row.name for row in MODELS if row.parts and row.translates and row.reads == language)
    return next(reads, MODELS[0].name)


def require(name: str, *parts: Part) -> None:
    """Raise ``NoPartError`` unless the model has all of ``parts``."""
    has = row_of(name).parts
    missing = [part for part in parts if part not in has]
    if missing:
        raise NoPartError(name, *missing, has=has)


def trained_here() -> tuple[str, ...]:
    """Return the models with weights of their own, which ``training/`` makes; the Makefile asks for these."""
    return tuple(row.name for row in MODELS if row.trained and row.is_ours)
