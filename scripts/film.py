"""Makes the film strip of the README, twelve pictures of one word followed: ``python scripts/film.py``.

The numbers are the translator's own. Needs Chromium on PATH (``scripts/chromium``).
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import attnviz  # noqa: E402
from attnviz.components.follow import message  # noqa: E402
from attnviz.session.catalog import Texts  # noqa: E402
from attnviz.trace.evaluation import evaluation_of  # noqa: E402
from attnviz.trace.follow import follow  # noqa: E402
from attnviz.trace.headline import opening_link  # noqa: E402
from scripts.serving import chromium, serve_modules  # noqa: E402

TEXT = "The snake is very dangerous because it has a venom ."  # opens on it -> snake
MOMENTS = (0, 1, 2, 2.44, 2.7, 3, 3.7, 5.5, 6, 6.6, 7, 9)
WIDTH = 720  # of one picture
_DRAW = """async ({ packed, texts, moments, width }) => {
    const { unpack } = await import("/components/shared/message.js");
    const { themeOf } = await import("/components/shared/colour.js");
    const { recordOf } = await import("/components/follow/record.js");
    const { layoutOf } = await import("/components/follow/layout.js");
    const { frame } = await import("/components/follow/frame.js");
    const { canvas } = await import("/components/follow/draw.js");
    const record = recordOf(await unpack(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))));
    const [theme, layout] = [themeOf(false), layoutOf(record, width, 1)];
    document.body.style.cssText =
        `margin:0;padding:12px;display:grid;grid-template-columns:repeat(4,auto);gap:12px;width:max-content;
         background:${theme.ground};font-family:'Source Sans 3','Noto Sans',sans-serif`;
    for (const moment of moments) {
        const picture = canvas(theme, layout, { style: `display:block;border-radius:14px;background:${theme.panel}` });
        picture.paint(frame(record, moment, layout, texts));
        document.body.append(picture.svg);
    }
}"""


def strip(page: Page, packed: bytes, path: Path) -> None:
    """Write the twelve pictures of one packed record as one image."""
    serve_modules(page)
    texts = Texts("en").group("follow")
    data = base64.b64encode(packed).decode()
    page.evaluate(_DRAW, {"packed": data, "texts": texts, "moments": MOMENTS, "width": WIDTH})
    page.locator("body").screenshot(path=path)


def main() -> None:
    """Follow one word and write ``docs/pictures/follow.png``."""
    trace = attnviz.trace(attnviz.load_model("translator"), TEXT)
    link = opening_link(trace, evaluation_of(trace.model_name))
    if link is None:
        raise SystemExit("no link of this sentence stands above the untrained models")
    record = follow(trace, "encoder_self", *link[:3])
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 800}, device_scale_factor=0.6)
        strip(page, message({}, record), ROOT / "docs" / "pictures" / "follow.png")


if __name__ == "__main__":
    main()
