"""The addresses beside Streamlit's own. Reading is GET; whatever changes something is a POST from a page of ours."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from attnviz.classroom import record as rules
from attnviz.classroom.classes import Seat, classes
from attnviz.classroom.codes import CODE, recovery_of, spoken, typed
from attnviz.classroom.cookies import visitor
from attnviz.classroom.lately import Known
from attnviz.classroom.record import Class, NotNowError
from attnviz.classroom.store import StoreError
from attnviz.components.bundle import bundle
from attnviz.session.catalog import LANGUAGES, PACKAGE, Texts
from attnviz.session.pages import base
from attnviz.web.places import address, in_language, place, routes_between, with_sentence
from attnviz.web.shell import SHELLS, language_of
from attnviz.web.shown import check_page, class_page, join_page, panel, view_page
from attnviz.web.still import still
from attnviz.web.thumbnails import THUMBNAILS
from attnviz.web.visitors import device_of, is_from_elsewhere, keep
from attnviz.web.waiting import AGAIN, HELD, until_news

_log = logging.getLogger(__name__)
SCRIPT = "x-attnviz"  # a script of ours asks: it wants JSON and goes on by itself
MOST_SENT = 20_000  # bytes of a form
NEVER_KEPT = {"Cache-Control": "no-store"}
Form: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """What came of a form: where to go on, for those who sent it, and the cookies that it leaves."""

    goes: str
    cookies: Mapping[str, str]


def _language(request: Request) -> str:
    """Return the language of the page that a form came from; else that of the address, or the browser's."""
    came = dict(parse_qsl(urlsplit(request.headers.get("referer", "")).query)).get("lang", "")
    return came if request.method == "POST" and came in LANGUAGES else language_of(request)


def _host(request: Request) -> str:
    is_safe = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    return f"{'https' if is_safe else 'http'}://{request.headers.get('host', 'localhost')}{base()}"


def _said(request: Request, why: str) -> str:
    name = f"web.not_{why}"
    texts = Texts(_language(request))
    return texts(name) if why and name in texts else ""


def _seat(request: Request) -> Seat | None:
    return classes().seat(visitor(request.cookies))


def _page(draw: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Answer a page; where the store can't be reached, say so, and ask the browser to come back."""

    def answered(request: Request) -> Response:
        try:
            return draw(request)
        except StoreError:
            said = _said(request, "store")
            return HTMLResponse(join_page(language_of(request), said), 503, NEVER_KEPT | {"Refresh": "3"})

    return answered


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, NEVER_KEPT)


@_page
def teach(request: Request) -> Response:
    """Show the teacher's page."""
    seat = _seat(request)
    if seat and seat.role == "student":
        seat = None
    here = classes().here(seat)[0] if seat else 0
    said = _said(request, request.query_params.get("said", ""))
    return _html(class_page(seat, language_of(request), _host(request), here, said))


@_page
def recovery(request: Request) -> Response:
    """Hand out the recovery code as a file, which no projector shows."""
    seat, asks = _seat(request), visitor(request.cookies)
    if seat is None or seat.role != "teacher":
        return PlainTextResponse("403", 403)
    words = Texts(language_of(request))("web.recovery_file", code=spoken(recovery_of(asks.secret)), host=_host(request))
    return PlainTextResponse(
        words + "\n", headers=NEVER_KEPT | {"Content-Disposition": 'attachment; filename="attnviz-class.txt"'}
    )


@_page
def join(request: Request) -> Response:
    """Show where a code is typed."""
    said = _said(request, request.query_params.get("said", ""))
    return _html(join_page(language_of(request), said))


@_page
def join_by_link(request: Request) -> Response:
    """Let a device in that came by the QR code, or by an address with the code."""
    key, device = request.path_params["key"], device_of(request)
    seat = _seat(request)
    try:
        class_id = classes().find(key) if len(typed(key)) == CODE else key
        if not (seat and seat.record.id == class_id):  # who is in stays what he is
            classes().join(class_id, device)
    except NotNowError as error:
        return _html(join_page(language_of(request), _said(request, error.why)), 429 if error.why == "slow" else 404)
    response = RedirectResponse(in_language(f"{base()}/join/view", language_of(request)), 303, NEVER_KEPT)
    keep(request, response, device=device, class_id=class_id)
    return response


@_page
def view(request: Request) -> Response:
    """Show a student the class as one plain page."""
    seat = _seat(request)
    if seat is None:
        return RedirectResponse(f"{base()}/join?said=over", 303, NEVER_KEPT)
    if seat.role == "teacher":
        return RedirectResponse(f"{base()}/class", 303, NEVER_KEPT)
    here, teacher = classes().here(seat)
    said = _said(request, request.query_params.get("said", ""))
    language = language_of(request)
    return _html(view_page(seat, language, here, teacher, still(seat.record.at, language), said))


def check(request: Request) -> Response:
    """Show what works between this browser and the server."""
    return _html(check_page(language_of(request)))


async def state(request: Request) -> Response:
    """Tell a browser in the class all there is for it, or 304 that nothing is new.

    With ``wait`` a student's question is kept for some seconds, until something is. 404: it is in no class, or that
    one is over. 503: the store can't be reached.
    """
    end = time.monotonic() + HELD if "wait" in request.query_params else 0
    while True:
        answer, known = await run_in_threadpool(_state, request)
        left = end - time.monotonic()
        if known is None or left <= 0 or await request.is_disconnected():
            return answer
        await until_news(classes().lately, known, min(left, AGAIN))


def _state(request: Request) -> tuple[Response, Known | None]:
    """Return the answer at this moment, and the class of a student for whom nothing is new."""
    try:
        found = classes().glance(visitor(request.cookies))
        if found is None:
            return Response(status_code=404, headers=NEVER_KEPT), None
        seat, known = found
        here, teacher = classes().here(seat)
    except StoreError:
        return Response(status_code=503, headers=NEVER_KEPT), None
    here = here if seat.role == "teacher" else 0  # students are not told
    asked = seat.device, language_of(request), here, teacher, "wide" in request.query_params
    body, tag = known.tell(asked, lambda: _told(seat, *asked[1:]))
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers), known if seat.role == "student" else None
    return Response(body, headers=headers, media_type="application/json"), None


def _told(seat: Seat, language: str, here: int, teacher: bool, wide: bool) -> tuple[bytes, str]:
    now = seat.record
    told = {
        "role": seat.role,
        "at": address(now.at),
        "move": now.at.move,
        "calls": now.calls,
        "is_paused": now.is_paused and seat.role == "student",
        "vote": now.asks,
        "pages": [f"{base()}/{route}" for route in now.pages],
        "panel": panel(seat, language, here, teacher, wide=wide),
    }
    body = json.dumps(told, ensure_ascii=False).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'


# ---- what is sent


def _start(request: Request, form: Form) -> Done:
    started = classes().start()
    return Done(f"{base()}/class", {"teacher": f"{started.record.id}.{started.secret}"})


def _recover(request: Request, form: Form) -> Done:
    started = classes().recover(form.get("recovery", ""))
    return Done(f"{base()}/class", {"teacher": f"{started.record.id}.{started.secret}"})


def _join(request: Request, form: Form) -> Done:
    class_id, device = classes().find(form.get("code", "")), device_of(request)
    classes().join(class_id, device)
    return Done(f"{base()}/join/view", {"device": device, "class_id": class_id})


def _leave(request: Request, form: Form) -> Done:
    return Done(f"{base()}/join", {"class_id": ""})


def _vote(request: Request, form: Form) -> Done:
    classes().vote(_seated(request, "student"), form.get("round", ""), form.get("option", ""))
    return Done(f"{base()}/join/view", {})


def _ask(request: Request, form: Form) -> Done:
    classes().ask(_seated(request, "student"), form.get("sentence", ""))
    return Done(f"{base()}/join/view", {})


def _end(request: Request, form: Form) -> Done:
    classes().end(_seated(request, "teacher"))
    return Done(f"{base()}/class", {"teacher": ""})


def _show(request: Request, form: Form) -> Done:
    seat = _seated(request, "teacher")

    def shown(now: Class) -> Class:
        left, sentence = rules.taken(now, form.get("asked", ""))
        return rules.moved(left, *with_sentence(left, sentence))

    return Done(address(classes().act(seat, shown).at), {})


def _hands(now: Class, form: Form) -> Class:
    for name, hands in form.items():
        if name.startswith("hands_") and hands:
            if not (hands.isascii() and hands.isdecimal() and len(hands) < 4):
                raise NotNowError("no_option")
            now = rules.counted(now, form.get("round", ""), name.removeprefix("hands_"), int(hands))
    return now


def _again(now: Class, form: Form) -> Class:
    vote = now.round
    if vote is None or vote.id != form.get("round", ""):
        raise NotNowError("no_round")
    new = hashlib.sha256(vote.id.encode()).hexdigest()[:8]  # pressed twice it is one more vote, not two
    return rules.opened(now, replace(vote, id=new, votes={}, hands={}, is_revealed=False))


def _place(form: Form) -> tuple[str, str]:
    path = form.get("path", "")
    return place(path.removeprefix(base()), form.get("query", ""))


# What the teacher alone may do, as a change of the class.
DEEDS: Mapping[str, Callable[[Class, Form], Class]] = {
    "at": lambda now, form: rules.moved(now, *_place(form)),
    "call": lambda now, form: rules.called(now),
    "pause": lambda now, form: replace(now, is_paused=form.get("on") == "yes"),
    "door": lambda now, form: replace(now, is_closed=form.get("on") == "yes"),
    "pages": lambda now, form: replace(now, pages=routes_between(form.get("first", ""), form.get("last", ""))),
    "reveal": lambda now, form: rules.revealed(now, form.get("round", "")),
    "again": _again,
    "put-away": lambda now, form: rules.put_away(now),
    "hands": _hands,
    "drop": lambda now, form: rules.taken(now, form.get("asked", ""))[0],
}
SENT: Mapping[str, Callable[[Request, Form], Done]] = {
    "/class/start": _start,
    "/class/recover": _recover,
    "/class/end": _end,
    "/class/show": _show,
    "/class/vote": _vote,
    "/class/ask": _ask,
    "/class/leave": _leave,
    "/join": _join,
}


def _seated(request: Request, role: str) -> Seat:
    seat = _seat(request)
    if seat is None or seat.role != role:
        raise PermissionError
    return seat


def _deed(name: str) -> Callable[[Request, Form], Done]:
    def done(request: Request, form: Form) -> Done:
        classes().act(_seated(request, "teacher"), lambda now: DEEDS[name](now, form))
        return Done(f"{base()}/class", {})

    return done


def _sent(path: str, do: Callable[[Request, Form], Done]) -> Route:
    """Make the route of a form: a page of ours sends it, a browser without scripts goes on to a page."""
    back = base() + ("/join" if path == "/join" else "/join/view" if do in (_vote, _ask) else "/class")

    async def sent(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MOST_SENT:
                return Response(status_code=413)
        if is_from_elsewhere(request):
            return Response(status_code=403)
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=1000))
        return await run_in_threadpool(answered, request, form)

    def answered(request: Request, form: Form) -> Response:
        is_script, status, why, done = SCRIPT in request.headers, 200, "", Done(back, {})
        try:
            done = do(request, form)
        except PermissionError:
            status, why = 403, "allowed"
        except NotNowError as error:
            status, why = 429 if error.why == "slow" else 409, error.why
        except StoreError:
            status, why = 503, "store"
        if is_script:
            response: Response = JSONResponse({"goes": done.goes, "said": _said(request, why)}, status, NEVER_KEPT)
        elif status == 403:
            response = PlainTextResponse("403", 403)
        else:
            goes = f"{back}?said={why}" if why else done.goes
            response = RedirectResponse(in_language(goes, _language(request)), 303, NEVER_KEPT)
        keep(request, response, **done.cookies)
        return response

    return Route(path, sent, methods=["POST"])


# ---- files


@cache
def _script() -> str:
    return bundle(PACKAGE / "components" / "classroom" / "plain.js", PACKAGE)


def script(request: Request) -> Response:
    """Serve the script of the plain pages."""
    return Response(_script(), media_type="text/javascript", headers={"Cache-Control": "max-age=60"})


ROUTES = [
    *SHELLS,
    THUMBNAILS,
    Route("/class", teach),
    Route("/class/recovery", recovery),
    Route("/class/state", state),
    Route("/class/check", check),
    Route("/class/plain.js", script),
    Route("/join", join),
    Route("/join/view", view),
    Route("/join/{key}", join_by_link),
    *(_sent(path, do) for path, do in SENT.items()),
    *(_sent(f"/class/{name}", _deed(name)) for name in DEEDS),
]


def served_routes() -> Sequence[Route]:
    """Return the routes as this server has them: under a folder, where the app is served under one."""
    # no Mount: it would keep Streamlit's own addresses below the folder from being found
    return [Route(base() + one.path, one.endpoint, methods=[*(one.methods or ())]) for one in ROUTES]
