"""``attnviz.show``: one piece of HTML with everything in it, right to the decimals that it shows."""

import base64
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

import attnviz
from attnviz import Attention, Model, Trace
from attnviz.standalone.coded import LEVELS, coded, digits_for
from attnviz.standalone.page import script_of
from attnviz.trace.records import Part, Projections
from attnviz.trace.seen import seen
from attnviz.trace.steps import step_record, steps_of
from tests.views import unpack

HOSTILE = "The <b>snake</b> </script><script>alert(1)</script> has a venom ."


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return attnviz.trace(model, HOSTILE)


def of_shape(trace: Trace, n_layers: int, n_heads: int, n_tokens: int) -> Trace:
    """A trace of so many heads and words, with weights as spread as a trained model's."""
    scores = np.random.default_rng(5).normal(size=(n_layers, n_heads, n_tokens, n_tokens)) * 2
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    nothing = cast(Any, None)
    mask = np.ones((n_tokens, n_tokens), dtype=np.bool_)
    calls = tuple(
        Attention(
            Projections(*(nothing,) * 8),
            *(nothing,) * 5,
            mask,
            scale=nothing,
            missing=frozenset({"query", "key", "value", "scale", "query_projected", "key_projected"}),
            given_weights=layer.astype(np.float32),
        )
        for layer in weights
    )
    words = tuple(f"word{index}" for index in range(n_tokens))
    return replace(trace, tokens=words, words=words, word_of=tuple(range(n_tokens)), encoder_self=calls)


def sent(html: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the page holds for its view."""
    (data,) = re.findall(r'getElementById\("attnviz-\w+"\), "([\w+/=]+)"\);', html)
    return unpack(base64.b64decode(data))


@given(st.floats(0, 1, width=32), st.sampled_from([2, 3]))
def test_a_coded_weight_is_right_to_its_decimals(weight: float, digits: int) -> None:
    found = coded(np.array([weight], dtype=np.float32), digits)
    step = int(found.coarse[0]) * (found.units // LEVELS) + int(found.fine[0])
    back = (step + 0.5) / found.units if step else 0.0
    assert abs(back - weight) <= 1 / found.units
    exact = float(np.float32(weight))
    tie = (exact * 10**digits) % 1 == 0.5  # Python rounds a tie to the even digit, a browser up
    assert tie or f"{back:.{digits}f}" == f"{exact:.{digits}f}"


@pytest.mark.parametrize(("n_tokens", "most"), [(30, 300_000), (128, 3_000_000)])
def test_144_heads_stay_small(trace: Trace, n_tokens: int, most: int) -> None:
    large = of_shape(trace, 12, 12, n_tokens)
    for view in ("heads", "lines"):
        assert len(attnviz.show(large, view)._repr_html_().encode()) <= most
    assert digits_for(144 * n_tokens**2) == 2


@pytest.mark.parametrize("part", ["encoder_self", "cross"])
def test_the_page_holds_the_traces_own_weights(trace: Trace, part: str) -> None:
    values, arrays = sent(attnviz.show(trace, part=part)._repr_html_())
    step = arrays["coarse"].astype(int) * (values["units"] // LEVELS) + arrays["fine"]
    weights = np.where(step == 0, 0, (step + 0.5) / values["units"])
    own = seen(trace, part, by_word=True, special=False)  # type: ignore[arg-type]
    np.testing.assert_allclose(weights, own.weights, atol=1 / values["units"])
    assert values["rows"] == list(own.row_labels) and values["columns"] == list(own.column_labels)


@pytest.mark.parametrize("view", ["heads", "lines", "steps"])
def test_users_text_never_becomes_markup_and_nothing_is_asked_of_a_network(trace: Trace, view: str) -> None:
    html = attnviz.show(trace, view)._repr_html_()
    assert html.count("<script") == html.count("</script>") == 1 and html.endswith("</script>")
    assert "<b>snake" not in html and HOSTILE in unescape(html)
    assert not re.findall(r"https?://(?!www\.w3\.org/)", html)
    assert len(script_of(view)) < 200_000


@pytest.mark.parametrize("part", ["encoder_self", "cross"])
def test_every_step_holds_the_traces_own_matrices(trace: Trace, part: Part) -> None:
    values, arrays = sent(attnviz.show(trace, "steps", part=part, layer=1, head=2)._repr_html_())
    for frame in values["frames"]:
        record = step_record(trace, part, 1, 2, frame["slug"], frame["role"])
        for matrix in record.matrices:
            np.testing.assert_array_equal(arrays[frame["arrays"][matrix.name]], matrix.values)
    assert [frame["slug"] for frame in values["frames"]].count("project") == 3
    assert {frame["slug"] for frame in values["frames"]} == {step.slug for step in steps_of(trace, part, 1)}


def test_a_large_view_is_told(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnviz.standalone.LARGE", 1000)
    with pytest.warns(UserWarning, match="a shorter text makes it smaller"):
        attnviz.show(trace)._repr_html_()


def test_each_output_has_an_id_of_its_own(trace: Trace) -> None:
    shown = attnviz.show(trace)
    ids = [re.findall(r"attnviz-[0-9a-f]{12}", shown._repr_html_()) for _ in range(2)]
    assert ids[0] != ids[1] and all(len(set(found)) == 1 and len(found) == 2 for found in ids)
    assert shown._repr_png_().startswith(b"\x89PNG") and len(shown._repr_png_()) < 20_000


@pytest.mark.parametrize(
    "asked",
    [{"view": "x"}, {"lang": "de"}, {"part": "none"}, {"layer": 99}, {"head": -1}],
)
def test_what_there_is_not_is_refused(trace: Trace, asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        attnviz.show(trace, **asked)


def test_only_a_trace_can_be_shown() -> None:
    with pytest.raises(ValueError, match="can be shown, not str"):
        attnviz.show("a sentence")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def page(browser: Browser, trace: Trace, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two views on one dark page, the second in Korean, and the first's script once more."""
    views = [attnviz.show(trace)._repr_html_(), attnviz.show(trace, "lines", "ko")._repr_html_()]
    again = views[0][views[0].index("<script>") :]
    file = tmp_path_factory.mktemp("page") / "page.html"
    body = f'<body style="--jp-layout-color0: #111111">{"".join(views)}{again}'
    file.write_text(f'<!doctype html><meta charset="utf-8">{body}', encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1200, "height": 1400})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
    opened.goto(file.as_uri())
    opened.locator(".heads").wait_for()
    opened.locator(".attnviz .controls").wait_for()
    yield opened
    opened.close()
    assert not [fault for fault in faults if not fault.startswith("data:")]


def test_two_views_stand_on_one_page_in_its_theme(page: Page) -> None:
    assert page.locator(".attnviz").count() == 2
    assert page.locator('.attnviz[data-theme="dark"]').count() == 2
    assert not page.locator("figure").first.is_visible()  # the still picture lies under the view
    assert "가중치" in page.locator(".attnviz").nth(1).inner_text()


def test_every_head_has_its_numbers_when_it_is_picked(page: Page, trace: Trace) -> None:
    weights = trace.by_word("encoder_self")
    root = page.locator(".attnviz").first
    row, column = (int(root.locator(f"select.{role}").input_value()) for role in ("query", "key"))
    best = np.argsort(-weights[:, :, row, column].ravel(), kind="stable")
    assert root.locator(".ranking tbody tr").count() == 7
    root.locator(".ranking tbody button").nth(3).click()
    layer, head = divmod(int(best[3]), weights.shape[1])
    assert root.get_attribute("data-drawn") == f"{layer + 1}-{head + 1}"
    assert root.get_attribute("data-numbers") == "exact"
    assert f"{weights[layer, head, row, column]:.2f}" in root.locator(".finding").inner_text()
    other = (column + 2) % weights.shape[3]
    root.locator("select.key").select_option(str(other))
    strongest = weights[:, :, row, other].max()
    assert root.locator(".ranking tbody .number").first.inner_text() == f"{strongest:.2f}"


def test_a_notebook_puts_it_into_a_page_that_is_there(page: Page, trace: Trace) -> None:
    before = page.locator(".attnviz").count()
    page.evaluate(
        """(html) => {
            const output = document.createElement("div");
            output.innerHTML = html;
            for (const script of output.querySelectorAll("script")) { // as Jupyter does: else none of them runs
                const again = document.createElement("script");
                again.textContent = script.textContent;
                script.replaceWith(again);
            }
            document.body.append(output);
        }""",
        attnviz.show(trace, "lines")._repr_html_(),
    )
    page.locator(".attnviz").nth(before).locator(".controls").wait_for()


def test_every_step_is_drawn_when_it_is_picked(browser: Browser, trace: Trace, tmp_path: Path) -> None:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(attnviz.show(trace, "steps", layer=1, head=2).save(tmp_path / "steps.html").as_uri())
    rail = opened.locator(".rail button")
    rail.first.wait_for()
    drawn = []
    for place in range(rail.count()):
        rail.nth(place).click()
        opened.locator(f".rail button[aria-current=step][data-focus=step-{place + 1}]").wait_for()
        drawn.append(opened.locator(".attnviz").get_attribute("data-step"))
    assert drawn == [step.slug for step in steps_of(trace, "encoder_self", 1)] and not faults
    opened.close()


def test_without_scripts_the_picture_stays(browser: Browser, trace: Trace, tmp_path: Path) -> None:
    file = attnviz.show(trace, lang="ko").save(tmp_path / "heads.html")
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(file.as_uri())
    assert opened.locator("figure img").evaluate("image => image.naturalWidth") > 100
    assert HOSTILE in opened.locator("figcaption").inner_text()
    context.close()
