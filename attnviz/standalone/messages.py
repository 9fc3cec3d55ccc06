"""What a page without a server holds of a trace, for each view."""

from __future__ import annotations

from typing import Any

import numpy as np

from attnviz.components import heads, lines
from attnviz.components.frame import pack
from attnviz.session.screen import Screen
from attnviz.standalone.coded import LEVELS, coded
from attnviz.trace.seen import Seen

LEVEL = 4  # of compression: more saves a tenth and takes seconds where heads are many


def heads_message(screen: Screen, shown: Seen, digits: int) -> bytes:
    """Pack every head, so that whichever is picked has its numbers."""
    values = heads.described(screen, shown)
    values["texts"] |= {"map": screen.texts("standalone.map")}
    weights, hidden = coded(shown.weights, digits), coded(shown.hidden, digits)
    values |= {"firstLayer": 0, "perHead": False, "levels": LEVELS, "transposed": False, "units": weights.units}
    arrays: dict[str, Any] = {
        "coarse": weights.coarse,
        "fine": weights.fine,
        "limits": np.ones(shown.weights.shape[:2], dtype=np.float32),
    }
    if shown.hidden_labels:
        arrays |= {"hidden_coarse": hidden.coarse, "hidden_fine": hidden.fine}
    if not shown.masks.all():
        arrays["masks"] = shown.masks
    return pack(values, arrays, LEVEL)


def lines_message(screen: Screen, shown: Seen, digits: int) -> bytes:
    """Pack every layer's lines."""
    weights = coded(shown.weights, digits)
    rest = coded((1 - shown.weights.sum(axis=-1, dtype=np.float64)).clip(0), digits)  # (layer, head, row)
    values = lines.described(screen, shown)
    values |= {"firstLayer": 0, "heads": None, "digits": digits, "units": weights.units}
    arrays = {"coarse": weights.coarse, "fine": weights.fine, "rest_coarse": rest.coarse, "rest_fine": rest.fine}
    return pack(values, arrays, LEVEL)
