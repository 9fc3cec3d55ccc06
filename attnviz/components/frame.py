"""Registers a view and packs what it draws: JSON and arrays in one compressed message."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_FOLDER = Path(__file__).parent


def register(name: str, *parts: str) -> ComponentRenderer:
    """Register ``name``.js and ``name``.css, with the helpers of shared.js and shared.css before them.

    A long script lies in several files: ``parts`` are put in front of ``name``.js. ``name``.js
    defines ``render(view)``; shared.js calls it with the unpacked data whenever they or the theme change.
    """
    style, script = (
        "\n".join((_FOLDER / f"{file}.{kind}").read_text("utf-8") for file in files)
        for kind, files in (("css", ("shared", name)), ("js", ("shared", *parts, name)))
    )
    return st.components.v2.component(f"attnviz_{name}", css=style, js=script)


def pack(values: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Pack JSON ``values`` and ``arrays`` (float32, uint8 or boolean) for ``unpack`` in shared.js.

    Layout before compression (zlib): length of the header as uint32, header as JSON, arrays, each
    starting at a multiple of 4 bytes, little-endian.
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
    return zlib.compress(len(header).to_bytes(4, "little") + header + b"".join(blocks), level=1)
