"""Without requirements-hf.txt there is nothing to test here."""

import logging
import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # tests ask no hub but their own
if find_spec("transformers") is None:  # make test installs it; a plain pytest may do without
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def silent() -> Iterator[None]:
    """Tiny configurations make transformers talk; none of it is about us."""
    logger = logging.getLogger("transformers")
    before, logger.level = logger.level, logging.CRITICAL
    yield
    logger.setLevel(before)
