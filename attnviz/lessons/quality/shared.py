"""What the sections of the How good is it page share: its settings, the measured scores, who translates."""

from __future__ import annotations

from collections.abc import Iterable

from attnviz.concepts.bleu import WRONG_BLEUS, Bleu, WrongBleu, sentence_bleu
from attnviz.session.settings import Setting, line, one_of, whole
from attnviz.trace.evaluation import Scores, load_scores
from attnviz.trace.models import translators

REFERENCE = line("reference", "the cat is sitting on the mat")
CANDIDATE = line("candidate", "the the cat is on the mat")
ORDER = whole("order", 1, 1, 4)
SLIP = one_of("slip", *WRONG_BLEUS)
SETTINGS: tuple[Setting[int] | Setting[str], ...] = (REFERENCE, CANDIDATE, ORDER, SLIP)


def scored(wrong: WrongBleu | None = None) -> Bleu:
    """Return the BLEU of the reader's two sentences."""
    return sentence_bleu(CANDIDATE.value, REFERENCE.value, wrong)


def compared() -> tuple[str, ...]:
    """Return the models of one task and one test set."""
    return tuple(row.name for row in translators() if row.compared)


def measured(names: Iterable[str] | None = None) -> list[Scores]:
    """Return what was measured of the models that have an evaluation; of the compared ones unless ``names`` says so."""
    return [scores for name in (compared() if names is None else names) if (scores := load_scores(name))]


def missing() -> list[str]:
    """Return the translators of which nothing was measured."""
    return [row.name for row in translators() if load_scores(row.name) is None]
