"""A Valkey of our own on a free port of this machine, for tests, measurements and several servers."""

from __future__ import annotations

import subprocess
import tempfile
import time
from typing import Self

from attnviz.classroom.store import StoreError
from attnviz.classroom.valkey import Valkey
from scripts.serving import ROOT, free_port

START_S = 10


class OwnValkey:
    """The real server, which writes nothing; it can be killed and started anew at the same address."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, empty; ``RuntimeError`` where it does not answer."""
        got = subprocess.run([ROOT / "scripts" / "valkey"], check=True, capture_output=True, text=True)
        command = [got.stdout.strip(), "--port", str(self._port), "--bind", "127.0.0.1"]
        in_memory = ["--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]
        self._server = subprocess.Popen([*command, *in_memory], stdout=subprocess.DEVNULL)
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                Valkey(self.url).get("nothing")
            except StoreError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("Valkey did not start")

    def kill(self) -> None:
        """Take it away without a word."""
        if self._server:
            self._server.kill()
            self._server.wait()
        self._server = None
