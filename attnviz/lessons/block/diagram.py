"""One block as a drawing, upwards as in Figure 1 of the paper: LayerNorm before the sub-layer, or after the sum."""

from __future__ import annotations

from html import escape

from attnviz.session.catalog import Texts

_WIDTH, _HEIGHT, _MIDDLE, _SIDE = 262, 300, 152, 44  # pixels; the way up, and the way past
_BOX = 136, 42


def diagram(texts: Texts, *, pre: bool) -> str:
    """Return the drawing as HTML; one sentence says what it shows to those who can't see it."""
    # heights of the centres, from above; x splits where the residual connection leaves the way up
    plus, norm, sub_layer = (74, 206, 140) if pre else (140, 74, 206)
    split = 250
    parts = (
        _part(_MIDDLE - 1, 32, 2, _HEIGHT - 62, "background:var(--att-ink)"),
        _part(
            _MIDDLE - 6, 28, 0, 0, "border:6px solid transparent;border-top:0;border-bottom:11px solid var(--att-ink)"
        ),
        _part(
            _SIDE,
            plus - 2,
            _MIDDLE - _SIDE,
            split - plus + 4,
            "border:4px solid var(--att-accent);border-right:0;border-radius:12px 0 0 12px;box-sizing:border-box",
        ),
        _box(norm, "LayerNorm", "background:var(--att-accent);color:var(--att-ground)"),
        _box(sub_layer, texts("block.sublayer"), "background:var(--att-ground);color:var(--att-ink)"),
        _part(
            _MIDDLE - 16,
            plus - 16,
            32,
            32,
            "border:2px solid var(--att-ink);border-radius:50%;line-height:26px;"
            "box-sizing:border-box;text-align:center;background:var(--att-ground);font-size:22px",
            "+",
        ),
        _part(_MIDDLE - 20, _HEIGHT - 30, 40, 26, "text-align:center;font-style:italic", "x"),
        _part(_MIDDLE - 105, 0, 210, 26, "text-align:center", texts("block.diagram_next")),
        _part(
            _SIDE - 36,
            plus,
            28,
            split - plus,
            "writing-mode:vertical-rl;text-orientation:sideways;transform:rotate(180deg);font-size:15px;"
            "display:flex;align-items:center;justify-content:center;white-space:nowrap",
            texts("block.diagram_residual"),
        ),
    )
    label = escape(texts("block.diagram_pre" if pre else "block.diagram_post"), quote=True)
    return (
        f'<div class="attnviz-diagram" role="img" aria-label="{label}" '
        f'style="position:relative;width:{_WIDTH}px;height:{_HEIGHT}px;'
        f'margin:auto;font-size:17px;color:var(--att-ink)">{"".join(parts)}</div>'
    )


def _box(centre: int, text: str, style: str) -> str:
    width, height = _BOX
    frame = f"border:2px solid var(--att-ink);border-radius:9px;box-sizing:border-box;line-height:{height - 4}px"
    return _part(_MIDDLE - width // 2, centre - height // 2, width, height, f"{frame};text-align:center;{style}", text)


def _part(left: int, top: int, width: int, height: int, style: str, text: str = "") -> str:
    place = f"position:absolute;left:{left}px;top:{top}px;width:{width}px;height:{height}px"
    return f'<div style="{place};{style}">{escape(text)}</div>'
