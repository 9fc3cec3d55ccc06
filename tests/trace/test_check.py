"""Check it yourself: the download finds every step right, and notices when one is not."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import attnviz
from attnviz import Model
from attnviz.trace.check import check_arrays, check_zip
from attnviz.trace.records import PARTS, Part

# -S leaves out site-packages: the process sees the standard library and NumPy, nothing else
RUN = """
import runpy, sys
sys.path.append({numpy!r})
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return attnviz.load_model()


def only_numpy(folder: Path) -> Path:
    """A folder that holds NumPy alone."""
    alone = folder / "alone"
    alone.mkdir()
    source = Path(np.__file__).parent
    for found in (source, source.with_name("numpy.libs")):
        if found.exists():
            (alone / found.name).symlink_to(found)
    return alone


def run(folder: Path, alone: Path) -> subprocess.CompletedProcess[str]:
    code = RUN.format(numpy=str(alone))
    command = [sys.executable, "-I", "-S", "-c", code, str(folder / "attnviz-check" / "check.py")]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def largest(output: str) -> float:
    (line,) = [line for line in output.splitlines() if "largest of all" in line]
    return float(line.split()[0])


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", ["The snake is very dangerous because it has a venom", "나는 집에 간다 😀", "Go"])
def test_the_download_checks_every_step_with_numpy_alone(model: Model, part: Part, text: str, tmp_path: Path) -> None:
    trace = attnviz.trace(model, text)
    zipfile.ZipFile(io.BytesIO(check_zip(trace, part, 0, 5))).extractall(tmp_path)
    done = run(tmp_path, only_numpy(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert largest(done.stdout) < 1e-5
    steps = {line.split()[1] for line in done.stdout.splitlines()[1:-1]}
    assert steps == set("123456789")


@pytest.mark.parametrize("name", ["W_Q", "key", "scores", "scaled_scores", "weights", "head_output", "W_O", "total"])
def test_a_wrong_number_is_found(model: Model, name: str, tmp_path: Path) -> None:
    trace = attnviz.trace(model, "I go home", "Ich gehe nach Hause")
    zipfile.ZipFile(io.BytesIO(check_zip(trace, "cross", 1, 0))).extractall(tmp_path)
    path = tmp_path / "attnviz-check" / "head.npz"
    with np.load(path, allow_pickle=False) as stored:
        arrays = {entry: stored[entry].copy() for entry in stored.files}
    arrays[name][1, 1] += 0.01
    np.savez(path, allow_pickle=False, **arrays)
    done = run(tmp_path, only_numpy(tmp_path))
    assert done.returncode == 1
    assert largest(done.stdout) > 1e-5


def test_the_same_head_gives_the_same_file(model: Model) -> None:
    trace = attnviz.trace(model, "I go home", "Ich gehe")
    assert check_zip(trace, "encoder_self", 0, 0) == check_zip(trace, "encoder_self", 0, 0)


def test_the_file_says_what_it_holds_and_what_not(model: Model) -> None:
    long = attnviz.trace(model, "I can’t\u200b " + "swim " * 200, "Ja .")
    about = str(check_arrays(long, "cross", 1, 2)["about"])
    assert about.startswith("translator, cross, layer 2, head 3: I can’t\u200b swim ")  # as it was typed
    assert "Left out:" in about and f"tokens 129 to {128 + long.n_dropped}" in about
