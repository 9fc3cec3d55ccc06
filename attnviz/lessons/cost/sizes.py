"""What it costs: the sizes that the reader chooses, and what the kinds of layers are called."""

from __future__ import annotations

from typing import Any

from attnviz.concepts.complexity import (
    KINDS,
    PRESETS,
    Kind,
    Sizes,
    operations,
)
from attnviz.figures.look import Look
from attnviz.model.checkpoint import ModelError
from attnviz.session.models import model_named
from attnviz.session.numerals import briefly, spoken
from attnviz.session.settings import Setting, flag, whole
from attnviz.trace.tokens import MAX_TOKENS
from attnviz.ui.lesson import Lesson

LENGTHS = tuple(2**power for power in range(18))
WIDTHS = (8, 16, 32, 64, 128, 192, 256, 512, 768, 1024, 2048, 4096, 8192, 12288, 16384)
KERNELS = (2, 3, 5, 7, 9, 15, 31)
RANGES = tuple(2**power for power in range(13))
N = whole("n", 64, 1, LENGTHS[-1])
D = whole("d", 512, WIDTHS[0], WIDTHS[-1])
K = whole("k", 3, 2, KERNELS[-1])
R = whole("r", 16, 1, RANGES[-1])
COUNTED = flag("projections")
SETTINGS: tuple[Setting[Any], ...] = (N, D, K, R, COUNTED)


def presets() -> dict[str, tuple[int, int]]:
    """Return the longest text n and the width d of known models, ours first if it can be loaded."""
    try:
        return {"ours": (MAX_TOKENS, model_named("translator").transformer.config.d_model), **PRESETS}
    except ModelError:  # the page needs it to be measured, and tells so there
        return dict(PRESETS)


def names(opened: Lesson) -> dict[Kind, str]:
    """Return what each kind of layer is called."""
    return {kind: opened.say(kind) for kind in KINDS}


def colours(drawn_as: Look) -> tuple[str, ...]:
    """Return each kind of layer's colour."""
    return drawn_as.accent, drawn_as.series[2], drawn_as.series[4], drawn_as.series[0]


def chosen() -> Sizes:
    """Return the sizes that the sliders show: what lies between two of their stops is the nearest below."""
    stops = ((N, LENGTHS), (D, WIDTHS), (K, KERNELS), (R, RANGES))
    return Sizes(*(max(stop for stop in allowed if stop <= setting.value) for setting, allowed in stops))


def crossing_places(sizes: Sizes, language: str) -> dict[str, str]:
    """Return the numbers that the text on the crossing tells."""
    own, other = (operations(kind, sizes.n, sizes) for kind in ("self_attention", "recurrent"))
    added = operations("self_attention", sizes.n, sizes, True) - own
    chosen = {"n": sizes.n, "d": sizes.d, "four_d": 4 * sizes.d}  # whole: the reader's own
    numbers = {"own": own, "other": other, "added": added, "lstm": 8 * other, "total": own + added}
    return {
        **{name: f"{number:,}" for name, number in chosen.items()},
        **{name: spoken(number, language) for name, number in numbers.items()},
        "ratio": briefly(own / other, 4),
    }
