"""What all Plotly figures share: colours of both themes, type, axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import plotly.graph_objects as go

FONT = "'Source Sans', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif"


@dataclass(frozen=True)
class Look:
    """How figures look to one reader: theme and size of type in pixels."""

    dark: bool = False
    size: float = 15.0

    @property
    def ink(self) -> str:
        """Text."""
        return "#F1F2F7" if self.dark else "#171923"

    @property
    def line(self) -> str:
        """Grid lines."""
        return "#2C303C" if self.dark else "#E1E3EA"

    @property
    def ground(self) -> str:
        """The page's ground."""
        return "#14161C" if self.dark else "#FFFFFF"

    @property
    def mask(self) -> str:
        """Masked cells."""
        return "#232733" if self.dark else "#ECEEF3"

    @property
    def accent(self) -> str:
        """The one series or mark that matters most."""
        return "#A99BFF" if self.dark else "#503AB7"

    @property
    def wrong(self) -> str:
        """What a wrong way gives."""
        return "#FF8A75" if self.dark else "#B42318"

    @property
    def series(self) -> tuple[str, ...]:
        """Colours of series side by side, the heads' own: at least 3:1 on ground and panel."""
        if self.dark:
            return ("#0E79B3", "#FF6F55", "#1DC2A1", "#D1C2FF", "#EBBF1B", "#F674F6", "#F2F2F2", "#BE5225")
        return ("#178FF2", "#B63A01", "#07756A", "#7937A6", "#988C08", "#E845B8", "#002571", "#561F00")

    @property
    def weights(self) -> list[str]:
        """Scale from 0 to 1, equal steps in OKLab."""
        if self.dark:
            return ["#18191F", "#292752", "#3E3189", "#504FB5", "#5A71DC", "#579AEC", "#66C0F6", "#92E2F7", "#CDFFFE"]
        return ["#F9FAFD", "#D1DEFE", "#ADC1FD", "#8EA1F5", "#7580E7", "#615DD1", "#503AB7", "#3F2389", "#2C0D5F"]

    @property
    def signed(self) -> list[str]:
        """Scale from minus the limit to plus the limit."""
        if self.dark:
            return ["#A0E3FE", "#50AEE3", "#2376B1", "#1D456C", "#211A18", "#69301C", "#B15122", "#E7883F", "#FECE8C"]
        return ["#024A7D", "#1F75B5", "#5FA4DC", "#A8D1F4", "#FCFAF8", "#F0C0A6", "#DA855E", "#B64C22", "#802103"]

    def dress(self, figure: go.Figure, *, height: int) -> go.Figure:
        """Give a figure our type, colours and margins; ``height`` at normal type, in pixels."""
        figure.layout.template = _template(self)
        figure.layout.height = int(height * self.size / 15)
        return figure


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
