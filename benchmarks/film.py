"""What a picture of Follow one word costs the browser: ``python -m benchmarks.film``. Ratios to a 60 Hz frame."""

from __future__ import annotations

import base64

import attnviz
from attnviz.components.follow import message
from attnviz.session.catalog import Texts
from attnviz.trace.follow import follow
from scripts.serving import chromium, serve_modules

SENTENCE = "The animal didn't cross the street because it was too tired"  # twelve words and more tokens
FRAME_MS = 1000 / 60
REPLAYS = 10
_PLAY = """async ({ packed, texts, replays }) => {
    const { unpack } = await import("/components/shared/message.js");
    const { themeOf } = await import("/components/shared/colour.js");
    const { recordOf } = await import("/components/follow/record.js");
    const { layoutOf } = await import("/components/follow/layout.js");
    const { frame } = await import("/components/follow/frame.js");
    const { canvas } = await import("/components/follow/draw.js");
    const record = recordOf(await unpack(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))));
    const layout = layoutOf(record, 1280, 1);
    const picture = canvas(themeOf(false), layout, {});
    document.body.replaceChildren(picture.svg);
    const [times, heaps] = [[], []];
    for (let replay = 0; replay < replays; replay++) {
        for (let at = 0; at <= 540; at++) {
            const start = performance.now();
            picture.paint(frame(record, at / 60, layout, texts));
            document.body.getBoundingClientRect(); // with its layout
            times.push(performance.now() - start);
        }
        globalThis.gc?.();
        heaps.push(performance.memory?.usedJSHeapSize ?? NaN);
    }
    return { times, heaps };
}"""


def film_costs() -> None:
    """Print the median and the 95th percentile of a picture's time on the main thread, and the heap by replay."""
    trace = attnviz.trace(attnviz.load_model("translator"), SENTENCE)
    packed = base64.b64encode(message({}, follow(trace, "encoder_self", 1, 1, trace.tokens.index("it")))).decode()
    with chromium("--enable-precise-memory-info", "--js-flags=--expose-gc") as browser:
        page = browser.new_page()
        serve_modules(page)
        found = page.evaluate(_PLAY, {"packed": packed, "texts": Texts("en").group("follow"), "replays": REPLAYS})
    times = sorted(found["times"])
    median, slow = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"a picture / a 60 Hz frame: median {median / FRAME_MS:.2f}, 95th percentile {slow / FRAME_MS:.2f}")
    print("heap after each replay, MB:", " ".join(f"{heap / 1e6:.2f}" for heap in found["heaps"]))


if __name__ == "__main__":
    film_costs()
