"""Views' scripts are kept by browsers: their names carry a hash of what they hold.

Streamlit says of a component's files that they may be kept, but not for how long, and has no date on them: a browser
then asks for each of them again on every page.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HASHED = re.compile(r"/_stcore/bidi-components/attnviz\.\w+/\w+\.[0-9a-f]{16}\.js$")
KEPT = "public, max-age=31536000, immutable"  # a year


class KeptScripts:
    """Middleware that has such a file kept for a year."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as the app does."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message)["Cache-Control"] = KEPT
            await send(message)

        is_script = scope["type"] == "http" and _HASHED.search(scope["path"])
        await self._app(scope, receive, sent if is_script else send)


MIDDLEWARE = [Middleware(KeptScripts)]
