"""A mask that the reader draws: the cells that are switched, as they stand in the URL."""

from __future__ import annotations

import numpy as np

from attnviz.trace.records import Mask


def drawn_cells(drawn: str) -> list[tuple[int, int]]:
    """Read the switched cells of a hand-drawn mask, from 0."""
    cells = (cell.split("-") for cell in drawn.split("_") if cell)
    return [(int(row) - 1, int(column) - 1) for row, column in cells]


def drawn_mask(own: Mask, drawn: str) -> Mask:
    """Return the model's own mask with the reader's cells switched; cells outside it are ignored."""
    mask = np.array(own)
    for row, column in drawn_cells(drawn):
        if 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]:
            mask[row, column] = not mask[row, column]
    return mask
