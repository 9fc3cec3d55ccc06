"""The nine steps of one attention head: what enters and what leaves each, in the trace's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from attnviz.trace.records import Array, Mask, Norm, Part, Trace

Axis: TypeAlias = Literal["query", "key", "d_k", "d_model"]
Role: TypeAlias = Literal["query", "key", "value"]
Operation: TypeAlias = Literal["add", "product", "scale", "mask", "softmax"]


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
    "scale" (divided by sqrt(d_k)), "mask", "softmax" (row by row), or "add" (what enters is added up,
    then LayerNorm is taken where ``norm`` is given).
    """

    step: Step
    operation: Operation
    formula: str
    entering: tuple[Matrix, ...]
    between: tuple[Matrix, ...]
    leaving: Matrix
    bias: Array | None = None  # (columns of what leaves)
    norm: Norm | None = None

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """All matrices, in the order in which they are computed."""
        return (*self.entering, *self.between, self.leaving)


def step_record(trace: Trace, part: Part, layer: int, head: int, slug: str, role: Role = "query") -> StepRecord:
    """Return one step of one head (layer and head count from 0).

    ``role`` chooses among Q, K and V in step "project", and in step "vectors" of cross-attention
    between the decoder's vectors ("query") and the encoder's. ``KeyError`` for an unknown slug.
    """
    step = {step.slug: step for step in STEPS}[slug]
    if slug == "vectors":
        return _vectors(step, trace, part, layer, role)
    if slug == "project":
        return _project(step, trace, part, layer, head, role)
    if slug == "join":
        return _join(step, trace, part, layer)
    if slug == "add_norm":
        return _add_norm(step, trace, part, layer)
    return _attend_step(step, trace, part, layer, head)


def _vectors(step: Step, trace: Trace, part: Part, layer: int, role: Role) -> StepRecord:
    call = trace.attention(part)[layer]
    if part == "cross" and role != "query":
        return _memory(step, trace, call.memory)
    leaving = Matrix("inputs", ("query", "d_model"), call.inputs)
    x = Matrix("x", ("query", "d_model"), trace.add_norm(part, layer).x)
    norm = trace.norms[_sublayer(part, layer)] if trace.norm_first else None
    first = part != "cross" and layer == 0
    if not first:
        formula = r"X=\live{\operatorname{LayerNorm}\left(x\right)}" if norm else r"X=\live{x}"
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
    norm = trace.norms.get("encoder.final")
    leaving = Matrix("memory", ("key", "d_model"), memory)
    if norm is None:
        return StepRecord(step, "add", r"X=\live{x}", (), (), leaving)
    last = [name for name in trace.residual if name.startswith("encoder.")][-1]
    x = Matrix("x", ("key", "d_model"), trace.residual[last])
    return StepRecord(step, "add", r"X=\live{\operatorname{LayerNorm}\left(x\right)}", (x,), (), leaving, norm=norm)


def _project(step: Step, trace: Trace, part: Part, layer: int, head: int, role: Role) -> StepRecord:
    call = trace.attention(part)[layer]
    letter = role[0].upper()
    rows: Axis = "query" if role == "query" else "key"
    source = call.inputs if role == "query" else call.memory
    return StepRecord(
        step,
        "product",
        rf"{letter}=\live{{XW^{{{letter}}}+b^{{{letter}}}}}",
        (
            Matrix("inputs" if role == "query" or part != "cross" else "memory", (rows, "d_model"), source),
            Matrix(f"W_{letter}", ("d_model", "d_k"), getattr(call, f"W_{letter}")[head]),
        ),
        (),
        Matrix(role, (rows, "d_k"), getattr(call, role)[head]),
        bias=getattr(call, f"b_{letter}")[head],
    )


def _attend_step(step: Step, trace: Trace, part: Part, layer: int, head: int) -> StepRecord:
    call = trace.attention(part)[layer]
    steps = call.steps(head)

    def of_pairs(name: str) -> Matrix:
        return Matrix(name, ("query", "key"), getattr(steps, name))

    if step.slug == "scores":
        entering = (
            Matrix("query", ("query", "d_k"), call.query[head]),
            Matrix("key", ("d_k", "key"), call.key[head].T),
        )
        return StepRecord(step, "product", step.formula, entering, (), of_pairs("scores"))
    if step.slug == "scale":
        return StepRecord(step, "scale", step.formula, (of_pairs("scores"),), (), of_pairs("scaled_scores"))
    if step.slug == "mask":
        entering = (of_pairs("scaled_scores"), Matrix("mask", ("query", "key"), call.mask))
        return StepRecord(step, "mask", step.formula, entering, (), of_pairs("masked_scores"))
    if step.slug == "softmax":
        return StepRecord(step, "softmax", step.formula, (of_pairs("masked_scores"),), (), of_pairs("weights"))
    entering = (of_pairs("weights"), Matrix("value", ("key", "d_k"), call.value[head]))
    return StepRecord(
        step, "product", step.formula, entering, (), Matrix("head_output", ("query", "d_k"), steps.head_output)
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
    return StepRecord(
        step,
        "add",
        step.formula,
        (Matrix("x", axes, found.x), Matrix("output", axes, found.output)),
        (Matrix("total", axes, found.total),),
        Matrix("normalised", axes, found.normalised),
        norm=found.norm,
    )


def _sublayer(part: Part, layer: int) -> str:
    stack = "encoder" if part == "encoder_self" else "decoder"
    return f"{stack}.{layer}.{'cross' if part == 'cross' else 'self'}"


def row_labels(trace: Trace, part: Part) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the label of each query row and what it reads, where that is another token.

    A row of cross-attention belongs to the token that is being written.
    """
    if part == "cross":
        return trace.next_tokens, trace.target_tokens
    return trace.query_labels(part), ()
