"""Check it yourself: one head's numbers, and a script that recomputes them with NumPy alone."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attnviz.trace.records import Norm, Part, Trace
from attnviz.trace.steps import STEPS, step_record

SCRIPT = Path(__file__).with_name("check_yourself.py")
_DATE = (2017, 6, 12, 0, 0, 0)  # one head, one file: no time of day in it


def check_arrays(trace: Trace, part: Part, layer: int, head: int) -> dict[str, NDArray[np.generic]]:
    """Return every array of one head (layer and head count from 0) that the script needs, by name."""
    call = trace.attention(part)[layer]
    found: dict[str, NDArray[np.generic]] = {
        name: getattr(call, name)[head] for name in ("W_Q", "W_K", "W_V", "b_Q", "b_K", "b_V", "query", "key", "value")
    }
    found |= {"inputs": call.inputs, "memory": call.memory, "mask": call.mask, "b_O": call.b_O}
    found |= {"contribution": call.contribution}  # (head, query, d_model)
    for step in STEPS:
        if step.slug not in ("vectors", "project"):
            record = step_record(trace, part, layer, head, step.slug)
            found |= {matrix.name: matrix.values for matrix in record.matrices if matrix.name not in found}
            if record.norm:
                found |= _norm("output_norm", record.norm)
    vectors = step_record(trace, part, layer, head, "vectors")
    found |= {matrix.name: matrix.values for matrix in vectors.entering if matrix.name in ("embeddings", "positions")}
    if vectors.norm:
        found |= _norm("input_norm", vectors.norm)
    found["norm_first"] = np.array(trace.norm_first)
    found["head"] = np.array(head)
    found["tokens"] = np.array(trace.tokens)
    found["target_tokens"] = np.array(trace.target_tokens)
    found["about"] = np.array(f"{trace.model_name}, {part}, layer {layer + 1}, head {head + 1}: {trace.text}")
    return found


def _norm(name: str, norm: Norm) -> dict[str, NDArray[np.generic]]:
    return {f"{name}_gain": norm.gain, f"{name}_bias": norm.bias, f"{name}_eps": np.array(norm.eps)}


def check_zip(trace: Trace, part: Part, layer: int, head: int) -> bytes:
    """Return a zip of ``check.py`` and ``head.npz``; unpacked anywhere, ``python check.py`` checks every step."""
    arrays = io.BytesIO()
    # an entry of an .npz is an array under its name; savez itself calls a parameter "file"
    np.savez_compressed(arrays, allow_pickle=False, **check_arrays(trace, part, layer, head))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("check.py", SCRIPT.read_bytes()), ("head.npz", arrays.getvalue())):
            archive.writestr(zipfile.ZipInfo(f"attnviz-check/{name}", _DATE), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
