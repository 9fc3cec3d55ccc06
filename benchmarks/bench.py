"""What a trace and writing cost, and what the views send: ``make bench``. Ratios within one run; one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

import attnviz
from attnviz import Model, Trace
from attnviz.components.heads import message
from attnviz.concepts.beam import searched
from attnviz.concepts.decoding import one_by_one, write
from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices
from attnviz.session.screen import Screen
from attnviz.trace.records import PARTS
from attnviz.trace.seen import seen
from benchmarks.opening import opening_costs
from benchmarks.others import large_views, other_costs
from benchmarks.pages import page_costs
from benchmarks.rerun import rerun_costs

ROUNDS = 41


def paired_ratio(measured: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """Median of ``measured`` over ``floor``, run by turns; and the floor's median in milliseconds."""
    ratios, floors = [], []
    for _ in range(ROUNDS):
        times = []
        for act in (floor, measured):
            start = time.perf_counter()
            act()
            times.append(time.perf_counter() - start)
        ratios.append(times[1] / times[0])
        floors.append(times[0])
    return float(np.median(ratios)), float(np.median(floors)) * 1000


def sentence(n_tokens: int) -> str:
    """Return a sentence of ``n_tokens`` tokens of the reader's own."""
    return " ".join(("the house is old and the garden is new " * 20).split()[:n_tokens])


def trace_costs(model: Model) -> None:
    """Print trace() and one head's matrices over logits(), the plain fused forward."""
    print(f"{'tokens':>6} {'logits ms':>10} {'trace/logits':>13} {'goal':>6} {'one head/logits':>16} {'goal':>6}")
    for n_tokens, goal in ((8, 1.10), (16, 1.10), (32, 1.10), (64, 1.10), (128, 1.15)):
        text = sentence(n_tokens)
        traced = partial(attnviz.trace, model, text, text)
        plain = partial(attnviz.logits, model, text, text)
        whole, floor = paired_ratio(traced, plain)
        head, _ = paired_ratio(partial(attnviz.trace(model, text, text).encoder_self[0].steps, 0), plain)
        print(f"{n_tokens:>6} {floor:>10.2f} {whole:>13.3f} {goal:>6.2f} {head:>16.4f} {0.05:>6.2f}")


def whole_trace(model: Model, text: str) -> None:
    """Translate, and compute every step of every attention call in all heads."""
    trace = write(model, text).trace
    for part in PARTS:
        for call in trace.attention(part):
            call.steps()


def writing_costs(model: Model, n_tokens: int = 30, goal: float = 3.0) -> None:
    """Print what the Translate page does over decoding alone, for a sentence of ``n_tokens`` tokens."""
    text = sentence(n_tokens)
    done = write(model, text)
    ways: dict[str, tuple[Callable[[], object], str]] = {
        "written and traced": (partial(write, model, text), f"{goal:.2f}"),
        "every step of it": (partial(whole_trace, model, text), f"{goal:.2f}"),
        "one by one": (partial(one_by_one, model, done.source, done.ids), ""),
        "beam of 4": (partial(searched, model, text, 4), ""),
    }
    print(f"\n{'translating ' + str(n_tokens) + ' tokens':>22} {'translate ms':>13} {'ratio':>7} {'goal':>6}")
    for name, (way, limit) in ways.items():
        ratio, floor = paired_ratio(way, partial(attnviz.translate, model, text))
        print(f"{name:>22} {floor:>13.1f} {ratio:>7.2f} {limit:>6}")


def message_sizes(models: dict[str, Model]) -> None:
    """Print what the all-heads view sends, against its goal of 1.05 bytes a weight plus 4 kB."""
    print(f"\n{'tokens':>6} {'model':>12} {'weights':>9} {'bytes sent':>11} {'goal':>9}")
    for n_tokens in (30, 128):
        for name, model in models.items():
            trace = attnviz.trace(model, sentence(n_tokens), "das Haus")
            shown = seen(trace, "encoder_self", by_word=False, special=True)
            sent = len(message(_screen(trace), shown, shown, per_head=False, transposed=False))
            goal = 1.05 * shown.weights.size + 4000
            print(f"{n_tokens:>6} {name:>12} {shown.weights.size:>9} {sent:>11} {goal:>9.0f}")


def _screen(trace: Trace) -> Screen:
    return Screen(Choices(), Texts("en"), trace, lambda: trace, 0, 0, 0, 0)


def main() -> None:
    """Run everything on one thread."""
    torch.set_num_threads(1)
    models = {name: attnviz.load_model(name) for name in ("translator", "untrained")}
    trace_costs(models["translator"])
    writing_costs(models["translator"])
    message_sizes(models)
    other_costs(paired_ratio)
    large_views()
    opening_costs()
    page_costs()
    rerun_costs()


if __name__ == "__main__":
    main()
