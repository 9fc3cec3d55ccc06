"""What a view gets from Python: the reverse of ``pack()`` in attnviz/components/frame.py."""

import json
import zlib
from typing import Any

import numpy as np


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the values and the arrays of one message."""
    raw = zlib.decompress(data)
    start = 4 + int.from_bytes(raw[:4], "little")
    header = json.loads(raw[4:start])
    arrays = {
        name: np.frombuffer(raw, of["type"], int(np.prod(of["shape"])), start + of["offset"]).reshape(of["shape"])
        for name, of in header["arrays"].items()
    }
    return header["values"], arrays
