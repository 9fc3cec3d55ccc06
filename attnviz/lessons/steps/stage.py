"""What only the Step by step page has: its selectors, its message to the view, and what the view sends back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from attnviz.components.steps import message, steps
from attnviz.concepts.wrong_ways import Comparison, compare
from attnviz.session.callbacks import sent_by
from attnviz.session.choices import choose, parse
from attnviz.session.drawn import drawn_mask
from attnviz.session.naming import named
from attnviz.session.screen import Screen
from attnviz.trace.check import check_zip
from attnviz.trace.steps import STEPS, StepRecord, row_labels, step_record
from attnviz.trace.tokens import visible_line
from attnviz.ui.controls import head_control, layer_control, model_control, part_control

WAYS = {  # which wrong ways a step offers
    "scale": ("no_scaling",),
    "mask": ("other_mask", "drawn_mask", "zero_after"),
    "softmax": ("no_scaling", "whole_matrix", "zero_after", "drawn_mask"),
}
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
    """Return the record of the step that the URL names."""
    choices = screen.choices
    slug = STEPS[choices.step - 1].slug
    return step_record(screen.trace, choices.part, screen.layer, screen.head, slug, choices.role)


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
    roles = {"project": ("query", "key", "value"), "vectors": ("query", "key") if choices.part == "cross" else ()}
    role = "key" if slug == "vectors" and choices.role == "value" else choices.role
    names = [texts(f"steps.name_{step.slug}") for step in STEPS]
    return {
        "names": names,
        "name": names[choices.step - 1],
        "labels": {"query": labels, "key": screen.trace.key_labels(choices.part)},
        "reads": reads,
        "role": role,
        "roles": roles.get(slug, ()),
        "view": choices.view,
        "drawn": choices.drawn,
        "part": choices.part,
        "layer": screen.layer,
        "head": screen.head,
        "heads": call.n_heads,
        "dK": call.query.shape[-1],
        "dModel": call.inputs.shape[-1],
        "normFirst": screen.trace.norm_first,
        "masksNothing": bool(call.mask.all()),
        "ways": WAYS.get(slug, ()),
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


def _wrong(screen: Screen, slug: str) -> Comparison | None:
    name = screen.choices.wrong
    if name not in WAYS.get(slug, ()):
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
