"""The document that a page begins as: Streamlit's own, with our rules of style and the theme before any script has run.

Streamlit's script can only send them as a part of the page, which is drawn when others stand already: they would
all move. It still does, for a reader who changes the size of type; here they come with the first byte. How the theme
is set is told in theme.js.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.choices import parse
from attnviz.session.pages import PAGES, Page
from attnviz.ui.style import rules

_THEME = (Path(__file__).parent / "theme.js").read_text(encoding="utf-8")


@cache
def _of_streamlit() -> str:
    return (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")


def language_of(request: Request) -> str:
    """Return the language that an address asks for, else the browser's if the app speaks it, else English."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    accepted = request.headers.get("accept-language", "")[:2].lower()
    return accepted if accepted in LANGUAGES else "en"


def _route(page: Page) -> Route:
    def shell(request: Request) -> HTMLResponse:
        choices, _ = parse(request.query_params, language_of(request))
        title = f"<title>{Texts(choices.lang)(page.title)} · attnviz</title>"
        document = _of_streamlit()
        document = document.replace('<html lang="en">', f'<html lang="{choices.lang}">', 1)
        document = document.replace("<title>Streamlit</title>", title, 1)
        # behind the rules that Streamlit's own scripts will write into the head: of equals the last holds
        theme = f'<script>\n{_THEME}attnvizTheme("{choices.theme}");\n</script>'
        document = document.replace("</body>", f"<style>\n{rules(choices)}</style>\n{theme}\n</body>", 1)
        return HTMLResponse(document, headers={"Cache-Control": "no-cache"})

    return Route(f"/{page.route}", shell)


SHELLS = [_route(page) for page in PAGES]
