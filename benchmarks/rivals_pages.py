"""Others' pages of random attention weights: run by ``benchmarks.rivals`` with their packages on the path."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from bertviz import head_view, model_view
from circuitsvis.attention import attention_heads

PAGE = "<!doctype html><meta charset=utf-8><body>{}</body>"


def write(folder: Path, n_layers: int, n_heads: int, words: list[str]) -> None:
    """Write what each of the others makes of the same random weights: softmax of normal scores, a row sums to 1."""
    generator = torch.Generator().manual_seed(1)
    shape = (n_layers, n_heads, len(words), len(words))
    weights = (2 * torch.randn(shape, generator=generator)).softmax(dim=-1)
    by_layer = list(weights[:, None])  # n_layers times (1, head, query, key)
    pages = {
        "bertviz-heads": model_view(by_layer, words, html_action="return").data,
        "bertviz-lines": head_view(by_layer, words, html_action="return", layer=0).data,
        # of all heads at once: its own way of showing several layers is one view a layer
        "circuitsvis-heads": attention_heads(weights.flatten(0, 1), words, mask_upper_tri=False).local_src,
    }
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(PAGE.format(html), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
