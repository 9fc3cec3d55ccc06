"""The stage of Step by step: one step's matrices, the product at a cell, and the wrong way beside the right one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from attnviz.components.frame import pack, register
from attnviz.concepts.wrong_ways import Comparison
from attnviz.session.callbacks import guarded
from attnviz.trace.records import Array
from attnviz.trace.steps import StepRecord

_draw = register("steps")

SYMBOLS = {  # LaTeX, as in the formulas
    "inputs": "X",
    "memory": "X",
    "x": "x",
    "W_Q": "W^Q",
    "W_K": "W^K",
    "W_V": "W^V",
    "W_O": "W^O",
    "query": "Q",
    "key": "K",
    "query_projected": "Q",
    "key_projected": "K",
    "value": "V",
}


def steps(message: bytes, chosen: Callable[[], None]) -> None:
    """Draw the stage; ``chosen`` is called when the reader has chosen something in it."""
    _draw(key="steps", data=message, on_choose_change=guarded(chosen))


def message(values: Mapping[str, Any], cell: Mapping[str, int], record: StepRecord, wrong: Comparison | None) -> bytes:
    """Pack one step. ``cell`` is the chosen query, key and number inside a vector, from 0 (-1: none)."""
    drawn, arrays = described(values, record)
    if wrong:
        drawn["whatIf"] = {"name": wrong.name, "emptyRows": wrong.empty_rows}
        arrays["forced"] = wrong.forced
        for side, way in (("right", wrong.right), ("wrong", wrong.wrong)):
            arrays |= {f"{side}_scores": way.scores, f"{side}_weights": way.weights, f"{side}_mask": way.mask}
            arrays[f"{side}_sums"] = way.row_sums.astype(np.float32)
    # the same frame: only the cell has moved, and nothing has to be drawn again
    frame = zlib.crc32(json.dumps(drawn, sort_keys=True).encode())
    for array in arrays.values():
        frame = zlib.crc32(np.ascontiguousarray(array).tobytes(), frame)
    return pack({**drawn, "frame": frame, "cell": dict(cell)}, arrays)


def described(values: Mapping[str, Any], record: StepRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the view draws of a step, and its arrays."""
    *entering, last = record.matrices
    product = record.operation == "product"
    beside = [
        matrix.name for matrix in entering if not (record.operation == "add" or matrix is entering[-1] and product)
    ]
    symbols = {matrix.name: SYMBOLS.get(matrix.name, "") for matrix in record.matrices}
    if record.step.slug == "scores":
        symbols["key"] = "K^T"
    drawn = {
        **values,
        "slug": record.step.slug,
        "operation": record.operation,
        "formula": record.formula,
        "section": record.step.section,
        "left": beside,
        "above": [matrix.name for matrix in entering if matrix.name not in beside],
        "corner": last.name,
        "axes": {matrix.name: matrix.axes for matrix in record.matrices},
        "symbols": symbols,
        "eps": record.norm.eps if record.norm else None,
        "rms": record.norm.rms if record.norm else False,
        "meeting": _meeting(record),
        "scale": record.scale,
        "softcap": record.softcap,
        "sink": record.sink,
    }
    arrays: dict[str, Any] = {matrix.name: matrix.values for matrix in record.matrices}
    if record.bias is not None and record.bias.any():
        arrays["bias"] = record.bias
    if record.norm:
        arrays |= {"gain": record.norm.gain, "shift": record.norm.bias}
    if record.meeting:
        arrays |= _meeting_arrays(record, values["head"])
    return drawn, arrays


def _meeting(record: StepRecord) -> dict[str, Any] | None:
    """Describe how projected vectors become those that meet."""
    if record.meeting is None:
        return None
    norm, rotation = record.meeting.norm, record.meeting.rotation
    return {
        "factor": record.meeting.factor,
        "normFirst": record.meeting.norm_first,
        "norm": norm and {"eps": norm.eps, "rms": norm.rms, "across": norm.across},
        "rotation": rotation and {"neighbours": rotation.neighbours, "start": rotation.start},
    }


def _meeting_arrays(record: StepRecord, head: int) -> dict[str, Array]:
    found: dict[str, Array] = {}
    assert record.meeting is not None  # else there is nothing to send
    if record.meeting.norm is not None and record.moments is not None:
        mean, variance = record.moments
        gain, bias = record.meeting.norm.gain[head], record.meeting.norm.bias[head]
        found |= {"gain": gain, "shift": bias, "mean": mean, "variance": variance}
    if record.meeting.rotation is not None:
        found |= {"cos": record.meeting.rotation.cos, "sin": record.meeting.rotation.sin}
    return found
