"""What the sections of the How good is it page share: its settings, the measured scores, who translates."""

from __future__ import annotations

from attnviz.concepts.bleu import WRONG_BLEUS, Bleu, WrongBleu, sentence_bleu
from attnviz.session.settings import Setting, line, one_of, whole
from attnviz.trace.evaluation import Scores, load_scores

GERMAN = ("translator", "single_head", "recurrent_attention", "recurrent")  # one task, one test set
SHIPPED = (*GERMAN, "korean")

REFERENCE = line("reference", "the cat is sitting on the mat")
CANDIDATE = line("candidate", "the the cat is on the mat")
ORDER = whole("order", 1, 1, 4)
SLIP = one_of("slip", *WRONG_BLEUS)
SETTINGS: tuple[Setting[int] | Setting[str], ...] = (REFERENCE, CANDIDATE, ORDER, SLIP)


def scored(wrong: WrongBleu | None = None) -> Bleu:
    """Return the BLEU of the reader's two sentences."""
    return sentence_bleu(CANDIDATE.value, REFERENCE.value, wrong)


def measured(names: tuple[str, ...] = GERMAN) -> list[Scores]:
    """Return what was measured of the models that have an evaluation."""
    return [scores for name in names if (scores := load_scores(name))]


def missing(names: tuple[str, ...] = SHIPPED) -> list[str]:
    """Return the models of which nothing was measured."""
    return [name for name in names if load_scores(name) is None]
