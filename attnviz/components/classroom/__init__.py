"""A class over every page: its panel, and the way that a teacher leads (``attnviz/web`` answers it)."""

from __future__ import annotations

from attnviz.components.frame import pack, register

_draw = register("classroom")


def classroom(base: str, vote: str) -> None:
    """Draw the panel for a browser that is in a class; it asks the server by itself what to show.

    ``base``: the folder that the app is served under, "" for none. ``vote``: the question whose answer this run of the
    page hides, since the class votes on it; when that is another one, the browser asks for the next run.
    """
    _draw(key="classroom", data=pack({"base": base, "vote": vote}, {}), on_voted_change=lambda: None)
