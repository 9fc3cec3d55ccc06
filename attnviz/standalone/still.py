"""The still picture of a head: what is seen where scripts don't run, and the image beside the HTML in a notebook."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from attnviz.figures.look import PALETTE
from attnviz.trace.records import Array

CELL = 12  # pixels


def png(weights: Array) -> bytes:
    """Return ``weights`` (row, column) from 0 to 1 as a PNG in the light theme's colours, a square a cell."""
    stops = np.array(
        [[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in PALETTE["light"]["weights"]]
    )  # (stop, rgb)
    place = np.linspace(0, len(stops) - 1, 256)
    ramp = np.stack([np.interp(place, np.arange(len(stops)), channel) for channel in stops.T], axis=1)
    image = Image.fromarray(np.rint(weights * 255).astype(np.uint8))
    image = image.resize((image.width * CELL, image.height * CELL), Image.Resampling.NEAREST)
    image.putpalette(ramp.round().astype(np.uint8).tobytes())
    written = io.BytesIO()
    image.save(written, "png", optimize=True)
    return written.getvalue()
