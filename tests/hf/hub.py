"""A hub and a package index of our own, on this machine: they serve a folder, and say what was asked of them."""

import hashlib
import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

COMMIT = "c" * 40


class Hub(NamedTuple):
    """A running server: ``owner/tiny`` is ``folder``, ``owner/gated`` needs admission, there are no others."""

    address: str
    asked: list[str]  # "GET /path" or "GET /path bytes=5-", in order
    folder: Path


@contextmanager
def serving(folder: Path, claimed: str = "", at_once: int | None = None) -> Iterator[Hub]:
    """Serve ``folder`` as a repository, and its files as they are under /files.

    ``claimed``: a sha256 for all. ``at_once``: bytes of a file after which the connection is reset.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content_Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def break_off(self, status: int, piece: bytes, promised: int, span: dict[str, str]) -> None:
            self.answer(status, piece, **{"Content_Length": str(promised), **span})
            self.wfile.flush()
            time.sleep(0.05)  # what was sent arrives before the reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def do_GET(self) -> None:
            path, wanted = self.path.partition("?")[0], self.headers.get("Range")
            asked.append(f"{self.command} {path}" + (f" {wanted}" if wanted else ""))
            name = path.rsplit("/", 1)[-1]
            if path.startswith("/api/models/owner/tiny"):
                files = [file for file in sorted(folder.iterdir()) if file.is_file()]
                told = {"id": "owner/tiny", "sha": COMMIT, "siblings": [described(file, claimed) for file in files]}
                self.answer(200, json.dumps(told).encode(), Content_Type="application/json")
            elif path.startswith("/api/models/owner/gated"):
                self.answer(403, X_Error_Code="GatedRepo")
            elif path.startswith(("/owner/tiny/resolve/", "/files/")) and (folder / name).is_file():
                whole = (folder / name).read_bytes()
                start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
                status = 206 if wanted else 200
                etag = f'"{hashlib.sha256(whole).hexdigest()}"'
                span = {"Content_Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"} if wanted else {}
                if at_once is not None and len(whole) - start > at_once:
                    self.break_off(status, whole[start:][:at_once], len(whole) - start, span)
                else:
                    self.answer(status, whole[start:], X_Repo_Commit=COMMIT, ETag=etag, **span)
            else:
                self.answer(404, X_Error_Code="RepoNotFound")

        do_HEAD = do_GET

    class Server(ThreadingHTTPServer):
        def shutdown_request(self, request: Any) -> None:
            self.close_request(request)  # no polite end before it, which would hide a reset

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Hub(f"http://127.0.0.1:{server.server_port}", asked, folder)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def described(file: Path, claimed: str) -> dict[str, object]:
    """One file as the hub tells it."""
    told: dict[str, object] = {"rfilename": file.name, "size": file.stat().st_size}
    if file.suffix == ".safetensors":
        sha256 = claimed or hashlib.sha256(file.read_bytes()).hexdigest()
        told["lfs"] = {"sha256": sha256, "size": file.stat().st_size, "pointerSize": 1}
    return told
