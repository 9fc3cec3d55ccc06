"""Which link a page opens on, how special it is, and whether the paper's own link is there. Pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from attnviz.trace.evaluation import Evaluation, NamedLink, OpeningSentence
from attnviz.trace.links import Standing, standing
from attnviz.trace.models import find
from attnviz.trace.opening import is_content, is_spelled
from attnviz.trace.plain import plain
from attnviz.trace.records import Array, Trace
from attnviz.trace.seen import Seen

Place = tuple[int, int, int, int]  # (layer, head, row, column)


@dataclass(frozen=True, eq=False)
class Headline:
    """One link, its ranks, and the same pair in all heads of both models."""

    place: Place
    query: str
    key: str
    standing: Standing
    by_head: Array  # (layer, head): this pair in every head
    control: Array  # (layer, head): the same in the untrained model
    own: OwnLink | None  # where the link was picked for its weight
    n_models: int  # untrained models measured offline for this sentence; 0: none
    models_best: float  # the best of all their heads for this pair


class OwnLink(NamedTuple):
    """The untrained model's own heaviest link, picked as the trained model's was."""

    query: str
    key: str
    weight: float


class PaperLink(NamedTuple):
    """The paper's making -> more difficult in our model, beside untrained ones."""

    keys: tuple[str, ...]
    layer: int
    head: int
    weight: float
    n_untrained: int  # how many untrained models it was compared with
    untrained_best: float
    found: bool  # it beats them all

    def is_about(self, query: str, key: str) -> bool:
        """Whether query -> key is this link, or one of its two."""
        return query == "making" and key in self.keys


def headline(
    shown: Seen,
    control: Seen,
    place: Place,
    measured: OpeningSentence | None = None,
    picked: Place | None = None,
) -> Headline:
    """Return the record of the link at ``place``; ``measured`` when it is about these words.

    ``picked``: where the same choice led in the untrained model, when the link was picked for its weight; a largest
    of many can be compared with a largest of many only.
    """
    layer, head, row, column = place
    return Headline(
        place=place,
        query=shown.row_labels[row],
        key=shown.column_labels[column],
        standing=standing(shown.weights, control.weights, shown.masks[layer], place),
        by_head=shown.weights[:, :, row, column],
        control=control.weights[:, :, row, column],
        own=OwnLink(control.row_labels[picked[2]], control.column_labels[picked[3]], float(control.weights[picked]))
        if picked
        else None,
        n_models=measured.n_models if measured else 0,
        models_best=float(measured.untrained_max[row, column]) if measured else float("nan"),
    )


def measured_for(trace: Trace, evaluation: Evaluation | None) -> OpeningSentence | None:
    """Return what was measured for this very sentence with this very cut into words, if anything."""
    opening = evaluation.opening if evaluation else None
    same = opening and opening.sentence == plain(trace.text) and opening.words == trace.words
    row = find(trace.model_name)
    return opening if same and row and row.measured else None


def opening_link(trace: Trace, evaluation: Evaluation | None) -> Place | None:
    """Return (layer, head, query token, key token) of the link that a measured sentence starts with.

    Of the opening sentence a named link first (the heaviest), else the heaviest link between different,
    not adjacent words, those that a content word asks first; of the other examples the first named link:
    whichever is heavier than in every head of every untrained model. None when nothing was measured for this
    sentence or nothing beats them all.
    """
    model = find(trace.model_name)
    if evaluation is None or model is None or not (model.trained and model.measured):
        return None
    measured = measured_for(trace, evaluation)
    if measured is None:
        return _named_link(trace, evaluation)
    weights = trace.by_word("encoder_self")  # (layer, head, query word, key word)
    beats = weights > measured.untrained_max
    named, telling_links = np.zeros(weights.shape[2:], dtype=np.bool_), telling(trace.words)
    for row, column in named_pairs(trace, evaluation):
        named[row, column] = True
    content = np.array([is_content(word) for word in trace.words], dtype=np.bool_)
    for candidates in (named, telling_links & content[:, None], telling_links):
        found = np.where(beats & candidates, weights, -1)
        layer, head, row, column = (int(index) for index in np.unravel_index(int(found.argmax()), found.shape))
        if found[layer, head, row, column] > 0:
            return layer, head, trace.word_of.index(row), trace.word_of.index(column)
    return None


def named_pairs(trace: Trace, evaluation: Evaluation | None) -> tuple[tuple[int, int], ...]:
    """Return (query word, key word) of the links of this sentence that were named before any weight was known."""
    return tuple(
        (trace.words.index(link.query), trace.words.index(link.keys[0]))
        for link in (evaluation.links if evaluation else ())
        if link.sentence == plain(trace.text) and len(link.keys) == 1 and {link.query, *link.keys} <= set(trace.words)
    )


def _named_link(trace: Trace, evaluation: Evaluation) -> Place | None:
    if not (pairs := named_pairs(trace, evaluation)):
        return None
    weights = trace.by_word("encoder_self")  # (layer, head, query word, key word)
    untrained = {(link.sentence, link.query, link.keys): max(link.untrained) for link in evaluation.links}
    for row, column in pairs:
        by_head = weights[:, :, row, column]
        layer, head = (int(index) for index in np.unravel_index(int(by_head.argmax()), by_head.shape))
        if by_head[layer, head] > untrained[plain(trace.text), trace.words[row], (trace.words[column],)]:
            return layer, head, trace.word_of.index(row), trace.word_of.index(column)
    return None


def telling(words: tuple[str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return (query word, key word): True between spelled words that are neither the same nor neighbours."""
    place = np.arange(len(words))
    spelled = np.array([is_spelled(word) for word in words], dtype=np.bool_)
    apart: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.abs(place[:, None] - place) > 1
    return apart & spelled[:, None] & spelled


def paper_link(trace: Trace, control: Trace, evaluation: Evaluation | None) -> PaperLink | None:
    """Look for the paper's making -> more, difficult or both together; None in other sentences.

    Returns the first that beats every untrained model, the heaviest single word first; else the sum.
    Of other models than the translator, and without an evaluation, only the untrained twin that is traced
    here is known.
    """
    words, row = trace.words, find(trace.model_name)
    if row is None or not (row.translates and row.reads == "en") or not {"making", "more", "difficult"} <= set(words):
        return None
    weights, others = trace.by_word("encoder_self"), control.by_word("encoder_self")
    candidates = []
    for keys in (("more",), ("difficult",), ("more", "difficult")):
        columns = [words.index(key) for key in keys]
        making = words.index("making")
        by_head, untrained = (array[:, :, making, columns].sum(axis=-1) for array in (weights, others))
        layer, head = (int(index) for index in np.unravel_index(int(by_head.argmax()), by_head.shape))
        weight = float(by_head[layer, head])
        known = _untrained(plain(trace.text), keys, evaluation) if row.measured else ()
        compared = known or (float(untrained.max()),)
        best = max(compared)
        candidates.append(PaperLink(keys, layer, head, weight, len(compared), best, weight > best))
    single = [link for link in candidates[:2] if link.found]
    return max(single, key=lambda link: link.weight) if single else candidates[2]


def _untrained(sentence: str, keys: tuple[str, ...], evaluation: Evaluation | None) -> tuple[float, ...]:
    def fits(link: NamedLink) -> bool:
        return (link.sentence, link.query, link.keys) == (sentence, "making", keys)

    links = evaluation.links if evaluation else ()
    return next((link.untrained for link in links if fits(link)), ())
