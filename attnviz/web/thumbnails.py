"""The pictures of the pages on the course map, as ``scripts/thumbnails.py`` makes them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from attnviz.session.catalog import LESSONS
from attnviz.session.pages import PAGES, THEMES

FOLDER = LESSONS / "course" / "thumbnails"
_NAMES = {page.thumbnail(theme) for page in PAGES for theme in THEMES}


def _picture(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _NAMES:
        return Response(status_code=404)
    return FileResponse(FOLDER / name, headers={"Cache-Control": "max-age=86400"})


THUMBNAILS = Route("/thumbnails/{name}", _picture)
