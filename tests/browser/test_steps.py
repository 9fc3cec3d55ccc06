"""Step by step in Chromium: what is written on the screen is what the trace holds."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import attnviz
from attnviz import Trace
from attnviz.concepts.wrong_ways import compare
from attnviz.trace.pieces import pieces
from attnviz.trace.records import PARTS, Part
from attnviz.trace.steps import STEPS, StepRecord, step_record

SENTENCE = "The animal didn't cross the street because it was too tired ."
LAYER, HEAD, ROW, COLUMN = 1, 3, 4, 2  # from 0
LARGE = 10_000  # cells
NUMBERS = {step.slug: index for index, step in enumerate(STEPS, 1)}
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def trace() -> Trace:
    return attnviz.trace(attnviz.load_model(), SENTENCE)


def link(**params: object) -> str:
    cell = {"layer": LAYER + 1, "head": HEAD + 1, "query": ROW + 1, "key": COLUMN + 1}
    return "/steps?" + urlencode({"text": SENTENCE, "lang": "en", **cell, **params})


def view(page: Page, slug: str) -> Locator:
    found = page.locator(f'.steps[data-step="{slug}"]')
    expect(found).to_have_attribute("data-cell", re.compile(r"\d+-\d+"), timeout=60_000)
    return found


def in_url(page: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def float_of(locator: Locator, name: str) -> float:
    value = locator.get_attribute(name)
    assert value is not None
    return float(value.replace("Infinity", "inf"))


def table_of(shown: Locator, name: str) -> np.ndarray:
    """Open a matrix's table and read its exact numbers."""
    box = shown.locator(f'details[data-matrix="{name}"]')
    box.locator("summary").click()
    expect(box.locator("td[data-value]").first).to_be_attached(timeout=60_000)  # W_O has 36,864 cells
    rows = box.evaluate(
        """box => [...box.querySelectorAll('tbody tr')].map(
            row => [...row.querySelectorAll('td')].map(cell => cell.dataset.value))"""
    )
    box.locator("summary").click()
    return np.array([[float(value.replace("Infinity", "inf")) for value in row] for row in rows])


def record_of(trace: Trace, part: Part, slug: str) -> StepRecord:
    return step_record(trace, part, LAYER, HEAD, slug)


@pytest.mark.parametrize("part", PARTS)
def test_tables_and_ledgers_are_the_traces_numbers(page: Opened, trace: Trace, part: Part) -> None:
    opened = page(link(part=part))
    for step in STEPS:
        shown = view(opened, step.slug)
        check_sentences(shown, part)
        record = record_of(trace, part, step.slug)
        row, column = (int(number) - 1 for number in (shown.get_attribute("data-cell") or "").split("-"))
        assert row == ROW
        if step.axes[1] == "key":
            assert column == COLUMN
        for matrix in record.matrices:
            if matrix.values.size > LARGE and part != PARTS[0]:
                continue  # 36,864 cells: one part's are enough
            np.testing.assert_array_equal(table_of(shown, matrix.name), matrix.values.astype(np.float64))
        check_ledger(shown.locator(".ledger"), record, row, column)
        if step is not STEPS[-1]:
            shown.locator('[data-focus="next"]').click()
    assert in_url(opened)["step"] == "9"


def check_sentences(shown: Locator, part: Part) -> None:
    """No place of a string is left open."""
    text = shown.inner_text()
    assert not re.search(r"\{|undefined|NaN", text), f"{part}: {text}"


def check_ledger(ledger: Locator, record: StepRecord, row: int, column: int) -> None:
    total = float_of(ledger.locator("[data-total]"), "data-total")
    assert total == record.leaving.values[row, column]
    if record.operation == "product":
        check_product(ledger, record, row, column, total)
    elif record.operation == "softmax":
        for index, weight in enumerate(record.leaving.values[row]):
            line = ledger.locator(f'tr[data-term="{index}"]')
            assert float_of(line, "data-weight") == weight
            assert float_of(line, "data-score") == record.entering[0].values[row, index]
        summed = ledger.locator("[data-sum]")
        scores = record.entering[0].values[row].astype(np.float64)
        assert float_of(summed, "data-sum") == pytest.approx(np.exp(scores - scores.max()).sum(), rel=1e-12)
    elif record.operation == "add" and record.norm:
        lines = {name: float_of(ledger.locator(f'[data-line="{name}"]'), "data-value") for name in ("mean", "variance")}
        before = (record.entering + record.between)[-1].values[row].astype(np.float64)
        assert lines["mean"] == pytest.approx(before.mean(), abs=1e-9)
        assert lines["variance"] == pytest.approx(before.var(), rel=1e-9)
    else:
        before = float_of(ledger.locator('[data-line="before"]'), "data-value")
        assert before == record.entering[0].values[row, column]


def check_product(ledger: Locator, record: StepRecord, row: int, column: int, total: float) -> None:
    left, right = (matrix.values for matrix in record.entering)
    terms = ledger.locator("tr[data-term]").evaluate_all("rows => rows.map(row => ({...row.dataset}))")
    for term in terms:
        index = int(term["term"])
        assert float(term["left"]) == left[row, index]
        assert float(term["right"]) == right[index, column]
        assert float(term["product"]) == pytest.approx(float(left[row, index]) * float(right[index, column]), rel=1e-12)
    assert len(terms) == (12 if left.shape[1] > 64 else left.shape[1])
    written = sum(float(term["product"]) for term in terms)
    for name in ("rest", "bias"):
        if (extra := ledger.locator(f"tr[data-{name}]")).count():
            written += float_of(extra.last, f"data-{name}")
    assert written == pytest.approx(total, abs=1e-5 * max(1, abs(total)))


def test_heads_add_up_to_the_joined_output(page: Opened, trace: Trace) -> None:
    shown = view(page(link(step=NUMBERS["join"], dim=17)), "join")
    heads = shown.locator("tr[data-head]").evaluate_all("rows => rows.map(row => Number(row.dataset.product))")
    call = trace.encoder_self[LAYER]
    np.testing.assert_allclose(heads, call.contribution[:, ROW, 16], atol=1e-5)
    assert sum(heads) + call.b_O[16] == pytest.approx(call.output[ROW, 16], abs=1e-5)


def test_hover_shows_another_cell_without_the_server(page: Opened, trace: Trace) -> None:
    opened = page(link(step=3))
    shown = view(opened, "scores")
    url = opened.url
    stage = shown.locator(".stage")
    stage.locator("canvas").last.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
    stage.locator("canvas").last.scroll_into_view_if_needed()  # waits until it stands still
    box = stage.bounding_box()
    assert box
    canvas = stage.locator("canvas").last.bounding_box()
    assert canvas
    n = len(trace.tokens)
    opened.mouse.move(canvas["x"] + canvas["width"] / n * 6.5, canvas["y"] + canvas["height"] / n * 8.5)
    expect(shown).to_have_attribute("data-cell", "9-7")
    assert float_of(shown.locator("[data-total]"), "data-total") == trace.encoder_self[LAYER].scores[HEAD, 8, 6]
    assert opened.url == url
    opened.mouse.move(box["x"] - 60, canvas["y"])
    expect(shown).to_have_attribute("data-cell", f"{ROW + 1}-{COLUMN + 1}")


def test_a_click_pins_and_the_url_follows(page: Opened, trace: Trace) -> None:
    opened = page(link(step=3))
    shown = view(opened, "scores")
    canvas = shown.locator(".stage canvas").last.bounding_box()
    assert canvas
    n = len(trace.tokens)
    opened.mouse.click(canvas["x"] + canvas["width"] / n * 1.5, canvas["y"] + canvas["height"] / n * 0.5)
    expect(opened).to_have_url(re.compile(r"query=1&key=2"))
    expect(shown).to_have_attribute("data-pinned", "true")
    opened.mouse.move(canvas["x"] + canvas["width"] / n * 5.5, canvas["y"] + canvas["height"] / n * 5.5)
    expect(shown).to_have_attribute("data-cell", "1-2")
    opened.keyboard.press("Escape")
    expect(shown).to_have_attribute("data-pinned", "false")


def test_keys_move_the_cell_and_turn_the_steps(page: Opened) -> None:
    opened = page(link(step=4))
    shown = view(opened, "scale")
    shown.locator(".stage").focus()
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("data-cell", f"{ROW + 2}-{COLUMN + 3}")
    expect(opened).to_have_url(re.compile(f"query={ROW + 2}&key={COLUMN + 3}"))
    opened.keyboard.press("]")
    shown = view(opened, "mask")
    expect(shown).to_have_attribute("data-cell", f"{ROW + 2}-{COLUMN + 3}")
    expect(shown.locator(".stage")).to_be_focused()
    opened.keyboard.press("PageUp")
    view(opened, "scale")
    opened.go_back()
    view(opened, "mask")


def test_one_word_shows_the_same_numbers(page: Opened, trace: Trace) -> None:
    opened = page(link(step=3))
    shown = view(opened, "scores")
    before = float_of(shown.locator("[data-total]"), "data-total")
    shown.locator('[data-focus="view-word"]').click()
    expect(opened).to_have_url(re.compile("view=word"))
    expect(shown.locator(".row-label")).to_have_count(1)
    assert float_of(shown.locator("[data-total]"), "data-total") == before
    shown.locator(".stage").focus()
    opened.keyboard.press("ArrowDown")
    expect(shown.locator(".row-label")).to_have_text(pieces(trace.tokens, trace.word_of)[ROW + 1])


def test_a_phone_sees_it_without_scrolling_sideways(page: Opened) -> None:
    opened = page(link(), width=390, height=844, has_touch=True)
    for number, step in enumerate(STEPS):
        shown = view(opened, step.slug)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390, step.slug
        buttons = shown.locator(".turn, .switch button, .way-button, .pickers select")
        heights = buttons.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
        assert len(heights) > 2
        assert min(heights) >= 43.5, step.slug
        row = 2 + number % 2
        shown.locator('[data-focus="pick-query"]').select_option(str(row))
        expect(opened).to_have_url(re.compile(f"query={row + 1}"))
        expect(shown).to_have_attribute("data-cell", re.compile(f"^{row + 1}-"))
        if step is not STEPS[-1]:
            shown.locator('[data-focus="next"]').click()


def test_the_wrong_way_stands_outside_the_real_figure(page: Opened, trace: Trace) -> None:
    opened = page(link(step=6))
    shown = view(opened, "softmax")
    expect(shown.locator(".what-if")).to_have_count(0)
    assert {label.get_attribute("data-sum") for label in shown.locator(".stage .sum").all()} != set()
    button = shown.locator('[data-focus="way-zero_after"]')
    stood = button.bounding_box(), shown.locator(".stage-box").bounding_box()
    button.click()
    frame = shown.locator(".what-if")
    expect(frame.locator(".sums .total")).to_have_count(2)
    stands = button.bounding_box(), frame.bounding_box()
    assert stood[0] and stands[0] and stood[1] and stands[1]
    assert [stood[0][side] for side in ("x", "y")] == [stands[0][side] for side in ("x", "y")], "under the pointer"
    assert abs(stood[1]["y"] - stands[1]["y"]) <= 12, "the frame begins where the stage began"
    expect(frame).to_contain_text("Not the model's own")
    found = compare(trace.encoder_self[LAYER], HEAD, "zero_after")
    for side, way in (("right", found.right), ("wrong", found.wrong)):
        sums = [float_of(label, "data-sum") for label in frame.locator(f'[data-side="{side}"] .sum[data-row]').all()]
        np.testing.assert_allclose(sums, way.row_sums, atol=1e-6)
        red = frame.locator(f'[data-side="{side}"] .sum.wrong[data-row]')
        expect(red).to_have_count(int((np.abs(way.row_sums - 1) >= 0.005).sum()))
        np.testing.assert_array_equal(table_of(shown, f"{side}_weights"), way.weights.astype(np.float64))
    frame.locator(".back").click()
    expect(shown.locator(".what-if")).to_have_count(0)
    assert "wrong" not in in_url(opened)


def test_a_mask_drawn_by_hand(page: Opened, trace: Trace) -> None:
    opened = page(link(text="I go home", step=5, wrong="drawn_mask", query=1, key=1))
    shown = view(opened, "mask")
    stage = shown.locator('.way-stage[data-side="wrong"]')
    stage.focus()
    for index in range(4):
        expect(stage).to_be_focused()
        opened.keyboard.press("Space")
        expect(shown.locator('details[data-matrix="wrong_weights"]')).to_be_attached()
        expect(opened).to_have_url(re.compile(f"1-{index + 1}"))
        opened.keyboard.press("ArrowRight")
        expect(shown).to_have_attribute("data-cell", f"1-{min(index + 2, 4)}")
    expect(shown.locator(".warning")).to_contain_text("no softmax")
    assert stage.locator('.sum[data-row="0"]').inner_text() == "—"
    assert stage.locator('.sum[data-row="1"]').inner_text() == "1.00"


def test_text_is_shown_literally(page: Opened) -> None:
    text = "<img src=x onerror=alert(1)> $x$ **b** 😀 집"
    opened = page(link(text=text, query=2, key=1))
    for step in STEPS:
        shown = view(opened, step.slug)
        expect(shown.locator(".figure-name q").first).to_have_text(text)
        assert shown.locator("img").count() == 0
        if step is not STEPS[-1]:
            shown.locator('[data-focus="next"]').click()


def test_the_download_holds_this_head(page: Opened, trace: Trace) -> None:
    opened = page(link(step=2))
    view(opened, "project")
    with opened.expect_download() as waiting:
        opened.get_by_role("button", name="Download layer 2, head 4").click()
    archive = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
    with np.load(io.BytesIO(archive.read("attnviz-check/head.npz")), allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["weights"], trace.encoder_self[LAYER].weights[HEAD])


def test_korean_and_dark(page: Opened) -> None:
    opened = page(link(step=6, lang="ko"), theme="dark")
    shown = view(opened, "softmax")
    expect(shown).to_have_attribute("data-theme", "dark")
    expect(shown.locator("h2.step-title")).to_have_text("소프트맥스")
    assert "{" not in shown.inner_text()


@pytest.mark.parametrize("part", [*(pytest.param(part, marks=pytest.mark.full) for part in PARTS[:2]), PARTS[2]])
def test_no_place_in_a_korean_sentence_is_left_open(page: Opened, part: Part) -> None:
    opened = page(link(part=part, lang="ko"))  # English: with the tables
    for step in STEPS:
        shown = view(opened, step.slug)
        check_sentences(shown, part)
        if step is not STEPS[-1]:
            shown.locator('[data-focus="next"]').click()


def test_a_new_sentence_starts_anew(page: Opened) -> None:
    opened = page(link(step=3))
    shown = view(opened, "scores")
    opened.get_by_role("textbox").fill("I go home")
    opened.keyboard.press("Enter")
    expect(shown.locator(".figure-name q").first).to_have_text("I go home")
    assert json.loads(json.dumps(in_url(opened)))["layer"] == str(LAYER + 1)
