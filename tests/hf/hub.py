"""A hub and a package index of our own, on this machine: they serve a folder, and say what was asked of them."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

COMMIT = "c" * 40


class Hub(NamedTuple):
    """A running server: ``owner/tiny`` is ``folder``, ``owner/gated`` needs admission, there are no others."""

    address: str
    asked: list[str]  # "GET /path" or "GET /path bytes=5-", in order
    folder: Path


@contextmanager
def serving(folder: Path, claimed: str = "") -> Iterator[Hub]:
    """Serve ``folder`` as a repository, and its files as they are under /files; ``claimed``: a sha256 for all."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

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
                self.answer(status, whole[start:], X_Repo_Commit=COMMIT, ETag=etag, **span)
            else:
                self.answer(404, X_Error_Code="RepoNotFound")

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
