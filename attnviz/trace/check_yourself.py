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
    """Yield (step, recomputed, saved) for each step, from the arrays before it."""
    head = int(saved["head"])
    d_k = saved["query"].shape[1]

    if "embeddings" in saved:
        yield "1 vector = embedding + position", saved["embeddings"] + saved["positions"], saved["x"]
    if bool(saved["norm_first"]):
        yield "1 inputs = LayerNorm(vector)", layer_norm(saved["x"], saved, "input_norm"), saved["inputs"]
    yield "2 query = inputs W_Q + b_Q", saved["inputs"] @ saved["W_Q"] + saved["b_Q"], saved["query"]
    yield "2 key = memory W_K + b_K", saved["memory"] @ saved["W_K"] + saved["b_K"], saved["key"]
    yield "2 value = memory W_V + b_V", saved["memory"] @ saved["W_V"] + saved["b_V"], saved["value"]
    yield "3 scores = query key^T", saved["query"] @ saved["key"].T, saved["scores"]
    yield "4 scaled_scores = scores / sqrt(d_k)", saved["scores"] / np.sqrt(d_k), saved["scaled_scores"]
    masked = np.where(saved["mask"], saved["scaled_scores"], -np.inf)
    yield "5 masked_scores = -inf where the mask forbids", masked, saved["masked_scores"]
    exponents = np.exp(saved["masked_scores"] - saved["masked_scores"].max(axis=1, keepdims=True))
    yield "6 weights = softmax of each row", exponents / exponents.sum(axis=1, keepdims=True), saved["weights"]
    yield "6 each row of weights adds up to 1", saved["weights"].sum(axis=1), np.ones(len(saved["weights"]))
    yield "7 head_output = weights value", saved["weights"] @ saved["value"], saved["head_output"]
    own = slice(head * d_k, (head + 1) * d_k)
    yield "8 this head's columns of concat", saved["head_output"], saved["concat"][:, own]
    yield (
        "8 contribution = head_output W_O[head]",
        saved["head_output"] @ saved["W_O"][own],
        saved["contribution"][head],
    )
    yield "8 output = concat W_O + b_O", saved["concat"] @ saved["W_O"] + saved["b_O"], saved["output"]
    yield "8 output = sum of contributions + b_O", saved["contribution"].sum(axis=0) + saved["b_O"], saved["output"]
    yield "9 total = vector + output", saved["x"] + saved["output"], saved["total"]
    yield "9 normalised = LayerNorm(total)", layer_norm(saved["total"], saved, "output_norm"), saved["normalised"]


def layer_norm(x: Array, saved: dict[str, Array], name: str) -> Array:
    """Normalise each row: biased variance plus eps, then gain and bias."""
    mean = x.mean(axis=1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=1, keepdims=True)
    y: Array = (x - mean) / np.sqrt(variance + saved[f"{name}_eps"]) * saved[f"{name}_gain"] + saved[f"{name}_bias"]
    return y


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
