"""Neither the project's folder nor the home of who serves can be written: pages and a class work all the same."""

import asyncio
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.lesson import Lesson, Plan
from scripts.serving import ROOT, served, streamlit

SCRIPTS = ROOT / "attnviz" / "components" / "__pycache__"
# In a view of the file system of its own: both folders can't be written, by root neither, and no script of a view
# has been written before.
_SHUT = """
set -e
mount -t tmpfs -o ro none "$3"
for folder in "$1" "$2"; do mount --rbind "$folder" "$folder"; mount -o remount,bind,ro "$folder"; done
cd "$1"
shift 3
exec "$@"
"""
_TOUCH = ("touch", "written", *(str(folder / "written") for folder in (ROOT, Path.home(), SCRIPTS)))


def shut(command: Sequence[str]) -> tuple[str, ...]:
    """Return the command that runs ``command`` where nothing can be written."""
    way = ("unshare", "--mount", "--map-root-user", "--propagation", "private", "sh", "-c", _SHUT, "sh")
    return (*way, str(ROOT), str(Path.home()), str(SCRIPTS), *command)


@pytest.fixture
def can_shut() -> None:
    SCRIPTS.mkdir(exist_ok=True)
    if not shutil.which("unshare") or subprocess.run(shut(["true"]), capture_output=True).returncode:
        pytest.skip("this machine gives nobody a view of the file system of his own (unshare --mount)")


@pytest.mark.full  # a server is started for it
def test_pages_and_a_class_work_where_nothing_can_be_written(can_shut: None) -> None:
    tried = subprocess.run(shut(_TOUCH), capture_output=True, text=True)
    assert tried.stderr.count("Read-only file system") == 4, tried.stderr
    with served(command=shut(streamlit("app.py"))) as address:
        held = asyncio.run(Lesson(address, Plan(students=4, plain=2, think=0, arriving=1)).hold())
    assert held.faults() == []
    assert (len(held.met.live), len(held.met.plain), sum(held.votes[1])) == (2 * 6, 2 * 6, 4)
