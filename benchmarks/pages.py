"""What each page costs the server: ``make bench``. Ratios to the course map, the lightest page, in one run."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from attnviz.session.pages import PAGES, Page

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 7
SENTENCE = "The animal didn't cross the street because it was too tired ."


def seconds(page: Page) -> float:
    """Return the median time of a run with everything cached, as for the second reader of a class."""
    app = AppTest.from_file(ROOT / "app.py", default_timeout=120).switch_page(page.file)
    app.query_params.update({"text": SENTENCE, "lang": "en"})
    app.run()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        app.run()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def page_costs() -> None:
    """Print one line a page."""
    floor = seconds(PAGES[-1])
    print(f"\n{'page':>12} {'run / course map':>17} {'ms':>8}")
    for page in PAGES:
        spent = seconds(page)
        print(f"{page.name:>12} {spent / floor:>17.2f} {spent * 1000:>8.0f}")
