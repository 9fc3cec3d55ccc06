"""Recompute every step of one attention head from head.npz in float64, and print the largest difference.

It needs Python and NumPy, nothing else:  python check.py
The difference is |a - b| / max(1, |a|), with a recomputed here and b the model's own number.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def steps(saved: dict[str, Array]) -> Iterator[tuple[str, Array, Array]]:
    """Yield (step, recomputed, saved) for each step that the model has, from the arrays before it."""
    if "embeddings" in saved:
        yield "1 vector = embedding + position", saved["embeddings"] + saved["positions"], saved["x"]
    if "input_norm_gain" in saved and "x" in saved:
        yield (
            f"1 inputs = {kind(saved, 'input_norm')}(vector)",
            normalised(saved["x"], saved, "input_norm"),
            saved["inputs"],
        )
    for role, letter, source in (("query", "Q", "inputs"), ("key", "K", "memory"), ("value", "V", "memory")):
        if f"W_{letter}" in saved:
            made = saved[source] @ saved[f"W_{letter}"] + saved[f"b_{letter}"]
            yield f"2 {role} = {source} W_{letter} + b_{letter}", made, saved.get(f"{role}_projected", saved[role])
    for role in ("query", "key"):
        if f"{role}_factor" in saved and f"{role}_projected" in saved:
            yield f"2 {role}: factor, norm, rotation", meeting(saved, role), saved[role]
    if "scores" in saved:
        yield from attention(saved)
    weights = saved["weights"].sum(axis=1)
    if "sink" not in saved:
        yield "6 each row of weights adds up to 1", weights, np.ones(len(weights))
    if "output" in saved:
        yield from joined(saved)
    if "normalised" in saved:
        if "between_norm_gain" in saved:
            between = normalised(saved["output"], saved, "between_norm")
            yield f"9 normed_output = {kind(saved, 'between_norm')}(output)", between, saved["normed_output"]
        added = "normed_output" if "normed_output" in saved else "output"
        yield f"9 total = vector + {added}", saved["x"] + saved[added], saved["total"]
        final = normalised(saved["total"], saved, "output_norm")
        yield f"9 normalised = {kind(saved, 'output_norm')}(total)", final, saved["normalised"]


def attention(saved: dict[str, Array]) -> Iterator[tuple[str, Array, Array]]:
    """Equation 1, with what this model adds to it."""
    yield "3 scores = query key^T", saved["query"] @ saved["key"].T, saved["scores"]
    scale = float(saved["scale"])
    root = "1/sqrt(d_k)" if np.isclose(scale, saved["query"].shape[1] ** -0.5) else f"{scale:g}"
    yield f"4 scaled_scores = scores * {root}", saved["scores"] * scale, saved["scaled_scores"]
    before = saved["scaled_scores"]
    if "softcap" in saved:
        cap = float(saved["softcap"])
        yield (
            f"4 capped_scores = {cap:g} tanh(scaled_scores / {cap:g})",
            cap * np.tanh(before / cap),
            saved["capped_scores"],
        )
        before = saved["capped_scores"]
    if "bias" in saved:
        yield "4 biased_scores = scores before + bias", before + saved["bias"], saved["biased_scores"]
        before = saved["biased_scores"]
    yield (
        "5 masked_scores = -inf where the mask forbids",
        np.where(saved["mask"], before, -np.inf),
        saved["masked_scores"],
    )
    sink = float(saved.get("sink", -np.inf))
    top = np.maximum(saved["masked_scores"].max(axis=1, keepdims=True), sink)
    exponents = np.exp(saved["masked_scores"] - top)
    rows = exponents.sum(axis=1, keepdims=True) + np.exp(sink - top)
    yield "6 weights = softmax of each row" + " and its sink" * ("sink" in saved), exponents / rows, saved["weights"]
    yield "7 head_output = weights value", saved["weights"] @ saved["value"], saved["head_output"]


def joined(saved: dict[str, Array]) -> Iterator[tuple[str, Array, Array]]:
    """The heads side by side, times W_O."""
    head, width = int(saved["head"]), saved["value"].shape[1]
    own = slice(head * width, (head + 1) * width)
    yield "8 this head's columns of concat", saved["head_output"], saved["concat"][:, own]
    made = saved["head_output"] @ saved["W_O"][own]
    yield "8 contribution = head_output W_O[head]", made, saved["contribution"][head]
    yield "8 output = concat W_O + b_O", saved["concat"] @ saved["W_O"] + saved["b_O"], saved["output"]
    yield "8 output = sum of contributions + b_O", saved["contribution"].sum(axis=0) + saved["b_O"], saved["output"]


def meeting(saved: dict[str, Array], role: str) -> Array:
    """Make the vectors that meet of the projected ones: times a factor, the norm and the rotation in their order."""
    vectors = saved[f"{role}_projected"] * saved[f"{role}_factor"]
    if not bool(saved[f"{role}_norm_first"]):
        vectors = rotated(vectors, saved, role)
    if f"{role}_norm_gain" in saved:
        head = int(saved["head"])
        all_heads = saved[f"{role}_of_all_heads"] * saved[f"{role}_factor"]  # (head, token, d_k)
        if bool(saved[f"{role}_across"]):
            side_by_side = np.concatenate(list(all_heads), axis=1)  # (token, head x d_k)
            vectors = np.split(plain(side_by_side, saved, f"{role}_norm"), len(all_heads), axis=1)[head]
        else:
            vectors = plain(vectors, saved, f"{role}_norm")
        vectors = vectors * saved[f"{role}_norm_gain"][head] + saved[f"{role}_norm_bias"][head]
    return rotated(vectors, saved, role) if bool(saved[f"{role}_norm_first"]) else vectors


def rotated(vectors: Array, saved: dict[str, Array], role: str) -> Array:
    """Turn each pair of columns by the angle of its row (RoPE)."""
    if f"{role}_cos" not in saved:
        return vectors
    cos, sin, start = saved[f"{role}_cos"], saved[f"{role}_sin"], int(saved[f"{role}_start"])
    n = cos.shape[1]
    apart = bool(saved[f"{role}_neighbours"])
    a = slice(start, start + 2 * n, 2) if apart else slice(start, start + n)
    b = slice(start + 1, start + 2 * n, 2) if apart else slice(start + n, start + 2 * n)
    turned = vectors.copy()
    turned[:, a] = vectors[:, a] * cos - vectors[:, b] * sin
    turned[:, b] = vectors[:, b] * cos + vectors[:, a] * sin
    return turned


def plain(x: Array, saved: dict[str, Array], name: str) -> Array:
    """Normalise each row without gain and bias: biased variance plus eps; RMSNorm leaves the mean where it is."""
    moved = x if bool(saved[f"{name}_rms"]) else x - x.mean(axis=1, keepdims=True)
    y: Array = moved / np.sqrt((moved**2).mean(axis=1, keepdims=True) + saved[f"{name}_eps"])
    return y


def normalised(x: Array, saved: dict[str, Array], name: str) -> Array:
    """Normalise each row, then gain and bias."""
    return plain(x, saved, name) * saved[f"{name}_gain"] + saved[f"{name}_bias"]


def kind(saved: dict[str, Array], name: str) -> str:
    """Name the norm."""
    return "RMSNorm" if bool(saved[f"{name}_rms"]) else "LayerNorm"


def largest_difference(recomputed: Array, own: Array) -> float:
    """Return the largest |a - b| / max(1, |a|); infinities must stand in the same cells."""
    finite = np.isfinite(recomputed)
    if recomputed.shape != own.shape or not np.array_equal(recomputed[~finite], own[~finite]):
        return np.inf
    a, b = recomputed[finite], own[finite]
    return float((np.abs(a - b) / np.maximum(1, np.abs(a))).max(initial=0))


def main() -> int:
    """Check the file and return 0 when every difference is below 1e-5."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("head.npz")
    with np.load(path, allow_pickle=False) as stored:
        saved = {name: stored[name] for name in stored.files}
    print(str(saved["about"]).encode("ascii", "backslashreplace").decode())
    saved = {name: array.astype(np.float64) if array.dtype.kind == "f" else array for name, array in saved.items()}
    worst = 0.0
    for step, recomputed, own in steps(saved):
        difference = largest_difference(recomputed, own)
        worst = max(worst, difference)
        print(f"{difference:9.1e}  {step}")
    print(f"{worst:9.1e}  largest of all ({'below' if worst < 1e-5 else 'NOT below'} 1e-5)")
    return 0 if worst < 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
