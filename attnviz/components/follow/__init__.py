"""One word followed through one head, as moving pictures: the nine steps, their numbers, and a bar of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from attnviz.components.frame import pack, register
from attnviz.session.callbacks import guarded
from attnviz.trace.follow import Followed

_draw = register("follow")


def follow(message: bytes, chosen: Callable[[], None]) -> None:
    """Draw the view; ``chosen`` is called when the reader has chosen a word or rests at a step."""
    _draw(key="follow", data=message, on_choose_change=guarded(chosen))


def message(values: Mapping[str, Any], record: Followed) -> bytes:
    """Pack one record: its arrays under their own names, all else in ``values``."""
    fields = {name: value for name, value in vars(record).items() if not isinstance(value, np.ndarray)}
    arrays = {name: value for name, value in vars(record).items() if isinstance(value, np.ndarray)}
    return pack({**values, "record": fields}, arrays)
