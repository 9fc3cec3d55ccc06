"""What several tests share: the corpora, the golden numbers, the browser."""

import json
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import torch
from playwright.sync_api import Browser, sync_playwright
from streamlit.components.v2 import manifest_scanner

import attnviz
from attnviz import Model
from attnviz.model.config import Config
from attnviz.model.transformer import Transformer
from attnviz.session import models as kept
from attnviz.trace import listed
from attnviz.trace.run import wrap

torch.set_num_threads(1)  # as in the app

# What make model fetched here, and what this machine's owner lists, is no part of the tests: said before any test is
# collected, since some are made for each model that can be chosen.
listed.FETCHED = Path(__file__).parent / "nothing was fetched"
os.environ.pop(listed.VARIABLE, None)

# no time limits in tests: machines are noisy
hypothesis.settings.register_profile("attnviz", deadline=None)
hypothesis.settings.load_profile("attnviz")

ROOT = Path(__file__).resolve().parents[1]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(autouse=True)
def no_fault(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which a page met an unexpected exception: the page itself shows only its id."""
    yield
    faults = [record for record in caplog.get_records("call") if record.name == "attnviz.session.callbacks"]
    if request.path.name != "test_faults.py":
        assert not faults, f"a page failed: {faults[0].exc_text or faults[0].exc_info}"


@pytest.fixture
def other_models() -> Iterator[None]:
    """For a test that lets the app read other models: none loaded before, none of them kept for the next test."""
    kept.forget_models()
    yield
    kept.forget_models()


@pytest.fixture(autouse=True, scope="session")
def servers_offer_no_models_of_others() -> Iterator[None]:
    """The servers that tests start read where fetched models lie from the environment.

    Not set above: the processes that test inherit it, and they do read MiniLM where it was fetched.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNVIZ_FETCHED", str(listed.FETCHED))
        yield


@pytest.fixture(autouse=True, scope="session")
def packages_are_looked_through_once() -> Iterator[None]:
    """Streamlit looks for views in every installed package, for each AppTest anew: two thirds of an AppTest's time.

    Nothing is installed while tests run, so the first answer holds for all.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of corpora and treebanks: DATA, else ../shared/data; they are never committed."""
    folder = Path(os.environ.get("DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no corpora at {folder}: set DATA=folder (training/README.md names the files)")
    return folder


@pytest.fixture(scope="session")
def golden() -> dict[str, dict[str, Any]]:
    """Published numbers by id, each with value, tolerance and source."""
    entries = json.loads((ROOT / "tests" / "data" / "golden.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry for entry in entries}


@pytest.fixture(scope="session")
def model() -> Model:
    """The shipped translator."""
    return attnviz.load_model("translator")


@pytest.fixture(scope="session")
def untrained() -> Model:
    """The control: same shape, random parameters."""
    return attnviz.load_model("untrained")


@pytest.fixture(scope="session")
def post_norm(untrained: Model) -> Model:
    """A small model that normalises the sum, as in the paper; no two of its sizes are equal."""
    torch.manual_seed(5)
    config = Config(
        untrained.transformer.config.vocabulary_size,
        d_model=30,
        n_heads=3,
        n_encoder_layers=2,
        n_decoder_layers=2,
        d_ff=44,
        norm_first=False,
    )
    transformer = Transformer(config).eval().requires_grad_(False)
    for parameter in transformer.parameters():
        if parameter.dim() == 1:  # biases and gains are not those of initialisation
            parameter.add_(torch.randn_like(parameter), alpha=0.3)
    return wrap("post_norm", transformer, untrained.tokenizer)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser for Playwright's ``executable_path``."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        if name and (path := shutil.which(name)):
            return path
    pytest.fail("no Chromium on PATH: ./scripts/chromium gets it, or says what to type")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()
