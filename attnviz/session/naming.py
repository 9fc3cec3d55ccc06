"""What the models are called."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from attnviz.session.catalog import Texts
from attnviz.trace.models import MODELS, find

# in the list of models, as the subject of a sentence, in a caption, with what it does, in a table of models
Form: TypeAlias = Literal["menu", "subject", "view", "does", "table"]


NAMES = tuple(row.name for row in MODELS)


def named(texts: Texts, model: Annotated[str, NAMES], form: Form) -> str:
    """Return what a model is called; one that the strings don't know, a server's own, by its name.

    In the list of models a line on what it is stands behind it.
    """
    row = find(model)
    if form == "menu" and row and row.listed and row.listed.about:
        return texts("models.any_about", model=model, about=row.listed.about)
    key = f"models.{model}_{form}"
    return texts(key) if key in texts else texts(f"models.any_{form}", model=model)
