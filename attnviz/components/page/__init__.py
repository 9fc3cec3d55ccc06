"""The document around the views: the part that a link leads to, and the server. It draws nothing."""

from __future__ import annotations

from attnviz.components.frame import pack, register

_draw = register("page")


def page(part: str) -> bool:
    """Tell the browser which part to show, by the key of its container ("": none in particular).

    Returns whether the browser has just found the server again.
    """
    found = _draw(key="page", data=pack({"part": part}, {}), on_reconnected_change=lambda: None)
    return bool(found.reconnected)
