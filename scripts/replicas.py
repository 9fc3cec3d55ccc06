"""Several servers behind nginx on this machine: ``make replicas N=2``, or with ``--print`` the file for a server."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from attnviz.classroom.classes import VARIABLE
from scripts.serving import ROOT, Served, free_port, served, wait_for
from scripts.stores import OwnValkey

_FILES = Environment(
    loader=FileSystemLoader(ROOT / "deploy"), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
)


def for_a_server(name: str, ports: list[int]) -> str:
    """Return nginx's file for a server called ``name`` whose processes listen on ``ports``."""
    return _FILES.get_template("nginx.conf.jinja").render(local=False, name=name, ports=ports, socket=f"wss://{name}")


def _for_this_machine(listen: int, ports: list[int], folder: str) -> str:
    socket = f"ws://127.0.0.1:{listen}"
    return _FILES.get_template("nginx.conf.jinja").render(
        local=True, listen=listen, ports=ports, folder=folder, socket=socket
    )


@dataclass(frozen=True)
class Replicas:
    """nginx's address, and the servers behind it."""

    address: str
    servers: tuple[Served, ...]

    def kill(self, number: int) -> None:
        """Take a server away without a word, as a crash would."""
        os.kill(self.servers[number].pid, signal.SIGKILL)


@contextmanager
def replicas(count: int, port: int = 0, more: Mapping[str, str] | None = None) -> Iterator[Replicas]:
    """Run ``count`` servers behind nginx on ``port`` (0: a free one); ``RuntimeError`` where one doesn't start.

    ``more``: of the servers' environment.
    """
    program = subprocess.run([ROOT / "scripts" / "nginx"], check=True, capture_output=True, text=True).stdout.strip()
    listen = port or free_port()
    with ExitStack() as running:
        servers = tuple(running.enter_context(served(more=more)) for _ in range(count))
        folder = running.enter_context(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o755)  # nginx's workers are nobody where it is started as root
        file = Path(folder) / "nginx.conf"
        ports = [int(server.rpartition(":")[2]) for server in servers]
        file.write_text(_for_this_machine(listen, ports, folder), encoding="utf-8")
        log = running.enter_context(tempfile.TemporaryFile())
        command = [program, "-e", "stderr", "-p", folder, "-c", str(file)]
        nginx = running.enter_context(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT))
        running.callback(nginx.terminate)
        address = f"http://127.0.0.1:{listen}"
        wait_for(address, nginx, log)
        yield Replicas(address, servers)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2)
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--print", action="store_true", help="print nginx's file for a server of your own, and end")
    parser.add_argument("--name", default="attention.example.org", help="of the server, for --print")
    parser.add_argument("--ports", default="8501,8502", help="of its processes, for --print")
    arguments = parser.parse_args()
    if arguments.print:
        print(for_a_server(arguments.name, [int(port) for port in arguments.ports.split(",")]), end="")
        return
    with OwnValkey() as store, replicas(arguments.count, arguments.port, {VARIABLE: store.url}) as running:
        print(f"{arguments.count} servers behind {running.address}; Ctrl+C ends them", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
