"""From the decoder's last vector to one score a token: the dot product with every row of the embedding table."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attnviz.components.table import table
from attnviz.concepts.decoding import LastVector, last_vector, piece
from attnviz.lessons.translate.step import OwnView
from attnviz.session.kept import kept
from attnviz.session.markdown import literal
from attnviz.session.models import model_named
from attnviz.session.numerals import written
from attnviz.trace.records import Trace

SHOWN = 6  # tokens with the highest scores


@kept
def _last_vector(model: str, trace: Trace, step: int) -> LastVector:
    return last_vector(model_named(model), trace, step)


def found_in(view: OwnView) -> LastVector:
    """Return the vector of the step on the screen, and what the table makes of it."""
    return _last_vector(view.screen.choices.model, view.done.trace, view.step)


def last_places(view: OwnView) -> dict[str, str]:
    """Return what the section's text names."""
    found = found_in(view)
    return {
        "step": str(view.step + 1),
        "read": literal(view.done.trace.target_tokens[view.step]),
        "width": f"{len(found.vector):,}",
        "vocabulary": f"{len(found.scores):,}",
    }


def scored(view: OwnView) -> None:
    """Write the highest scores out: dot product, length, cosine, probability."""
    opened, found = view.opened, found_in(view)
    model, places = model_named(view.screen.choices.model), last_places(view)
    best = np.argsort(-found.scores, kind="stable")[:SHOWN]
    names = [piece(model, int(token)) for token in best]
    st.latex(
        rf"\underset{{1 \times {len(found.vector)}}}{{h}}\;"
        rf"\underset{{{len(found.vector)} \times {len(found.scores)}}}{{E^\mathsf{{T}}}}"
        rf"=\underset{{1 \times {len(found.scores)}}}{{\text{{scores}}}}"
    )
    with opened.numbers():
        table(
            "translate_last",
            opened.texts,
            np.stack([found.scores[best], found.lengths[best], found.cosines[best], found.probabilities[best]], axis=1),
            caption=opened.say("last_caption", count=len(best), **places),
            corner=opened.say("next_token"),
            rows=names,
            columns=[opened.say(f"last_{name}") for name in ("dot", "length", "cosine", "probability")],
            digits=3,
        )
    told = {"best": literal(names[0]), "score": written(float(found.scores[best[0]]), 3)}
    probability = written(float(found.probabilities[best[0]]), 3)
    st.markdown(opened.say("last_found", vocabulary=places["vocabulary"], probability=probability, **told))
