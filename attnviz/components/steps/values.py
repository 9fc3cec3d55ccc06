"""What the stage says of a step: names, labels, choices; and which step is shown where a model lacks the one asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from attnviz.session.catalog import Texts
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.trace.pieces import pieces
from attnviz.trace.records import Attention
from attnviz.trace.steps import (
    ALL_STEPS,
    Role,
    Step,
    StepRecord,
    divides_by_root,
    row_labels,
    step_record,
    steps_of,
)
from attnviz.trace.tokens import visible_line

WAYS = {  # which wrong ways a step offers
    "scale": ("no_scaling",),
    "mask": ("other_mask", "drawn_mask", "zero_after"),
    "softmax": ("no_scaling", "whole_matrix", "zero_after", "drawn_mask"),
}
# The order in which models compute: not every model has every step, and four of them may be unknown.
ORDER = (
    "vectors",
    "project",
    "rotate",
    "scores",
    "scale",
    "softcap",
    "bias",
    "mask",
    "softmax",
    "mix",
    "join",
    "add_norm",
)


def shown_step(screen: Screen) -> StepRecord:
    """Return the record of the step that the URL names, or of the nearest before it that this model has."""
    choices = screen.choices
    known = [step.slug for step in steps_of(screen.trace, choices.part, screen.layer)]
    wanted = ALL_STEPS[choices.step - 1].slug
    so_far = ORDER[: ORDER.index(wanted) + 1]
    slug = next((slug for slug in reversed(so_far) if slug in known), known[0])
    return step_record(screen.trace, choices.part, screen.layer, screen.head, slug, _role(screen, slug))


def roles_of(screen: Screen, slug: str) -> tuple[Role, ...]:
    """Return which matrices a step lets the reader choose among."""
    if slug == "project":
        letters: dict[Role, str] = {"query": "W_Q", "key": "W_K", "value": "W_V"}
        return tuple(role for role, name in letters.items() if name not in screen.attention.missing)
    if slug == "rotate":
        return tuple(screen.attention.meetings)
    return ("query", "key") if slug == "vectors" and screen.choices.part == "cross" else ()


def _role(screen: Screen, slug: str) -> Role:
    roles, role = roles_of(screen, slug), screen.choices.role
    if role in roles or not roles:
        return role
    return "key" if role == "value" and "key" in roles else roles[0]


def values_of(screen: Screen, record: StepRecord) -> dict[str, Any]:
    """Return what the view draws beside a step's matrices."""
    choices, texts, call = screen.choices, screen.texts, screen.attention
    slug = record.step.slug
    rows, reads, columns = labels_of(screen)
    steps = steps_of(screen.trace, choices.part, screen.layer)
    knows_scores = "query" not in call.missing
    return {
        "names": [_name(texts, step, call) for step in steps],
        "number": steps.index(record.step) + 1,
        "order": [ALL_STEPS.index(step) + 1 for step in steps],
        "labels": {"query": rows, "key": columns},
        "reads": reads,
        "role": _role(screen, slug),
        "roles": roles_of(screen, slug),
        "view": choices.view or "sentence",
        "drawn": choices.drawn,
        "part": choices.part,
        "layer": screen.layer,
        "head": screen.head,
        "heads": call.n_heads,
        "sharedBy": call.shared_by,
        "dK": call.query.shape[-1] if knows_scores else 0,
        "dV": call.value.shape[-1] if knows_scores else 0,
        "dModel": 0 if "inputs" in call.missing else call.inputs.shape[-1],
        "normFirst": screen.trace.norm_first,
        "isOurs": not screen.trace.around,
        "byRoot": knows_scores and divides_by_root(call),
        "masksNothing": knows_scores and bool(call.mask.all()),
        "ways": ways_of(call, slug),
        "whatIf": None,
        "caption": texts(
            f"steps.caption_{choices.part}",
            model=named(texts, choices.model, "subject"),
            layer=screen.layer + 1,
            head=screen.head + 1,
        ),
        "sentence": visible_line(screen.trace.text),
        "target": visible_line(screen.trace.target),
        "texts": _texts(screen),
    }


def labels_of(screen: Screen) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return what stands at each row, what a row reads where that is another token, and what stands at each column.

    Pieces of one word are marked as such: "sn·", "·ake"; tokenizers of models of others have marks of their own.
    """
    trace, part = screen.trace, screen.choices.part
    rows, reads = row_labels(trace, part)
    columns = trace.key_labels(part)
    if trace.around:
        return rows, reads, columns
    of_target = trace.target_word_of
    of_rows = {"encoder_self": trace.word_of, "decoder_self": of_target, "cross": (*of_target[1:], None)}[part]
    of_columns = of_target if part == "decoder_self" else trace.word_of
    return pieces(rows, of_rows), pieces(reads, of_target) if reads else (), pieces(columns, of_columns)


def _texts(screen: Screen) -> dict[str, str]:
    """Return the strings of the page; where there is a single head, those that speak of it."""
    texts = screen.texts.group("steps")
    for_one = {name.removesuffix("_one"): text for name, text in texts.items() if name.endswith("_one")}
    return texts | for_one if screen.attention.n_heads == 1 else texts


def _name(texts: Texts, step: Step, call: Attention) -> str:
    """Name a step; what stands between projection and meeting is more than a rotation in some models, or less."""
    if step.slug == "rotate" and not any(meeting.rotation for meeting in call.meetings.values()):
        normed = any(meeting.norm for meeting in call.meetings.values())
        return texts("steps.name_qk_norm" if normed else "steps.name_factor")
    return texts(f"steps.name_{step.slug}")


def ways_of(call: Attention, slug: str) -> tuple[str, ...]:
    """Return the wrong ways that say something true of this call."""
    if "query" in call.missing or call.sinks is not None:
        return ()
    is_usual = bool(call.mask.all()) or np.array_equal(call.mask, np.tril(np.ones_like(call.mask)))
    left_out = {"no_scaling"} if not divides_by_root(call) else set()
    if not is_usual:  # a window
        left_out |= {"other_mask", "zero_after"}
    return tuple(way for way in WAYS.get(slug, ()) if way not in left_out)
