"""Registers a view and packs what it draws: JSON and arrays in one compressed message."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from attnviz.components.bundle import bundle
from attnviz.components.served import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

SMALL = 8192  # bytes; larger ones are kept by who makes them
_FOLDER = Path(__file__).parent


def register(name: str) -> ComponentRenderer:
    """Register the view of the folder ``name``: its module ``name``.js ends with ``export default mount(...)``."""
    script = bundle(_FOLDER / name / f"{name}.js", _FOLDER.parent)
    return component(f"attnviz_{name}", script)


def pack(values: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]], level: int = 1) -> bytes:
    """Pack JSON ``values`` and ``arrays`` (float32, uint8 or boolean) for ``unpack`` in shared/message.js.

    Layout before compression (zlib): length of the header as uint32, header as JSON, arrays, each
    starting at a multiple of 4 bytes, little-endian. ``level``: 1 for speed, up to 9 for size.
    """
    described, blocks, offset = {}, [], 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array.astype(np.uint8) if array.dtype == np.bool_ else array)
        if array.dtype not in (np.float32, np.uint8):
            raise TypeError(f"{name} is {array.dtype}; a view draws float32 or uint8")
        block = array.tobytes() + b"\0" * (-array.nbytes % 4)
        described[name] = {"type": array.dtype.name, "shape": array.shape, "offset": offset}
        blocks.append(block)
        offset += len(block)
    header = json.dumps({"values": dict(values), "arrays": described}, ensure_ascii=False).encode()
    header += b" " * (-len(header) % 4)
    message = len(header).to_bytes(4, "little") + header + b"".join(blocks)
    return (_small if len(message) <= SMALL else zlib.compress)(message, level)


@lru_cache(maxsize=512)
def _small(message: bytes, level: int) -> bytes:
    """Compress a message once for all who get it: a page has a dozen such, a class a hundred times the same."""
    return zlib.compress(message, level)
