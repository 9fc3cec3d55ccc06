"""Who asks: cookies that no script can read. They are the only place of a teacher's power and a device's identity."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from attnviz.classroom.codes import new_secret
from attnviz.classroom.cookies import CLASS, DEVICE, LONGEST, TEACHER
from attnviz.classroom.record import LASTS


def device_of(request: Request) -> str:
    """Return the token of a device, a new one for a new device."""
    known = request.cookies.get(DEVICE, "")
    return known if 16 <= len(known) <= LONGEST else new_secret()


def keep(request: Request, response: Response, **cookies: str) -> None:
    """Let the browser keep cookies as long as a class lasts; an empty one is taken away."""
    is_safe = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    names = {"device": DEVICE, "class_id": CLASS, "teacher": TEACHER}
    for name, value in cookies.items():
        lasts = LASTS if value else 0
        response.set_cookie(names[name], value, max_age=lasts, httponly=True, samesite="lax", secure=is_safe)


def is_from_elsewhere(request: Request) -> bool:
    """Whether another site's page sent this form."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    foreign = bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")
    return site not in ("same-origin", "none") or (foreign and "sec-fetch-site" not in request.headers)
