"""How long a browser waits for 144 heads of 128 tokens: part of ``make bench``. A ratio to an empty page, in one run.

From the address to what can be read: all 144 squares and the chosen head with its exact numbers; of the empty page,
its one word. Model and sentence are in memory, as for the second reader of a class, and the scripts that Streamlit
serves are in the browser's cache for both.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page

from attnviz.hf.tiny import tiny_model, tiny_tokenizer
from attnviz.trace.listed import VARIABLE
from benchmarks.load import EMPTY
from scripts.serving import chromium, served, streamlit

ROUNDS = 9
GOAL = 4.0
N_TOKENS, N_LAYERS, N_HEADS = 128, 12, 12
TEXT = " ".join("abcdefgh"[index % 8] for index in range(N_TOKENS))
DRAWN = '[data-drawn][data-numbers="exact"]'


def save_wide(folder: Path) -> None:
    """Write a BERT of random numbers with 12 layers of 12 heads, which reads 128 tokens."""
    sizes = {"hidden_size": 12 * N_HEADS, "num_hidden_layers": N_LAYERS, "num_attention_heads": N_HEADS}
    tiny_model("bert", max_position_embeddings=2 * N_TOKENS, **sizes).save_pretrained(folder)
    tokenizer = tiny_tokenizer()
    tokenizer.model_max_length = 2 * N_TOKENS
    tokenizer.save_pretrained(folder)


def opening_costs() -> None:
    """Print the median time of the all-heads view over that of an empty page, opened by turns."""
    with tempfile.TemporaryDirectory() as folder:
        save_wide(Path(folder))
        listed = {VARIABLE: f"wide=hf:{folder}"}
        with served(command=streamlit(EMPTY)) as empty, served(more=listed) as app, chromium() as browser:
            query = urlencode({"text": TEXT, "model": "wide", "lang": "en", "unit": "tokens"})
            ways = ((empty, "text=empty"), (f"{app}/heads?{query}", DRAWN))
            floors, times = _by_turns(browser, ways)
    ratio = float(np.median(np.array(times) / np.array(floors)))
    print(f"\n{'heads':>6} {'tokens':>7} {'empty page ms':>14} {'all heads / empty':>18} {'goal':>6}")
    heads = N_LAYERS * N_HEADS
    print(f"{heads:>6} {N_TOKENS:>7} {1000 * np.median(floors):>14.0f} {ratio:>18.2f} {GOAL:>6.2f}")


def _by_turns(browser: Browser, ways: tuple[tuple[str, str], ...]) -> tuple[list[float], ...]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    times: tuple[list[float], ...] = tuple([] for _ in ways)
    for number in range(-1, ROUNDS):  # the first turn loads model and scripts
        for taken, (address, ready) in zip(times, ways, strict=True):
            page = context.new_page()
            spent = _seconds(page, address, ready)
            if number >= 0:
                taken.append(spent)
            page.close()
    return times


def _seconds(page: Page, address: str, ready: str) -> float:
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(ready, timeout=120_000)
    return time.perf_counter() - start


if __name__ == "__main__":
    opening_costs()
