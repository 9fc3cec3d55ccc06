"""The nine steps of one attention head: what enters and what leaves each, in the trace's own numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from attnviz.trace.records import Array, Attention, Mask, Meeting, Norm, Part, Rotation, Trace, sub_layer

Axis: TypeAlias = Literal["query", "key", "d_k", "d_model"]
Role: TypeAlias = Literal["query", "key", "value"]
Operation: TypeAlias = Literal["add", "product", "rotate", "scale", "softcap", "mask", "softmax", "given"]


class Step(NamedTuple):
    """One line of the table: names, formula and axes of what leaves the step."""

    slug: str
    name: str
    formula: str  # LaTeX; \live{...} is the term that this step computes
    axes: tuple[Axis, Axis]
    section: str  # of "Attention Is All You Need"


_SOFTMAX = r"\operatorname{softmax}"
STEPS = (
    Step(
        "vectors",
        "Words to vectors",
        r"x=\live{\sqrt{d_{model}}\,E_{token}+PE_{position}}",
        ("query", "d_model"),
        "3.4, 3.5",
    ),
    Step("project", "Query, key, value", r"Q=\live{XW^{Q}+b^{Q}}", ("query", "d_k"), "3.2.2"),
    Step("scores", "Scores", _SOFTMAX + r"\left(\frac{\live{QK^{T}}}{\sqrt{d_k}}\right)V", ("query", "key"), "3.2.1"),
    Step("scale", "Scale", _SOFTMAX + r"\left(\frac{QK^{T}}{\live{\sqrt{d_k}}}\right)V", ("query", "key"), "3.2.1"),
    Step(
        "mask",
        "Mask",
        _SOFTMAX + r"\left(\live{\operatorname{mask}}\left(\frac{QK^{T}}{\sqrt{d_k}}\right)\right)V",
        ("query", "key"),
        "3.2.3",
    ),
    Step(
        "softmax",
        "Softmax",
        r"\live{\operatorname{softmax}}\left(\frac{QK^{T}}{\sqrt{d_k}}\right)V",
        ("query", "key"),
        "3.2.1",
    ),
    Step(
        "mix", "Mix the values", _SOFTMAX + r"\left(\frac{QK^{T}}{\sqrt{d_k}}\right)\live{V}", ("query", "d_k"), "3.2.1"
    ),
    Step(
        "join",
        "Join the heads",
        r"\live{\operatorname{Concat}\left(head_1,…,head_h\right)W^{O}+b^{O}}",
        ("query", "d_model"),
        "3.2.2",
    ),
    Step(
        "add_norm",
        "Add and normalise",
        r"\live{\operatorname{LayerNorm}\left(x+output\right)}",
        ("query", "d_model"),
        "3.1",
    ),
)


# Steps that the paper's model does not have; ``steps_of`` puts them where they belong.
ROTATE = Step("rotate", "Rotate by position", r"Q=\live{R_{position}\,Q}", ("query", "d_k"), "RoFormer 3.2")
SOFTCAP = Step(
    "softcap", "Cap the scores", r"\live{c\tanh\left(\frac{\cdot}{c}\right)}", ("query", "key"), "Gemma 2, 2"
)
BIAS = Step("bias", "Position bias", r"\live{+B}", ("query", "key"), "T5, 2.1")
ALL_STEPS = (*STEPS, ROTATE, SOFTCAP, BIAS)  # a link names a step by its place here, whichever model it is about


@dataclass(frozen=True, eq=False)
class Matrix:
    """A named matrix of a step, oriented as it is multiplied."""

    name: str  # in the words of the trace
    axes: tuple[Axis, Axis]
    values: Array | Mask


@dataclass(frozen=True, eq=False)
class StepRecord:
    """One step of one head: the matrices that enter, those on the way, and the one that leaves.

    ``operation`` is what happens: "product" (the two that enter are multiplied, ``bias`` added),
    "rotate" (``meeting``: factor, norm and rotation of projected vectors), "scale" (multiplied by ``scale``),
    "softcap", "mask", "softmax" (row by row, ``sink`` one more score of each), "given" (weights of which nothing
    else is known), or "add" (what enters is added up, then LayerNorm is taken where ``norm`` is given).
    """

    step: Step
    operation: Operation
    formula: str
    entering: tuple[Matrix, ...]
    between: tuple[Matrix, ...]
    leaving: Matrix
    bias: Array | None = None  # (columns of what leaves)
    norm: Norm | None = None
    meeting: Meeting | None = None
    moments: tuple[Array, Array] | None = None  # mean and variance that the norm of a meeting takes of each row
    scale: float | None = None
    softcap: float | None = None
    sink: float | None = None

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """All matrices, in the order in which they are computed."""
        return (*self.entering, *self.between, self.leaving)


def step_record(trace: Trace, part: Part, layer: int, head: int, slug: str, role: Role = "query") -> StepRecord:
    """Return one step of one head (layer and head count from 0).

    ``role`` chooses among Q, K and V in step "project", between Q and K in step "rotate", and in step "vectors"
    of cross-attention between the decoder's vectors ("query") and the encoder's. ``KeyError`` for an unknown
    slug, and for a step that this call does not have.
    """
    step = {step.slug: step for step in steps_of(trace, part, layer)}[slug]
    if slug == "vectors":
        return _vectors(step, trace, part, layer, role)
    if slug == "project":
        return _project(step, trace, part, layer, head, role)
    if slug == "rotate":
        return _rotate(step, trace, part, layer, head, role)
    if slug == "join":
        return _join(step, trace, part, layer)
    if slug == "add_norm":
        return _add_norm(step, trace, part, layer)
    return _attend_step(step, trace, part, layer, head)


def steps_of(trace: Trace, part: Part, layer: int) -> tuple[Step, ...]:
    """Return the steps that one call has, in order: those of the paper, the model's own, without unknown ones."""
    call = trace.attention(part)[layer]
    unknown = {
        "vectors": "inputs" in call.missing or (trace.around and trace.around[sub_layer(part, layer)].x is None),
        "project": {"W_Q", "W_K", "W_V"} <= call.missing,
        "join": "output" in call.missing,
        "add_norm": not trace.adds_up(part, layer),
    }
    if "query" in call.missing:
        return tuple(step for step in STEPS if step.slug == "softmax")
    found: list[Step] = []
    for step in STEPS:
        if not unknown.get(step.slug):
            found.append(step)
        if step.slug == "project" and call.turns:
            found.append(ROTATE)
        if step.slug == "scale":
            found += [SOFTCAP] * (call.softcap is not None) + [BIAS] * (call.bias is not None)
    return tuple(found)


def formula_of(call: Attention, slug: str) -> str:
    """Return the formula of a step from scores to mix as this call computes it, the step's own term live."""
    if call.softcap is None and call.bias is None and call.sinks is None and divides_by_root(call):
        return {step.slug: step.formula for step in STEPS}[slug]

    def live(name: str, term: str) -> str:
        return rf"\live{{{term}}}" if name == slug else term

    scores = live("scores", "QK^{T}")
    if divides_by_root(call):
        root = live("scale", r"\sqrt{d_k}")
        inner = rf"\frac{{{scores}}}{{{root}}}"
    elif call.scale == 1 and slug != "scale":
        inner = scores
    else:
        inner = rf"{live('scale', f'{call.scale:.4g}')}\cdot {scores}"
    if call.softcap is not None:
        bent = live("softcap", rf"{call.softcap:g}\tanh")
        inner = rf"{bent}\left(\frac{{{inner}}}{{{call.softcap:g}}}\right)"
    if call.bias is not None:
        inner = f"{inner}{live('bias', '+B')}"
    if slug == "mask":
        inner = rf"\live{{\operatorname{{mask}}}}\left({inner}\right)"
    if call.sinks is not None:
        inner += r"\,\middle|\,sink"
    return rf"{live('softmax', _SOFTMAX)}\left({inner}\right){live('mix', 'V')}"


def divides_by_root(call: Attention) -> bool:
    """Whether scores are divided by sqrt(d_k), as in the paper."""
    return math.isclose(call.scale * math.sqrt(call.query.shape[-1]), 1, rel_tol=1e-6)


def _vectors(step: Step, trace: Trace, part: Part, layer: int, role: Role) -> StepRecord:
    call = trace.attention(part)[layer]
    if part == "cross" and role != "query":
        return _memory(step, trace, call.memory)
    leaving = Matrix("inputs", ("query", "d_model"), call.inputs)
    around = trace.around.get(sub_layer(part, layer))
    stream = trace.stream_before(part, layer)
    assert stream is not None  # else there is no such step
    x = Matrix("x", ("query", "d_model"), stream)
    norm = trace.input_norm(part, layer)
    first = part != "cross" and layer == 0 and around is None
    if not first:
        formula = rf"X=\live{{{_named(norm)}\left(x\right)}}" if norm else r"X=\live{x}"
        return StepRecord(step, "add", formula, (x,) if norm else (), (), leaving, norm=norm)
    words, places = (
        (trace.embeddings, trace.positions)
        if part == "encoder_self"
        else (trace.target_embeddings, trace.target_positions)
    )
    entering = (Matrix("embeddings", ("query", "d_model"), words), Matrix("positions", ("query", "d_model"), places))
    formula = (
        r"X=\live{\operatorname{LayerNorm}\left(\sqrt{d_{model}}\,E_{token}+PE_{position}\right)}"
        if norm
        else step.formula
    )
    return StepRecord(step, "add", formula, entering, (x,) if norm else (), leaving, norm=norm)


def _memory(step: Step, trace: Trace, memory: Array) -> StepRecord:
    """Cross-attention reads the encoder's last vectors, after its final LayerNorm where it has one."""
    norm = None if trace.around else trace.norms.get("encoder.final")
    leaving = Matrix("memory", ("key", "d_model"), memory)
    if norm is None:
        return StepRecord(step, "add", r"X=\live{x}", (), (), leaving)
    last = [name for name in trace.residual if name.startswith("encoder.")][-1]
    x = Matrix("x", ("key", "d_model"), trace.residual[last])
    return StepRecord(step, "add", r"X=\live{\operatorname{LayerNorm}\left(x\right)}", (x,), (), leaving, norm=norm)


def _project(step: Step, trace: Trace, part: Part, layer: int, head: int, role: Role) -> StepRecord:
    call = trace.attention(part)[layer]
    letter = role[0].upper()
    bias: Array = getattr(call, f"b_{letter}")[head]
    plus = f"+b^{{{letter}}}" if bias.any() else ""
    leaving = getattr(call, role if role == "value" else f"{role}_projected")[head]
    name = role if role == "value" or _meeting(call, role) == Meeting() else f"{role}_projected"
    rows: Axis = "query" if role == "query" else "key"
    source = call.inputs if role == "query" else call.memory
    return StepRecord(
        step,
        "product",
        rf"{letter}=\live{{XW^{{{letter}}}{plus}}}",
        (
            Matrix("inputs" if role == "query" or part != "cross" else "memory", (rows, "d_model"), source),
            Matrix(f"W_{letter}", ("d_model", "d_k"), getattr(call, f"W_{letter}")[head]),
        ),
        (),
        Matrix(name, (rows, "d_k"), leaving),
        bias=bias,
    )


def _meeting(call: Attention, role: Role) -> Meeting:
    return call.query_meeting if role == "query" else call.key_meeting


def _rotate(step: Step, trace: Trace, part: Part, layer: int, head: int, role: Role) -> StepRecord:
    call = trace.attention(part)[layer]
    known = call.meetings
    role = "key" if "query" not in known or (role == "key" and "key" in known) else "query"
    meeting, letter = call.meetings[role], role[0].upper()
    term = letter if meeting.norm is None else rf"{'RMSNorm' if meeting.norm.rms else 'LayerNorm'}\left({letter}\right)"
    term = term.replace("RMSNorm", r"\operatorname{RMSNorm}").replace("LayerNorm", r"\operatorname{LayerNorm}")
    if meeting.factor != 1:
        term = rf"{meeting.factor:.4g}\,{term}"
    if meeting.rotation is not None:
        term = rf"R_{{position}}\,{term}"
    axes: tuple[Axis, Axis] = (role, "d_k")
    return StepRecord(
        step,
        "rotate",
        rf"{letter}=\live{{{term}}}",
        (Matrix(f"{role}_projected", axes, getattr(call, f"{role}_projected")[head]),),
        (),
        Matrix(role, axes, getattr(call, role)[head]),
        meeting=meeting,
        moments=_moments(call, role, head),
    )


def _moments(call: Attention, role: Role, head: int) -> tuple[Array, Array] | None:
    """Return mean and variance (token) of what the norm of a meeting reads; an RMSNorm leaves the mean at 0."""
    meeting = _meeting(call, role)
    if meeting.norm is None:
        return None
    vectors = getattr(call, f"{role}_projected").astype(np.float64) * meeting.factor  # (head, token, d_k)
    if meeting.rotation is not None and not meeting.norm_first:
        vectors = rotated(vectors, meeting.rotation)
    if meeting.norm.across:
        vectors = vectors.transpose(1, 0, 2).reshape(1, vectors.shape[1], -1)  # (1, token, head x d_k)
        head = 0
    mean = np.zeros(vectors.shape[1]) if meeting.norm.rms else vectors[head].mean(axis=-1)
    variance = ((vectors[head] - mean[:, None]) ** 2).mean(axis=-1)
    return mean.astype(np.float32), variance.astype(np.float32)


def rotated(vectors: NDArray[np.float64], rotation: Rotation) -> NDArray[np.float64]:
    """Turn ``vectors`` (..., token, d_k) pair by pair; what is no part of a pair stays."""
    start, n_angles = rotation.start, rotation.cos.shape[1]
    if rotation.neighbours:
        first, second = (slice(start + at, start + 2 * n_angles, 2) for at in (0, 1))
    else:
        first, second = slice(start, start + n_angles), slice(start + n_angles, start + 2 * n_angles)
    turned = vectors.copy()
    a, b = vectors[..., first], vectors[..., second]
    turned[..., first] = a * rotation.cos - b * rotation.sin
    turned[..., second] = b * rotation.cos + a * rotation.sin
    return turned


def _attend_step(step: Step, trace: Trace, part: Part, layer: int, head: int) -> StepRecord:
    call = trace.attention(part)[layer]
    if "query" in call.missing:  # the weights are the model's own, and all that is known
        return StepRecord(step, "given", step.formula, (), (), Matrix("weights", ("query", "key"), call.weights[head]))
    steps = call.steps(head)

    def of_pairs(name: str) -> Matrix:
        return Matrix(name, ("query", "key"), getattr(steps, name))

    formula = formula_of(call, step.slug)
    if step.slug == "scores":
        entering = (
            Matrix("query", ("query", "d_k"), call.query[head]),
            Matrix("key", ("d_k", "key"), call.key[head].T),
        )
        return StepRecord(step, "product", formula, entering, (), of_pairs("scores"))
    if step.slug == "scale":
        return StepRecord(
            step, "scale", formula, (of_pairs("scores"),), (), of_pairs("scaled_scores"), scale=call.scale
        )
    if step.slug == "softcap":
        entered = (of_pairs("scaled_scores"),)
        return StepRecord(step, "softcap", formula, entered, (), of_pairs("capped_scores"), softcap=call.softcap)
    before = "scaled_scores" if call.softcap is None else "capped_scores"
    if step.slug == "bias":
        assert call.bias is not None  # else there is no such step
        entering = (of_pairs(before), Matrix("bias", ("query", "key"), call.bias[head]))
        return StepRecord(step, "add", formula, entering, (), of_pairs("biased_scores"))
    if step.slug == "mask":
        before = before if call.bias is None else "biased_scores"
        entering = (of_pairs(before), Matrix("mask", ("query", "key"), call.mask))
        return StepRecord(step, "mask", formula, entering, (), of_pairs("masked_scores"))
    if step.slug == "softmax":
        sink = None if call.sinks is None else float(call.sinks[head])
        return StepRecord(step, "softmax", formula, (of_pairs("masked_scores"),), (), of_pairs("weights"), sink=sink)
    entering = (of_pairs("weights"), Matrix("value", ("key", "d_k"), call.value[head]))
    return StepRecord(
        step, "product", formula, entering, (), Matrix("head_output", ("query", "d_k"), steps.head_output)
    )


def _join(step: Step, trace: Trace, part: Part, layer: int) -> StepRecord:
    call = trace.attention(part)[layer]
    W_O = call.W_O.reshape(-1, call.W_O.shape[-1])  # (head x d_k, d_model)
    return StepRecord(
        step,
        "product",
        step.formula,
        (Matrix("concat", ("query", "d_model"), call.concat), Matrix("W_O", ("d_model", "d_model"), W_O)),
        (),
        Matrix("output", ("query", "d_model"), call.output),
        bias=call.b_O,
    )


def _add_norm(step: Step, trace: Trace, part: Part, layer: int) -> StepRecord:
    found = trace.add_norm(part, layer)
    axes: tuple[Axis, Axis] = ("query", "d_model")
    added = Matrix("output", axes, found.output)
    if found.normed_output is not None:
        added = Matrix("normed_output", axes, found.normed_output)
    term = "output" if found.output_norm is None else rf"{_named(found.output_norm)}\left(output\right)"
    return StepRecord(
        step,
        "add",
        rf"\live{{{_named(found.norm)}\left(x+{term}\right)}}",
        (Matrix("x", axes, found.x), added),
        (Matrix("total", axes, found.total),),
        Matrix("normalised", axes, found.normalised),
        norm=found.norm,
    )


def _named(norm: Norm) -> str:
    return rf"\operatorname{{{'RMSNorm' if norm.rms else 'LayerNorm'}}}"


def row_labels(trace: Trace, part: Part) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the label of each query row and what it reads, where that is another token.

    A row of cross-attention belongs to the token that is being written.
    """
    if part == "cross":
        return trace.next_tokens, trace.target_tokens
    return trace.query_labels(part), ()
