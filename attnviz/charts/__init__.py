"""The figures of ``attnviz/figures`` as pages draw them: made once for the same arrays and labels, for all readers.

Plotly checks each value that a figure is given, which costs more than all else on a page with some figures. So a page
gets one that is not made yet, and ``chart()`` has it made where nobody had the same one before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, cast

import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure

from attnviz.figures import bars as _bars
from attnviz.figures import bars_across as _bars_across
from attnviz.figures import curves as _curves
from attnviz.figures import dot_grid as _dot_grid
from attnviz.figures import head_heatmap as _head_heatmap
from attnviz.figures import histogram as _histogram
from attnviz.figures import mixture as _mixture
from attnviz.figures import profiles as _profiles
from attnviz.figures import signed_heatmap as _signed_heatmap
from attnviz.figures import stacked_dots as _stacked_dots
from attnviz.session.kept import kept

P = ParamSpec("P")
_FUNCTIONS: dict[str, Callable[..., go.Figure]] = {}


class Made(BaseFigure):  # type: ignore[misc]  # Plotly tells no types
    """A figure that Plotly has checked: what is sent of it, which nobody may change."""

    def __init__(self, sent: dict[str, Any]) -> None:
        self.__dict__["_sent"] = sent  # and nothing of BaseFigure's, which would check all of it anew

    def to_dict(self) -> dict[str, Any]:
        """Return what is sent."""
        return cast(dict[str, Any], self.__dict__["_sent"])


class Unmade:
    """A figure as it is asked for: its function, what that is given, and what the page changes on it afterwards."""

    def __init__(self, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
        self._asked, self._changes = (name, arguments, named), list[tuple[str, Sequence[Any], Mapping[str, Any]]]()

    def __getattr__(self, method: str) -> Callable[..., None]:
        if not method.startswith(("update_", "add_")):
            raise AttributeError(method)
        return lambda *arguments, **named: self._changes.append((method, arguments, named))

    def made(self) -> Made:
        """Return the figure."""
        return Made(_sent(*self._asked, self._changes))


@kept
def _sent(
    name: str,
    arguments: Sequence[Any],
    named: Mapping[str, Any],
    changes: Sequence[tuple[str, Sequence[Any], Mapping[str, Any]]],
) -> dict[str, Any]:
    figure = _FUNCTIONS[name](*arguments, **named)
    for method, places, options in changes:
        getattr(figure, method)(*places, **options)
    return cast(dict[str, Any], figure.to_dict())


def _unmade(function: Callable[P, go.Figure]) -> Callable[P, go.Figure]:
    """Return the function of a figure that is made when it is shown; to type checkers it is the figure."""
    _FUNCTIONS[function.__name__] = function

    @wraps(function)
    def asked(*arguments: P.args, **named: P.kwargs) -> go.Figure:
        return cast(go.Figure, Unmade(function.__name__, arguments, named))

    return asked


bars = _unmade(_bars.bars)
bars_across = _unmade(_bars_across.bars_across)
curves = _unmade(_curves.curves)
dot_grid = _unmade(_dot_grid.dot_grid)
head_heatmap = _unmade(_head_heatmap.head_heatmap)
histogram = _unmade(_histogram.histogram)
mixture = _unmade(_mixture.mixture)
profiles = _unmade(_profiles.profiles)
signed_heatmap = _unmade(_signed_heatmap.signed_heatmap)
stacked_dots = _unmade(_stacked_dots.stacked_dots)
