"""Makes the pictures of the course map: ``python scripts/thumbnails.py [--url URL] [--page NAME]``.

Each shows what its page shows, light and dark: a figure of it as Chromium draws it, made small. Needs Chromium on PATH
(``scripts/chromium``).
"""

from __future__ import annotations

import argparse
import io
import sys
from contextlib import nullcontext
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from attnviz.session.pages import PAGES, THEMES, Page  # noqa: E402
from attnviz.web.thumbnails import FOLDER  # noqa: E402
from scripts.serving import chromium, served  # noqa: E402

SIZE = (480, 270)  # of a picture, in pixels
MARGIN = 12  # around what it shows
TALLEST = 1.1  # times its width: what is higher is cut at its foot
QUALITY = 50  # of WebP
WIDTH = 720  # of the window: so narrow that what is in a figure can still be told in its picture
VIEW = '[data-testid="stBidiComponentIsolated"]'
CHART = ".stPlotlyChart .js-plotly-plot"
# What is photographed of each page, and what its address says more.
SHOWN = {
    "start": (".st-key-start_figure svg", "layer=2"),
    "follow": (f"{VIEW} .stage > svg", "step=4"),
    "averaging": (".st-key-averaging_four", ""),
    "by_hand": (f".st-key-section_overview {VIEW}", ""),
    "softmax": (f".st-key-section_exponents {VIEW}", ""),
    "scaling": (f".st-key-section_spread {CHART}", ""),
    "masking": (f".st-key-section_ways {VIEW}", ""),
    "steps": (f"{VIEW} .stage-box", "step=6"),
    "multi_head": (f".st-key-section_flow {VIEW}", ""),
    "heads": (f"{VIEW} .overview .grid", ""),
    "position": (f".st-key-section_encoding {CHART}", ""),
    "block": (".attnviz-whole", ""),
    "context": (f".st-key-section_travel {CHART}", ""),
    "rnn": (".attnviz-neck", ""),
    "translate": (".st-key-section_step .attnviz-next", ""),
    "quality": (f".st-key-section_bands {CHART}", ""),
    "explain": (f".st-key-section_methods {CHART}", ""),
    "cost": (f".st-key-section_curves {CHART}", ""),
    "warm_up": (f".st-key-section_schedule {CHART}", ""),
    "course": (".st-key-lecture_hour", ""),
}
# What stays in sight while a page scrolls would stand in its picture.
_AWAY = (
    '[data-testid="stHeader"], [data-testid="stLayoutWrapper"]:has(> .st-key-bar), .st-key-document { display: none }'
)


def photograph(context: BrowserContext, url: str, shown: Page) -> Image.Image:
    """Return what is to be seen of a page, at twice its size in pixels of the screen."""
    selector, query = SHOWN[shown.name]
    page = context.new_page()
    page.goto(f"{url}/{shown.route}?lang=en&answers=shown&{query}")
    page.locator(".st-key-footer").wait_for(timeout=120_000)
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=120_000)
    page.add_style_tag(content=_AWAY)
    figure = page.locator(selector).filter(visible=True).first
    figure.scroll_into_view_if_needed(timeout=60_000)
    page.wait_for_timeout(1500)
    picture = Image.open(io.BytesIO(figure.screenshot(timeout=60_000))).convert("RGB")
    page.close()
    return picture


def reduced(picture: Image.Image) -> Image.Image:
    """Return a picture at the size of all, whole but for what is very high, in the middle of its own ground."""
    width, height = picture.size
    picture = picture.crop((0, 0, width, min(height, round(TALLEST * width))))
    ground = picture.getpixel((0, 0))
    picture.thumbnail((SIZE[0] - 2 * MARGIN, SIZE[1] - 2 * MARGIN), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", SIZE, ground)
    whole.paste(picture, ((SIZE[0] - picture.width) // 2, (SIZE[1] - picture.height) // 2))
    return whole


def main() -> None:
    """Read the command line and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a server that runs already")
    parser.add_argument("--page", action="append", help="only the page of this name")
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser, served() if not arguments.url else nullcontext(arguments.url.rstrip("/")) as url:
        for theme in THEMES:
            context = browser.new_context(
                viewport={"width": WIDTH, "height": 1000},
                device_scale_factor=2,
                color_scheme=theme,
                reduced_motion="reduce",
            )
            for page in PAGES:
                if arguments.page and page.name not in arguments.page:
                    continue
                path = FOLDER / page.thumbnail(theme)
                reduced(photograph(context, url, page)).save(path, "WEBP", quality=QUALITY, method=6)
                print(path.relative_to(ROOT), path.stat().st_size, flush=True)
            context.close()


if __name__ == "__main__":
    main()
