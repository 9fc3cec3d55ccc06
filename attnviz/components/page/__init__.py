"""The document around the views: the part that a link leads to, the server, a way past the bar, the list of parts."""

from __future__ import annotations

from attnviz.components.frame import pack, register

_draw = register("page")


def page(part: str, skip: str, skip_bar: str, sections: str) -> bool:
    """Tell the browser which part to show, by the key of its container ("": none in particular).

    ``skip``: what the button says that leads past the bar, to the figure; ``skip_bar``: the same of Streamlit's own
    link, which is English everywhere. ``sections``: what the one says that opens the list of a long page's parts
    ("": there is none).

    Returns whether the browser has just found the server again.
    """
    values = {"part": part, "skip": skip, "skipBar": skip_bar, "sections": sections}
    found = _draw(key="page", data=pack(values, {}), on_reconnected_change=lambda: None)
    return bool(found.reconnected)
