"""One piece of HTML that needs nothing from elsewhere: the still picture, the view's script, its data."""

from __future__ import annotations

import base64
import secrets
from functools import cache
from html import escape
from pathlib import Path

from attnviz.components.bundle import bundle

_PACKAGE = Path(__file__).parents[1]


@cache
def script_of(view: str) -> str:
    """Return the script of a view as one expression: a function of an element and base64 of a packed message."""
    before, _, name = bundle(_PACKAGE / "standalone" / f"{view}.js", _PACKAGE).rpartition("export default ")
    code = f'(() => {{ "use strict";\n{before}return {name}}})()'
    return code.replace("</", r"<\/")  # no text of a script may end it


def fragment(view: str, message: bytes, still: bytes, caption: str, note: str, language: str) -> str:
    """Return the output of a notebook's cell: with an id of its own each time, so that two never meet.

    ``message``: of ``pack()``; ``still``: a PNG. Where scripts don't run, the picture and its caption stay.
    """
    name = f"attnviz-{secrets.token_hex(6)}"
    image, data = (base64.b64encode(raw).decode() for raw in (still, message))
    return (
        f'<div id="{name}" lang="{language}">'
        f'<figure><img src="data:image/png;base64,{image}" alt="{escape(caption)}" style="max-width:100%">'
        f"<figcaption>{escape(caption)}</figcaption></figure></div>"
        f'<p lang="{language}" style="font-size:smaller">{escape(note)}</p>'
        f'<script>\n({script_of(view)})(document.getElementById("{name}"), "{data}");\n</script>'
    )


def document(fragment: str, title: str, language: str) -> str:
    """Return a whole page around a fragment."""
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n"
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:1400px;margin:0 auto;padding:12px}</style>\n"
        f"</head>\n<body>\n{fragment}\n</body>\n</html>\n"
    )
