"""What only the Step by step page has: its selectors, its message to the view, and what the view sends back."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from attnviz.components.steps import message, steps
from attnviz.concepts.wrong_ways import Comparison, compare
from attnviz.session.callbacks import sent_by
from attnviz.session.catalog import Texts
from attnviz.session.choices import choose, parse
from attnviz.session.drawn import drawn_mask
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.trace.check import check_zip
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
from attnviz.ui.controls import head_control, layer_control, model_control, part_control

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
MAY_MISS = ("vectors", "project", "join", "add_norm")
_SENT = ("step", "role", "view", "wrong", "drawn", "query", "key", "dim")


def selectors(screen: Screen) -> None:
    """Draw the row that says which head of which model is taken apart."""
    with st.container(horizontal=True, vertical_alignment="center", key="steps_controls"):
        part_control(screen)
        model_control(screen)
        with st.container(horizontal=True, width="content", key="steps_head"):
            layer_control(screen)
            head_control(screen)


def stage(screen: Screen) -> None:
    """Draw the chosen step."""
    record = shown_step(screen)
    wrong = _wrong(screen, record.step.slug)
    choices = screen.choices
    cell = {"query": screen.query, "key": screen.key, "dim": choices.dim - 1}
    steps(message(_values(screen, record), cell, record, wrong), lambda: receive(sent_by("steps", "choose")))


def shown_step(screen: Screen) -> StepRecord:
    """Return the record of the step that the URL names, or of the nearest before it that this model has."""
    choices = screen.choices
    known = [step.slug for step in steps_of(screen.trace, choices.part, screen.layer)]
    wanted = ALL_STEPS[choices.step - 1].slug
    so_far = ORDER[: ORDER.index(wanted) + 1]
    slug = next((slug for slug in reversed(so_far) if slug in known), known[0])
    return step_record(screen.trace, choices.part, screen.layer, screen.head, slug, _role(screen, slug))


def _roles(screen: Screen, slug: str) -> tuple[Role, ...]:
    """Return which matrices a step lets the reader choose among."""
    if slug == "project":
        letters: dict[Role, str] = {"query": "W_Q", "key": "W_K", "value": "W_V"}
        return tuple(role for role, name in letters.items() if name not in screen.attention.missing)
    return ("query", "key") if slug == "rotate" or (slug == "vectors" and screen.choices.part == "cross") else ()


def _role(screen: Screen, slug: str) -> Role:
    roles, role = _roles(screen, slug), screen.choices.role
    if role in roles or not roles:
        return role
    return "key" if role == "value" and "key" in roles else roles[0]


def missing_steps(screen: Screen) -> None:
    """Say of each step that can't be shown of this model why not."""
    texts, call = screen.texts, screen.attention
    if "query" in call.missing:
        st.caption(texts("steps.missing_all"))
        return
    known = {step.slug for step in steps_of(screen.trace, screen.choices.part, screen.layer)}
    missing = [slug for slug in MAY_MISS if slug not in known]
    if "project" in known:
        missing += [name for name in ("W_Q", "W_K", "W_V") if name in call.missing]
    if missing:
        st.caption(" ".join(texts(f"steps.missing_{name}") for name in missing))


def check_button(screen: Screen) -> None:
    """Offer this head's numbers and the script that recomputes them."""
    texts, part, layer, head = screen.texts, screen.choices.part, screen.layer, screen.head
    st.subheader(texts("steps.check_title"), anchor=False)
    st.markdown(texts("steps.check_text"))
    st.download_button(
        texts("steps.check_button", layer=layer + 1, head=head + 1),
        lambda: check_zip(screen.trace, part, layer, head),  # made when it is asked for
        file_name=f"attnviz-check-{part}-{layer + 1}-{head + 1}.zip",
        mime="application/zip",
        on_click="ignore",
        icon=":material/calculate:",
        key="check",
    )
    st.caption(texts("steps.check_how"))


def _values(screen: Screen, record: StepRecord) -> dict[str, Any]:
    choices, texts, call = screen.choices, screen.texts, screen.attention
    slug = record.step.slug
    labels, reads = row_labels(screen.trace, choices.part)
    steps = steps_of(screen.trace, choices.part, screen.layer)
    knows_scores = "query" not in call.missing
    return {
        "names": [_name(texts, step, call) for step in steps],
        "number": steps.index(record.step) + 1,
        "order": [ALL_STEPS.index(step) + 1 for step in steps],
        "labels": {"query": labels, "key": screen.trace.key_labels(choices.part)},
        "reads": reads,
        "role": _role(screen, slug),
        "roles": _roles(screen, slug),
        "view": choices.view,
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
        "ways": _ways(call, slug),
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


def _texts(screen: Screen) -> dict[str, str]:
    """Return the strings of the page; where there is a single head, those that speak of it."""
    texts = screen.texts.group("steps")
    for_one = {name.removesuffix("_one"): text for name, text in texts.items() if name.endswith("_one")}
    return texts | for_one if screen.attention.n_heads == 1 else texts


def _name(texts: Texts, step: Step, call: Attention) -> str:
    """Name a step; what stands between projection and meeting is more than a rotation in some models, or less."""
    if step.slug == "rotate" and call.query_meeting.rotation is None:
        return texts("steps.name_qk_norm" if call.query_meeting.norm else "steps.name_factor")
    return texts(f"steps.name_{step.slug}")


def _ways(call: Attention, slug: str) -> tuple[str, ...]:
    """Return the wrong ways that say something true of this call."""
    if "query" in call.missing or call.sinks is not None:
        return ()
    is_usual = bool(call.mask.all()) or np.array_equal(call.mask, np.tril(np.ones_like(call.mask)))
    left_out = {"no_scaling"} if not divides_by_root(call) else set()
    if not is_usual:  # a window
        left_out |= {"other_mask", "zero_after"}
    return tuple(way for way in WAYS.get(slug, ()) if way not in left_out)


def _wrong(screen: Screen, slug: str) -> Comparison | None:
    name = screen.choices.wrong
    if name not in _ways(screen.attention, slug):
        return None
    drawn = drawn_mask(screen.attention.mask, screen.choices.drawn)
    return compare(screen.attention, screen.head, name, drawn)  # type: ignore[arg-type]


def receive(value: object) -> None:
    """Write to the URL what the view sends; what comes from the browser is as untrusted as the URL itself."""
    if not isinstance(value, dict):
        return
    offered = {name: str(value[name]) for name in _SENT if type(value.get(name)) in (int, str)}
    accepted, refused = parse({name: text for name, text in offered.items() if text}, "en")
    cleared = {name: "" for name in ("wrong", "drawn") if offered.get(name) == ""}
    choose(
        **{name: getattr(accepted, name) for name, text in offered.items() if text and name not in refused} | cleared
    )
