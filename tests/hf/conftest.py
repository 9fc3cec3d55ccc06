"""Without requirements-hf.txt there is nothing to test here."""

import logging
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # tests ask no hub but their own
pytest.importorskip("transformers", reason="models of others need requirements-hf.txt")


@pytest.fixture(autouse=True)
def silent() -> Iterator[None]:
    """Tiny configurations make transformers talk; none of it is about us."""
    logger = logging.getLogger("transformers")
    before, logger.level = logger.level, logging.CRITICAL
    yield
    logger.setLevel(before)
