"""Weights in two bytes that are right to a number of decimals: what a page can hold of a model's every head."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVELS = 250  # of the coarse byte
MANY = 100_000  # weights from which two decimals must do


class Coded(NamedTuple):
    """Weights cut into ``units`` equal steps: step = coarse * (units / LEVELS) + fine."""

    coarse: NDArray[np.uint8]
    fine: NDArray[np.uint8]  # smaller than units / LEVELS, so that it compresses to a few bits
    units: int


def digits_for(n_weights: int) -> int:
    """Return to how many decimals so many weights can be kept."""
    return 3 if n_weights <= MANY else 2


def coded(weights: NDArray[np.floating], digits: int) -> Coded:
    """Cut weights from 0 to 1 into steps of a tenth of the last decimal.

    A step never holds a number that rounds up and one that rounds down, and what stands for it is its middle
    (0 for the first): so that the weight, rounded to ``digits`` decimals, is the same before and after.
    """
    units = 10 ** (digits + 1)
    step = np.minimum(np.floor(weights.astype(np.float64) * units), units - 1).astype(np.int64)
    coarse, fine = np.divmod(step, units // LEVELS)
    return Coded(coarse.astype(np.uint8), fine.astype(np.uint8), units)
