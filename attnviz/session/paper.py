"""Paper: the template of a sheet, and what leads a reader back, its full address as text and as a QR code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def address(page: str | None, route: str, query: dict[str, str]) -> str:
    """Return what a reader types: host and all, where the browser has told it (``page``, its present address)."""
    start = (page or "").partition("?")[0].rstrip("/")
    if urlsplit(start).path:  # the page's own route, or what a proxy serves the app under
        start = start.removesuffix(f"/{route}")
    return f"{start}/{route}?{urlencode(query, safe=',')}"


def qr_code(text: str) -> str:
    """Return ``text`` as a QR code: an SVG element for HTML, black on white with its quiet margin.

    Nothing for an address longer than any code holds (2,953 bytes): it stands beside as text.
    """
    try:
        code = segno.make(text, micro=False)
    except segno.DataOverflowError:
        return ""
    return code.svg_inline(border=4, light="#FFFFFF", omitsize=True, svgclass="qr", lineclass=None)


@cache
def template(path: Path) -> Template:
    """Return the template of a sheet, which extends ``paper.html``.

    What readers typed is escaped, and a misspelt name fails.
    """
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader([path.parent, Path(__file__).parent]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)
