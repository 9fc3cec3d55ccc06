"""What can go wrong with a model of others, each in one sentence with what mends it."""

from __future__ import annotations

from pathlib import Path

from attnviz.model.checkpoint import ModelError


class HFError(ModelError):
    """A model of ``transformers`` can't be loaded or looked into; the message says why and what helps."""

    def __init__(self, name: str, what: str, remedy: str = "") -> None:
        """Tell ``what`` is wrong with the model ``name``, and the ``remedy``."""
        ValueError.__init__(self, f"{name}: {what}" + (f"; {remedy}" if remedy else "") + ".")
        self.path = Path(name)
