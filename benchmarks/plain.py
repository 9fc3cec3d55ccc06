"""A browser's plain requests, without the browser: one connection that is kept, and cookies."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

PATIENCE = 5  # seconds, as the script on our pages has
OF_PAGES = 60  # seconds that a browser waits for a page: the first one of a server may load a model


class Reply(NamedTuple):
    """What the server answered; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: str


class Plain:
    """Sends requests one after the other, as one tab does."""

    def __init__(self, address: str, cookies: Mapping[str, str] | None = None) -> None:
        """``address``: of the server, http, with its folder; ``cookies``: those that the browser has already."""
        self._host, self.base = urlsplit(address).netloc, urlsplit(address).path
        self.cookies = dict(cookies or {})
        self._turn = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, *, patience: float = OF_PAGES, **headers: str) -> Reply:
        """Open a page; ``OSError``, ``EOFError`` or ``TimeoutError`` where nobody answers."""
        return await self._ask("GET", path, b"", headers, patience)

    async def post(self, path: str, form: Mapping[str, str], *, patience: float = OF_PAGES) -> Reply:
        """Send a form; errors as in :meth:`get`."""
        headers = {"X-Attnviz": "1", "Content-Type": "application/x-www-form-urlencoded"}
        return await self._ask("POST", path, urlencode(form).encode(), headers, patience)

    def close(self) -> None:
        """Hang up."""
        if self._streams:
            self._streams[1].close()
        self._streams = None

    async def _ask(self, method: str, path: str, body: bytes, more: Mapping[str, str], patience: float) -> Reply:
        headers = {"Host": self._host, "Accept-Encoding": "gzip", "Content-Length": str(len(body)), **more}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [
            f"{method} {self.base}{path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
            "",
            "",
        ]
        async with self._turn:
            try:
                async with asyncio.timeout(patience):
                    reply = await self._answered("\r\n".join(lines).encode() + body)
            except (OSError, EOFError, TimeoutError):
                self.close()
                raise
            return reply

    async def _answered(self, request: bytes) -> Reply:
        if self._streams is None or self._streams[0].at_eof():  # a server hangs up on who was silent for long
            self.close()
            host, _, port = self._host.partition(":")
            self._streams = await asyncio.open_connection(host, int(port or 80))
        incoming, outgoing = self._streams
        outgoing.write(request)
        head = (await incoming.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status, headers = int(head[0].split()[1]), {}
        for line in filter(None, head[1:]):
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
            if name.lower() == "set-cookie":
                self._keep(value)
        body = b"" if status in (204, 304) else await _body(incoming, headers)
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(status, headers, body.decode(errors="replace"))

    def _keep(self, cookie: str) -> None:
        pair, *attributes = cookie.strip().split(";")
        name, _, value = pair.partition("=")
        if any(one.strip().lower() == "max-age=0" for one in attributes):
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value.strip('"')


async def _body(incoming: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await incoming.readexactly(int(headers.get("content-length", 0)))
    parts = []
    while size := int(await incoming.readline(), 16):
        parts.append(await incoming.readexactly(size))
        await incoming.readexactly(2)
    await incoming.readexactly(2)
    return b"".join(parts)
