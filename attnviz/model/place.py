"""Where the files lie that are no code: beside the package in a checkout, inside it where it was installed."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_SERVED = _PACKAGE / "served"  # made by the wheel alone (pyproject.toml)
INSTALLED = _SERVED.is_dir()
PROJECT = _SERVED if INSTALLED else _PACKAGE.parent  # app.py, pages, weights
WEIGHTS = PROJECT / "weights"
_USUAL = Path.home() / ".cache" / "attnviz" if INSTALLED else PROJECT / "models"
MODELS = Path(os.environ.get("ATTNVIZ_FETCHED") or _USUAL)  # what was fetched
