"""What all Plotly figures share: colours of both themes (palette.json, as the views), type, axes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

FONT = "'Source Sans', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif"
PALETTE: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("palette.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Look:
    """How figures look to one reader: theme and size of type in pixels."""

    dark: bool = False
    size: float = 15.0

    @property
    def _palette(self) -> dict[str, Any]:
        return PALETTE["dark" if self.dark else "light"]

    def _colour(self, name: str) -> str:
        return str(self._palette[name])

    @property
    def ink(self) -> str:
        """Text."""
        return self._colour("ink")

    @property
    def line(self) -> str:
        """Grid lines."""
        return self._colour("line")

    @property
    def ground(self) -> str:
        """The page's ground."""
        return self._colour("ground")

    @property
    def mask(self) -> str:
        """Masked cells."""
        return self._colour("mask")

    @property
    def accent(self) -> str:
        """The one series or mark that matters most."""
        return self._colour("accent")

    @property
    def wrong(self) -> str:
        """What a wrong way gives."""
        return self._colour("whatIf")

    @property
    def series(self) -> tuple[str, ...]:
        """Quiet colours of series side by side, which mean nothing else: at least 3:1 on ground and panel."""
        return tuple(self._palette["series"])

    @property
    def heads(self) -> tuple[str, ...]:
        """Colours of the heads, of nothing else: at least 3:1 on ground and panel."""
        return tuple(self._palette["heads"])

    @property
    def weights(self) -> list[str]:
        """Scale from 0 to 1, equal steps in OKLab."""
        return list(self._palette["weights"])

    @property
    def signed(self) -> list[str]:
        """Scale from minus the limit to plus the limit."""
        return list(self._palette["signed"])

    def dress(self, figure: go.Figure, *, height: int) -> go.Figure:
        """Give a figure our type, colours and margins; ``height`` at normal type, in pixels."""
        figure.layout.template = self.template
        figure.layout.height = self.height(height)
        return figure

    def height(self, at_normal: int) -> int:
        """Return a figure's height in this reader's type, in pixels."""
        return int(at_normal * self.size / 15)

    @property
    def template(self) -> go.layout.Template:
        """Our type, colours and margins."""
        return _template(self)


@cache
def _template(look: Look) -> go.layout.Template:
    """Return what is the same in all figures; made once, because Plotly checks each value for long."""
    axis = {
        "automargin": True,
        "gridcolor": look.line,
        "linecolor": look.line,
        "zerolinecolor": look.line,
        "tickfont": {"size": look.size, "color": look.ink},
        "title": {"font": {"size": look.size, "color": look.ink}},
    }
    return go.layout.Template(
        layout={
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "font": {"size": look.size, "color": look.ink, "family": FONT},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "hoverlabel": {"font": {"size": look.size, "family": FONT}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": look.size}},
        }
    )


LIGHT = Look()  # for notebooks
