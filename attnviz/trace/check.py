"""Check it yourself: one head's numbers, and a script that recomputes them with NumPy alone."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attnviz.trace.records import Attention, Norm, Part, Trace
from attnviz.trace.steps import step_record, steps_of

SCRIPT = Path(__file__).with_name("check_yourself.py")
_DATE = (2017, 6, 12, 0, 0, 0)  # one head, one file: no time of day in it


def check_arrays(trace: Trace, part: Part, layer: int, head: int) -> dict[str, NDArray[np.generic]]:
    """Return every array of one head (layer and head count from 0) that the script needs, by name.

    What is not known of the model is left out, and so is its check.
    """
    call = trace.attention(part)[layer]
    names = ["W_Q", "W_K", "W_V", "b_Q", "b_K", "b_V", "query", "key", "value"]
    if call.turns:
        names += ["query_projected", "key_projected"]
    found: dict[str, NDArray[np.generic]] = {
        name: getattr(call, name)[head] for name in names if name not in call.missing
    }
    whole = ("inputs", "memory", "mask", "b_O", "contribution")
    found |= {name: getattr(call, name) for name in whole if name not in call.missing}
    if "query" in call.missing:  # the weights are all there is: each row can be added up
        found["weights"] = call.weights[head]
    slugs = [step.slug for step in steps_of(trace, part, layer)]
    for slug in slugs:
        if slug not in ("vectors", "project", "rotate"):
            record = step_record(trace, part, layer, head, slug)
            found |= {matrix.name: matrix.values for matrix in record.matrices if matrix.name not in found}
            if record.norm:
                found |= _norm("output_norm", record.norm)
            found |= {
                name: np.array(value)
                for name in ("scale", "softcap", "sink")
                if (value := getattr(record, name)) is not None
            }
    if "rotate" in slugs:
        for role in call.meetings:
            found |= _meeting(call, role, head)
    if "add_norm" in slugs and (between := trace.add_norm(part, layer).output_norm):
        found |= _norm("between_norm", between)
    if "vectors" in slugs:
        vectors = step_record(trace, part, layer, head, "vectors")
        found |= {matrix.name: matrix.values for matrix in vectors.entering if matrix.name not in found}
        if vectors.norm:
            found |= _norm("input_norm", vectors.norm)
    found["head"] = np.array(head)
    found["tokens"] = np.array(trace.tokens)
    found["target_tokens"] = np.array(trace.target_tokens)
    found["about"] = np.array(_about(trace, part, layer, head))
    return found


def _about(trace: Trace, part: Part, layer: int, head: int) -> str:
    """Say what the file holds, from which sentence as it was typed, and what it leaves out."""
    kept = len(trace.tokens) - 1
    beyond = f" tokens {kept + 1} to {kept + trace.n_dropped} of the sentence;" if trace.n_dropped else ""
    return (
        f"{trace.model_name}, {part}, layer {layer + 1}, head {head + 1}: {trace.text} → {trace.target} "
        f"· Left out:{beyond} the steps of the other heads (what they add is in contribution), all other layers."
    )


def _norm(name: str, norm: Norm) -> dict[str, NDArray[np.generic]]:
    return {
        f"{name}_gain": norm.gain,
        f"{name}_bias": norm.bias,
        f"{name}_eps": np.array(norm.eps),
        f"{name}_rms": np.array(norm.rms),
    }


def _meeting(call: Attention, role: Literal["query", "key"], head: int) -> dict[str, NDArray[np.generic]]:
    """What makes the vectors that meet of the projected ones; the norm may need the other heads' vectors too."""
    meeting = call.meetings[role]
    found: dict[str, NDArray[np.generic]] = {
        f"{role}_factor": np.array(meeting.factor),
        f"{role}_norm_first": np.array(meeting.norm_first),
    }
    if meeting.norm is not None:
        found |= _norm(f"{role}_norm", Norm(*(meeting.norm[:4])))
        found[f"{role}_across"] = np.array(meeting.norm.across)
        found[f"{role}_of_all_heads"] = getattr(call, f"{role}_projected")
    if meeting.rotation is not None:
        rotation = meeting.rotation
        found |= {f"{role}_cos": rotation.cos, f"{role}_sin": rotation.sin}
        found |= {f"{role}_start": np.array(rotation.start), f"{role}_neighbours": np.array(rotation.neighbours)}
    return found


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
