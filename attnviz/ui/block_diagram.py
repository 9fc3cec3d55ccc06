"""One block as a drawing, upwards as in Figure 1 of the paper: LayerNorm before the sub-layer, or after the sum."""

from __future__ import annotations

from html import escape

from attnviz.ui.catalog import Texts

_WIDTH, _HEIGHT, _MIDDLE = 300, 290, 175
_STROKE = "stroke:var(--att-ink);stroke-width:2"


def diagram(texts: Texts, *, pre: bool) -> str:
    """Return an SVG that says in words, too, what it shows."""
    # heights of the centres, from above
    sum_y, norm_y, sub_y, split_y = (62, 196, 129, 246) if pre else (128, 62, 195, 246)
    side_y = (sum_y + split_y) // 2
    parts = [
        _line(_MIDDLE, _HEIGHT - 22, _MIDDLE, 26),
        _path(f"M{_MIDDLE},{split_y} H58 V{sum_y} H{_MIDDLE - 17}"),
        _box(norm_y, "LayerNorm", accent=True),
        _box(sub_y, texts("block.sublayer"), accent=False),
        f'<circle cx="{_MIDDLE}" cy="{sum_y}" r="15" style="fill:var(--att-ground);{_STROKE}"/>',
        _text(_MIDDLE, sum_y + 6, "+", bold=True),
        _text(_MIDDLE, _HEIGHT - 4, "x"),
        _text(_MIDDLE, 16, texts("block.diagram_next")),
        f'<text x="46" y="{side_y}" transform="rotate(-90 46 {side_y})" text-anchor="middle" font-size="15" '
        f'style="fill:var(--att-muted)">{escape(texts("block.diagram_residual"))}</text>',
    ]
    label = escape(texts("block.diagram_pre" if pre else "block.diagram_post"), quote=True)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{label}" '
        f'style="max-width:100%;display:block;margin:auto">{"".join(parts)}</svg>'
    )


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    tip = f'<path d="M{x2 - 6},{y2 + 10} L{x2},{y2} L{x2 + 6},{y2 + 10}" style="fill:none;{_STROKE}"/>'
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" style="{_STROKE}"/>{tip}'


def _path(d: str) -> str:
    return f'<path d="{d}" style="fill:none;stroke:var(--att-accent);stroke-width:4"/>'


def _box(y: int, text: str, *, accent: bool) -> str:
    fill = "var(--att-accent)" if accent else "var(--att-ground)"
    ink = "var(--att-ground)" if accent else "var(--att-ink)"
    return (
        f'<rect x="{_MIDDLE - 72}" y="{y - 20}" width="144" height="40" rx="9" '
        f'style="fill:{fill};stroke:var(--att-ink);stroke-width:2"/>'
        f'<text x="{_MIDDLE}" y="{y + 6}" text-anchor="middle" font-size="17" style="fill:{ink}">{escape(text)}</text>'
    )


def _text(x: int, y: int, text: str, *, bold: bool = False) -> str:
    weight = 700 if bold else 400
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="17" font-weight="{weight}" '
        f'style="fill:var(--att-ink)">{escape(text)}</text>'
    )
