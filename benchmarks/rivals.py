"""Our pages beside BertViz's and CircuitsVis': ``make rivals``. Bytes, first picture and a click, in one run.

Each is one HTML file of attention weights of the same shape, opened from this machine, with the scripts that
BertViz's pages ask of a network (``node_modules`` below the folder of the others' packages; without them they stay
blank). A page is at rest when nothing of it changes any more; its first picture is the last frame before that, after
its opening or after a click on another head. By turns, medians; what counts are the ratios.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Locator, Page, Route, TimeoutError

import attnviz
from attnviz.hf.tiny import tiny_model, tiny_tokenizer
from scripts.serving import chromium

ROUNDS = 5
SHAPES = ((4, 8, 29), (4, 8, 128), (12, 12, 128))  # layers, heads, words
SCRIPTS = {"require": "requirejs/require.js", "d3": "d3/dist/d3.min.js", "jquery": "jquery/dist/jquery.min.js"}
QUIET_MS = 1500
LIMIT_MS = 180_000  # what takes longer is given up, and printed as infinite

# Notes when the frame after the latest change was there, in the page and in shadow trees; and when it was clicked.
WATCH = f"""() => {{
  const watch = window.watch = {{ changed: 0, pressed: 0 }};
  const noted = () => requestAnimationFrame(() => requestAnimationFrame(() => (watch.changed = performance.now())));
  const options = {{ subtree: true, childList: true, attributes: true, characterData: true }};
  const look = (root) => new MutationObserver(noted).observe(root, options);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (how) {{
    const root = attach.call(this, how);
    look(root);
    return root;
  }};
  look(document);
  addEventListener("pointerdown", () => (watch.pressed = performance.now()), true);
  watch.isQuiet = () => watch.changed > watch.pressed && performance.now() - watch.changed > {QUIET_MS};
}}"""


@dataclass(frozen=True)
class View:
    """One page: its file, and what is clicked in it for another head."""

    name: str
    file: Path
    head: str  # a CSS selector
    which: int  # of what it finds

    def other(self, page: Page) -> Locator:
        """Find the other head."""
        return page.locator(self.head).nth(self.which)


@dataclass(frozen=True)
class Cost:
    """What one opening of a page took, in milliseconds."""

    picture: float
    click: float


def rival_costs(packages: Path, rounds: int) -> None:
    """Print the table: one row a shape and a view."""
    print(
        f"{'heads':>6} {'words':>6} {'view':>19} {'bytes':>12} "
        f"{'picture ms':>11} {'/ ours':>7} {'click ms':>9} {'/ ours':>7}"
    )
    for n_layers, n_heads, n_words in SHAPES:
        with tempfile.TemporaryDirectory() as folder, chromium() as browser:
            views = _views(Path(folder), packages, n_layers, n_heads, n_words)
            costs = _by_turns(browser, packages, views, rounds)
            weights = {view.name: _weight(view, packages) for view in views}
        for view in views:
            ours = costs[f"attnviz-{view.name.partition('-')[2]}"]
            picture, click = (_ratio(costs[view.name], ours, kind) for kind in ("picture", "click"))
            print(
                f"{n_layers * n_heads:>6} {n_words:>6} {view.name:>19} {weights[view.name]:>12} "
                f"{picture[0]:>11.0f} {picture[1]:>7.2f} {click[0]:>9.0f} {click[1]:>7.2f}",
                flush=True,
            )


def _ratio(costs: list[Cost], ours: list[Cost], kind: str) -> tuple[float, float]:
    """Median milliseconds, and the median of the ratio to our page in the same round."""
    times, floors = (np.array([getattr(cost, kind) for cost in one]) for one in (costs, ours))
    return float(np.median(times)), float(np.median(times / floors))


def _weight(view: View, packages: Path) -> int:
    """Bytes of the page, and of the scripts that it asks for."""
    html = view.file.read_bytes()
    asked = [packages / "node_modules" / path for path in SCRIPTS.values()] if b"require.config" in html else []
    return len(html) + sum(path.stat().st_size for path in asked)


def _views(folder: Path, packages: Path, n_layers: int, n_heads: int, n_words: int) -> list[View]:
    """Write all pages of one shape."""
    words = ["abcdefgh"[index % 8] for index in range(n_words)]
    sizes = {"hidden_size": 12 * n_heads, "num_hidden_layers": n_layers, "num_attention_heads": n_heads}
    tokenizer = tiny_tokenizer()
    tokenizer.model_max_length = 2 * n_words
    model = attnviz.wrap_hf(tiny_model("bert", max_position_embeddings=2 * n_words, **sizes), tokenizer, "random")
    trace = attnviz.trace(model, " ".join(words))
    for view in ("heads", "lines"):
        attnviz.show(trace, view=view).save(folder / f"attnviz-{view}.html")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.rivals_pages", str(folder), str(n_layers), str(n_heads), *trace.words],
        env={**os.environ, "PYTHONPATH": str(packages)},
        check=True,
    )
    another = n_heads + 1  # the second head of the second layer
    heads = {
        "attnviz-heads": (".square", another),
        "bertviz-heads": ("#vis rect[style*='opacity: 0']", another),
        "circuitsvis-heads": ("h4", another),
        "attnviz-lines": (".head", 1),
        "bertviz-lines": ("#vis svg > g:last-of-type > rect", 1),
    }
    return [View(name, folder / f"{name}.html", *found) for name, found in heads.items()]


def _by_turns(browser: Browser, packages: Path, views: list[View], rounds: int) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {view.name: [] for view in views}
    for _ in range(rounds):
        for view in views:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(f"({WATCH})()")
            page.route(re.compile("^https?:"), lambda route: _answer(route, packages))
            costs[view.name].append(_cost(page, view))
            page.close()
    return costs


def _answer(route: Route, packages: Path) -> None:
    """Give a page the scripts that it asks of a network; nothing else leaves this machine."""
    name = route.request.url.rpartition("/")[2].partition(".")[0]
    if name not in SCRIPTS:
        route.abort()
    else:
        route.fulfill(path=packages / "node_modules" / SCRIPTS[name], content_type="text/javascript")


def _cost(page: Page, view: View) -> Cost:
    page.set_default_timeout(LIMIT_MS)
    picture = math.inf
    try:
        page.goto(view.file.as_uri(), wait_until="commit")
        other = view.other(page)
        other.wait_for(state="attached")
        picture = _rest(page)["changed"]
        other.scroll_into_view_if_needed()
        other.click(force=True)
        found = _rest(page)
    except TimeoutError:
        return Cost(picture, math.inf)
    return Cost(picture, found["changed"] - found["pressed"])


def _rest(page: Page) -> dict[str, Any]:
    page.wait_for_function("watch.isQuiet()", polling=200)
    found: dict[str, Any] = page.evaluate("({ changed: watch.changed, pressed: watch.pressed })")
    return found


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--packages", type=Path, required=True, help="where the others' packages are")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    given = arguments.parse_args()
    rival_costs(given.packages.resolve(), given.rounds)
