"""The film of one word: each number that stands still at a stop is the trace's own, in every part and model.

One page of Chromium asks the pure modules for all pictures; nothing is drawn. What is expected is recomputed here
from the trace's vectors in float64, by NumPy and PyTorch, not taken from the record that the film is made of.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

import attnviz
from attnviz.components.follow import message
from attnviz.session.catalog import Texts
from attnviz.trace.follow import NotKnownError, follow
from attnviz.trace.records import PARTS, Part, Trace
from scripts.serving import serve_modules
from tests.sentences import SENTENCES

MODELS = ("translator", "single_head", "korean")
SOME = tuple(text for text in SENTENCES if len(text) < 90)[:30]
FRAMES = """async ({ records, texts, widths, moments }) => {
    const { unpack } = await import("/components/shared/message.js");
    const { recordOf } = await import("/components/follow/record.js");
    const { layoutOf } = await import("/components/follow/layout.js");
    const { frame } = await import("/components/follow/frame.js");
    return JSON.stringify(await Promise.all(records.map(async (packed) => {
        const record = recordOf(await unpack(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))));
        const seen = ({ id, kind, text, of, value, digits, x, y, width, height }) => (
            { id, kind, text, of, value: String(value), digits: digits ?? 2, x, y, width, height });
        return widths.map((width) => {
            const layout = layoutOf(record, width, 1);
            const pictures = moments.map((moment) =>
                frame(record, moment, layout, texts).filter(({ of, kind }) => of || kind === "bar").map(seen));
            return { up: layout.up, unit: layout.unit, base: layout.base, rest: layout.rest, pictures };
        });
    })));
}"""


@pytest.fixture(scope="module")
def empty_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    serve_modules(page)
    yield page
    page.close()


@cache
def model_of(name: str) -> attnviz.Model:
    return attnviz.load_model(name)


def frames(page: Page, records: list[Any], widths: list[int], moments: Sequence[float]) -> Any:
    packed = [base64.b64encode(message({}, record)).decode() for record in records]
    wanted = {"records": packed, "texts": Texts("en").group("follow"), "widths": widths, "moments": [*moments]}
    return json.loads(page.evaluate(FRAMES, wanted))  # much faster than objects across the browser's wire


def recomputed(trace: Trace, part: Part, layer: int, head: int, query: int) -> dict[str, np.ndarray]:
    """Every number of the nine steps, from inputs and parameters alone."""
    call, found = trace.attention(part)[layer], trace.add_norm(part, layer)
    inputs, memory = (array.astype(np.float64) for array in (call.inputs, call.memory))
    q, k, v = (
        source @ getattr(call, f"W_{letter}")[head] + getattr(call, f"b_{letter}")[head]
        for source, letter in ((inputs[query], "Q"), (memory, "K"), (memory, "V"))
    )
    scores = k @ q
    scaled = scores / np.sqrt(len(q))
    masked = np.where(call.mask[query], scaled, -np.inf)
    weights = torch.softmax(torch.from_numpy(masked), 0).numpy()
    exponentials = np.exp(masked - masked.max())
    queries, keys, values = (torch.from_numpy(array.astype(np.float64)) for array in (call.query, call.key, call.value))
    mask = torch.from_numpy(call.mask.copy())
    heads = torch.nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)[:, query].numpy()
    output = sum(one @ W_O for one, W_O in zip(heads, call.W_O.astype(np.float64), strict=True)) + call.b_O
    total = found.x[query] + output
    norm = found.norm
    gain, bias = (torch.from_numpy(array.astype(np.float64)) for array in (norm.gain, norm.bias))
    normalised = torch.nn.functional.layer_norm(torch.from_numpy(total), gain.shape, gain, bias, norm.eps).numpy()
    return {
        "memory": memory, "query": q, "key": k, "value": v, "scores": scores, "scaled_scores": scaled,
        "masked_scores": masked, "exponentials": exponentials, "weights": weights, "head_output": heads[head],
        "output": output, "x": found.x[query], "total": total, "normalised": normalised,
        "root": np.sqrt(len(q)), "sum_of_exponentials": exponentials.sum(),
    }  # fmt: skip


def expected(numbers: dict[str, np.ndarray], of: list[Any], rest: list[int]) -> float:
    """The number that a text of a picture stands for."""
    name, which, dim = of
    values = numbers[name]
    if which in ("others_least", "others_most", "others"):
        seen = values[rest]
        if which == "others":
            return float(seen.sum())
        if name == "masked_scores" and np.isfinite(seen).any():
            seen = seen[np.isfinite(seen)]
        return float(seen.max() if which == "others_most" else seen.min())
    for place in (which, dim):
        if place >= 0 and values.ndim:
            values = values[place]
    return float(values)


def as_text(value: float, digits: int) -> str:
    if np.isinf(value):
        return "−∞"
    text = f"{value:.{digits}f}"
    return (text.removeprefix("-") if float(text) == 0 else text).replace("-", "−")


def cases() -> list[tuple[str, str, Part]]:
    """30 sentences for each model; the part changes from sentence to sentence, so that each has ten."""
    return [(name, text, PARTS[i % 3]) for name in MODELS for i, text in enumerate(SOME)]


def test_every_number_at_every_stop_is_the_traces_own(empty_page: Page) -> None:
    records, numbers, n_masked = [], [], 0
    for i, (name, text, part) in enumerate(cases()):
        trace = attnviz.trace(model_of(name), text)
        call = trace.attention(part)
        layer, query = i % len(call), i % call[0].mask.shape[0]
        head = i % call[0].n_heads
        records.append(follow(trace, part, layer, head, query))
        vectors = {"inputs": call[layer].inputs[query]}
        if "positions" in records[-1].made_of:
            source = part == "encoder_self"
            vectors["embeddings"] = (trace.embeddings if source else trace.target_embeddings)[query]
            vectors["positions"] = (trace.positions if source else trace.target_positions)[query]
            vectors["x"] = vectors["embeddings"] + vectors["positions"]
        else:
            vectors["x"] = trace.add_norm(part, layer).x[query]
        made = np.stack([vectors[one] for one in records[-1].made_of]).astype(np.float64)
        numbers.append(recomputed(trace, part, layer, head, query) | {"vectors": made})
        n_masked += not call[0].mask[query].all()
    assert n_masked > 10
    compared: dict[int, set[str]] = {}
    for record, known, pages in zip(records, numbers, frames(empty_page, records, [1200, 358], range(10)), strict=True):
        for page in pages:
            for stop, shapes in enumerate(page["pictures"]):
                for shape in shapes:
                    if shape["kind"] == "text" and shape.get("of"):
                        value = expected(known, shape["of"], page["rest"])
                        what = (record.label, stop, shape["id"])
                        own = float(shape["value"])
                        np.testing.assert_allclose(own, value, rtol=5e-5, atol=3e-4, err_msg=str(what))
                        before = {"root": f"÷ √{len(known['query'])} = ", "sum_of_exponentials": "÷ "}
                        text = before.get(shape["of"][0], "") + as_text(own, shape["digits"])
                        assert shape["text"] == text, what
                        compared.setdefault(stop, set()).add(shape["of"][0])
    assert compared == {
        1: {"vectors"},
        2: {"vectors", "query", "key", "value", "memory"},
        3: {"scores"},
        4: {"scaled_scores", "root"},
        5: {"masked_scores"},
        6: {"weights", "exponentials", "sum_of_exponentials"},
        7: {"weights", "head_output"},
        8: {"output"},
        9: {"x", "output", "total", "normalised"},
    }


def test_bars_are_as_high_as_their_numbers(empty_page: Page, model: attnviz.Model) -> None:
    trace = attnviz.trace(model, "The snake is very dangerous because it has a venom .")
    record = follow(trace, "decoder_self", 1, 2, 6)
    ((page,),) = frames(empty_page, [record], [1200], [3, 4, 5, 6, 7])
    for shapes, values in zip(
        page["pictures"],
        (
            record.scores * page["unit"],
            record.scaled_scores * page["unit"],
            record.masked_scores * page["unit"],
            record.weights * page["up"],
            record.weights * page["up"],
        ),
        strict=True,
    ):
        own = [shape for shape in shapes if shape["kind"] == "bar" and shape["id"].startswith("bar-") and shape["of"]]
        bars = {int(shape["of"][1]): shape for shape in own if shape["of"][1] != "others"}
        assert len(bars) >= 5
        for key, bar in bars.items():
            assert np.isfinite(values[key])
            assert bar["height"] == pytest.approx(max(1, abs(values[key])), abs=1e-3)
            end = bar["y"] if values[key] > 0 else bar["y"] + bar["height"]
            if abs(values[key]) > 1:
                assert end == pytest.approx(page["base"] - values[key], abs=1e-3)


def test_on_the_way_no_digit_is_made_up_and_no_bar_changes_its_place(empty_page: Page, model: attnviz.Model) -> None:
    record = follow(
        attnviz.trace(model, "The snake is very dangerous because it has a venom ."), "encoder_self", 1, 1, 7
    )
    moments = [step / 40 for step in range(361)]
    ((page,),) = frames(empty_page, [record], [1200], moments)
    at_rest = [shapes for moment, shapes in zip(moments, page["pictures"], strict=True) if moment % 1 in (0, 0.5)]
    at_stops = {(shape["id"], shape["text"]) for shapes in at_rest for shape in shapes if shape["kind"] == "text"}
    places: dict[str, set[float]] = {}
    for shapes in page["pictures"]:
        assert len({shape["id"] for shape in shapes}) == len(shapes)
        for shape in shapes:
            if shape["kind"] == "text" and shape.get("of"):
                assert (shape["id"], shape["text"]) in at_stops
            if shape["kind"] == "bar":
                places.setdefault(shape["id"], set()).add(round(shape["x"], 3))
    assert places
    assert all(len(found) == 1 for found in places.values())


def test_masked_keys_are_among_those_that_are_shown(model: attnviz.Model) -> None:
    record = follow(
        attnviz.trace(model, "The snake is very dangerous because it has a venom ."), "decoder_self", 0, 0, 5
    )
    assert sorted(record.order) == list(range(len(record.key_labels)))
    assert record.order[0] == int(record.weights.argmax())
    assert any(np.isneginf(record.masked_scores[key]) for key in record.order[:5])


def test_a_model_of_which_only_weights_are_known_is_refused(model: attnviz.Model) -> None:
    trace = attnviz.trace(model, "I go home")
    call = replace(trace.encoder_self[0], missing=frozenset({"query"}))
    with pytest.raises(NotKnownError, match="vectors"):
        follow(replace(trace, encoder_self=(call, *trace.encoder_self[1:])), "encoder_self", 0, 0, 0)
