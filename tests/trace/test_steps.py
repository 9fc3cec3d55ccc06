"""The nine steps: shapes, and every number recomputed in float64 from the matrices that enter."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

import attnviz
from attnviz import Attention, Model, Trace
from attnviz.trace.records import PARTS, Part
from attnviz.trace.steps import STEPS, Role, StepRecord, row_labels, step_record
from tests.sentences import SENTENCES

ROLES: tuple[Role, ...] = get_args(Role)
LESSONS = Path(attnviz.__file__).parent / "lessons"


def recomputed(record: StepRecord, d_k: int) -> NDArray[Any]:
    """What must leave the step, in float64."""
    entering = [matrix.values.astype(np.float64) for matrix in record.entering]
    if record.operation == "product":
        result = entering[0] @ entering[1]
        return result if record.bias is None else result + record.bias
    if record.operation == "scale":
        return entering[0] / np.sqrt(d_k)
    if record.operation == "mask":
        return np.where(record.entering[1].values, entering[0], -np.inf)
    if record.operation == "softmax":
        exponents = np.exp(entering[0] - entering[0].max(axis=1, keepdims=True))
        return exponents / exponents.sum(axis=1, keepdims=True)
    total = sum(entering[1:], entering[0]) if entering else record.leaving.values
    for matrix in record.between:
        near(matrix.values, total, matrix.name)
    if record.norm is None:
        return total
    moved = total - total.mean(axis=1, keepdims=True)
    deviation = np.sqrt((moved**2).mean(axis=1, keepdims=True) + record.norm.eps)
    return moved / deviation * record.norm.gain + record.norm.bias


def near(measured: NDArray[Any], expected: NDArray[Any], what: str) -> None:
    assert measured.shape == expected.shape, what
    finite = np.isfinite(expected)
    assert np.array_equal(measured[~finite], expected[~finite]), what
    error = np.abs(measured[finite] - expected[finite]) / np.maximum(1, np.abs(expected[finite]))
    assert error.max(initial=0) <= 1e-5, f"{what}: {error.max():.2e}"


def check_head(trace: Trace, part: Part, layer: int, head: int) -> None:
    for step in STEPS:
        for role in ROLES if step.slug in ("vectors", "project") else ROLES[:1]:
            record = step_record(trace, part, layer, head, step.slug, role)
            what = f"{trace.text[:30]!r} {part} {layer} {head} {step.slug} {role}"
            near(record.leaving.values, recomputed(record, trace.attention(part)[layer].query.shape[-1]), what)
            if step.slug == "softmax":
                weights = record.leaving.values
                assert (weights[~trace.attention(part)[layer].mask] == 0).all(), what
                np.testing.assert_allclose(weights.astype(np.float64).sum(axis=1), 1, atol=1e-6, err_msg=what)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=str(number), marks=() if number % 3 == 2 else pytest.mark.full)
        for number, text in enumerate(SENTENCES)
    ],
)
def test_each_step_is_what_enters_it_makes(model: Model, text: str) -> None:
    trace = attnviz.trace(model, text)
    for index, part in enumerate(PARTS):
        calls = trace.attention(part)
        for layer, call in enumerate(calls):
            check_head(trace, part, layer, (len(text) + index + layer) % call.n_heads)


def test_all_heads_of_a_model_that_normalises_after(post_norm: Model) -> None:
    trace = attnviz.trace(post_norm, "The cat sat on the mat .", "Eine Katze")
    for part in PARTS:
        for layer, call in enumerate(trace.attention(part)):
            for head in range(call.n_heads):
                check_head(trace, part, layer, head)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_shapes_follow_the_axes(post_norm: Model, part: Part, step: Any) -> None:
    trace = attnviz.trace(post_norm, "The cat sat on the mat .", "Eine Katze")
    call: Attention = trace.attention(part)[1]
    sizes = {"query": len(call.inputs), "key": len(call.memory), "d_k": 10, "d_model": 30}
    record = step_record(trace, part, 1, 2, step.slug)
    assert record.leaving.axes == step.axes
    for matrix in record.matrices:
        assert np.shape(matrix.values) == tuple(sizes[axis] for axis in matrix.axes), matrix.name


@pytest.mark.parametrize("part", PARTS)
def test_steps_join_up(model: Model, part: Part) -> None:
    """What leaves one step is what enters the next, down to the bit, and all of it is the trace's."""
    trace = attnviz.trace(model, "The snake is very dangerous because it has a venom")
    call = trace.attention(part)[1]
    left: dict[str, NDArray[Any]] = {}
    for step in STEPS:
        for role in ROLES if step.slug == "project" else ROLES[:1]:
            record = step_record(trace, part, 1, 4, step.slug, role)
            for matrix in record.entering:
                values = matrix.values.T if step.slug == "scores" and matrix.name == "key" else matrix.values
                if matrix.name in left:
                    np.testing.assert_array_equal(values, left[matrix.name], err_msg=f"{step.slug} {matrix.name}")
            left[record.leaving.name] = record.leaving.values
    for name in ("query", "key", "value", "scores", "scaled_scores", "masked_scores", "weights", "head_output"):
        np.testing.assert_array_equal(left[name], getattr(call, name)[4], err_msg=name)
    np.testing.assert_array_equal(left["inputs"], call.inputs)
    np.testing.assert_array_equal(left["output"], call.output)


def test_a_row_of_cross_attention_is_the_word_being_written(model: Model) -> None:
    trace = attnviz.trace(model, "I go home", "Ich gehe")
    written, read = row_labels(trace, "cross")
    assert read[0] == "‹start›"
    assert written[:-1] == trace.target_tokens[1:] == read[1:]
    assert row_labels(trace, "encoder_self") == (trace.tokens, ())


def test_an_unknown_step_is_a_key_error(model: Model) -> None:
    with pytest.raises(KeyError):
        step_record(attnviz.trace(model, "Go", "Geh"), "cross", 0, 0, "dance")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_lessons_name_each_step_and_each_matrix(model: Model, language: str) -> None:
    names = json.loads((LESSONS / "steps" / f"{language}.json").read_text("utf-8"))
    trace = attnviz.trace(model, "I go home", "Ich gehe")
    for step in STEPS:
        assert names[f"name_{step.slug}"] == step.name or language != "en"
        assert names[f"formula_{step.slug}"]
        for part in PARTS:
            for role in ROLES:
                for matrix in step_record(trace, part, 0, 0, step.slug, role).matrices:
                    assert names[f"matrix_{matrix.name}"]
