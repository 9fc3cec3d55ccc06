"""The document around the views: its language, and the server that answers it. It draws nothing."""

from __future__ import annotations

from attnviz.components.frame import pack, register

_draw = register("page")


def page(language: str) -> bool:
    """Tell the browser the language of the page; return whether it has just found the server again."""
    found = _draw(key="page", data=pack({"language": language}, {}), on_reconnected_change=lambda: None)
    return bool(found.reconnected)
