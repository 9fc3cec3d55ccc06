"""What several lessons measure between two vectors."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Exact: TypeAlias = NDArray[np.float64]


def cosine(left: ArrayLike, right: ArrayLike) -> Exact:
    """Return the cosine of the angle between vectors (..., d_model): a . b / (|a| |b|), NaN where one of them is 0."""
    one, other = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    with np.errstate(invalid="ignore"):  # 0 / 0
        return np.asarray((one * other).sum(axis=-1) / lengths)
