"""All heads in a real browser: pictures before the server answers, keys, literal text, downloads."""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import attnviz
from attnviz.session.examples import EXAMPLES
from attnviz.trace.seen import seen

PAPER = f"/heads?lang=en&text={quote(EXAMPLES['paper'])}"
HOSTILE = '<img src=x onerror="document.title=1"> <b>the</b> $x$ the the'
LIMIT_MS = 100

# Clicks a square, or none, and waits until the browser has painted; the server can't have answered before that.
CLICK = """async ([layer, head]) => {
  const root = document.querySelector('[data-testid=stMain]');
  const hosts = [...root.querySelectorAll('*')].map((node) => node.shadowRoot).filter(Boolean);
  const view = hosts.map((host) => host.querySelector('.attnviz[data-drawn]')).find(Boolean);
  const squares = [...view.querySelectorAll('.square')];
  const square = squares[(layer - 1) * 8 + head - 1];
  const start = performance.now();
  square?.click();
  const drawn = view.dataset.drawn;
  const numbers = view.dataset.numbers;
  await new Promise((painted) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = painted;
    port1.postMessage(0);
  }));
  return { ms: performance.now() - start, drawn, numbers };
}"""


def opened(new_page: Callable[..., Page], path: str = PAPER, **options: object) -> Page:
    page = new_page(path, **options)
    page.wait_for_selector('[data-drawn][data-numbers="exact"]')
    return page


def settled(page: Page, drawn: str) -> None:
    page.wait_for_selector(f'[data-drawn="{drawn}"][data-numbers="exact"]')


def url_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_another_head_is_drawn_before_the_server_answers(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"{PAPER}&layer=1&head=1&query=20&key=24")
    taken, empty = [], []
    for layer, head in [(1, 2), (2, 6), (4, 8), (3, 1), (1, 7), (2, 2), (4, 4)]:
        found = page.evaluate(CLICK, [layer, head])
        assert (found["drawn"], found["numbers"]) == (f"{layer}-{head}", "waiting")
        taken.append(found["ms"])
        empty.append(page.evaluate(CLICK, [0, 0])["ms"])
        settled(page, f"{layer}-{head}")
        assert (url_of(page)["layer"], url_of(page)["head"]) == (str(layer), str(head))
    print("click to picture, ms:", [round(ms, 1) for ms in taken])
    assert np.median(taken) < max(LIMIT_MS, 6 * np.median(empty))  # where a frame alone takes long, so may a click


def test_the_longest_sentence_is_drawn_before_the_server_answers(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"/heads?lang=en&layer=1&head=1&text={quote('the man saw the big dog and ' * 19)}")
    found = page.evaluate(CLICK, [2, 4])
    print(f"128 tokens: click to picture, ms: {found['ms']:.1f}")
    assert (found["drawn"], found["numbers"]) == ("2-4", "waiting")
    settled(page, "2-4")


def test_a_long_sentence_scrolls_to_the_chosen_cell(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"/heads?lang=en&query=120&key=110&text={quote('the man saw the big dog and ' * 19)}")
    scroll = page.locator(".scroll")
    assert scroll.evaluate("box => box.scrollTop > 500 && box.scrollLeft > 500")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_swapped_picture_keeps_the_pair(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"{PAPER}&layer=2&head=6&query=20&key=24")
    finding = page.locator(".finding").inner_text()
    page.get_by_role("button", name="Options").click()
    page.get_by_text("Swap rows and columns").click()
    expect(page.locator(".who")).to_be_visible()
    assert page.locator(".finding").inner_text() == finding
    box = page.locator("canvas.over").bounding_box()
    assert box
    cell = (box["width"] - 3) / len(attnviz.trace(attnviz.load_model("translator"), EXAMPLES["paper"]).words)
    page.locator("canvas.over").click(position={"x": cell * 4.5, "y": cell * 10.5})  # column asks, row answers
    expect(page.get_by_label("Asking word")).to_have_value("4")
    expect(page.get_by_label("Answering word")).to_have_value("10")


def test_the_finding_is_the_traces_own_number(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"{PAPER}&layer=2&head=6")
    trace = attnviz.trace(attnviz.load_model("translator"), EXAMPLES["paper"])
    page.get_by_label("Asking word").select_option(label="making")
    page.get_by_label("Answering word").select_option(label="more")
    settled(page, "2-6")
    row, column = trace.words.index("making"), trace.words.index("more")
    by_word = trace.by_word("encoder_self")
    finding = page.locator(".finding")
    most = int(by_word[1, 5, row].argmax())
    assert most != column
    told = f"Most goes to {trace.words[most]}: {by_word[1, 5, row, most]:.2f}."
    expect(page.locator("p.rank")).to_contain_text(told)
    expect(finding).to_have_text(f"making gives {by_word[1, 5, row, column]:.2f} of its attention to more.")
    ranked = page.locator(".ranking tbody tr td.number:not(.control)").all_inner_texts()
    best = np.sort(by_word[:, :, row, column].ravel())[::-1]
    assert ranked == [f"{weight:.2f}" for weight in best[:7]]
    page.get_by_role("button", name="Show all 32").click()
    expect(page.locator(".ranking tbody tr")).to_have_count(32)


def test_a_click_on_a_cell_pins_it_and_a_link_brings_it_back(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"{PAPER}&layer=2&head=6&query=3&key=3")
    box = page.locator("canvas.over").bounding_box()
    assert box
    words = len(attnviz.trace(attnviz.load_model("translator"), EXAMPLES["paper"]).words)
    cell = (box["width"] - 3) / words
    page.locator("canvas.over").click(position={"x": cell * 10.5, "y": cell * 4.5})
    expect(page.get_by_label("Asking word")).to_have_value("4")
    expect(page.get_by_label("Answering word")).to_have_value("10")
    settled(page, "2-6")
    expect(page).to_have_url(re.compile("key="))
    finding = page.locator(".finding").inner_text()
    again = opened(new_page, page.url.removeprefix(page.evaluate("location.origin")))
    assert again.locator(".finding").inner_text() == finding


def test_keys_choose_heads_and_cells(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"{PAPER}&layer=1&head=1&query=5&key=5")
    page.locator('.square[tabindex="0"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    settled(page, "2-2")
    assert page.locator('.square[aria-pressed="true"]').get_attribute("aria-label") == "Head 2 of layer 2"
    page.locator("canvas.over").focus()
    before = int(page.get_by_label("Asking word").input_value())
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Asking word")).to_have_value(str(before + 1))


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
def test_markup_in_the_sentence_is_shown_literally(new_page: Callable[..., Page], width: int, theme: str) -> None:
    page = opened(new_page, f"/heads?lang=en&text={quote(HOSTILE)}", width=width, theme=theme)
    assert HOSTILE in page.locator(".from").inner_text()
    for tab in ("This head as numbers", "Zoom"):
        page.get_by_role("tab", name=tab).click()
        shown = {"This head as numbers": ".table-box tbody tr", "Zoom": ".js-plotly-plot"}[tab]
        expect(page.get_by_role("tabpanel").locator(shown).first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "1"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_table_of_numbers_is_the_trace(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, "/heads?lang=en&text=he+is+a+boy&layer=3&head=2")
    page.get_by_role("tab", name="This head as numbers").click()
    rows = page.locator(".table-box tbody tr")
    expect(rows).to_have_count(4)
    weights = attnviz.trace(attnviz.load_model("translator"), "he is a boy").by_word("encoder_self")[2, 1]
    shown = [[float(cell) for cell in row.locator("td").all_inner_texts()] for row in rows.all()]
    np.testing.assert_allclose(shown, weights, atol=0.0005001)


def test_the_head_table_sorts_and_chooses(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"{PAPER}&layer=1&head=1")
    heading = page.locator(".table-box thead th", has_text="Entropy")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    column = [float(text) for text in page.locator(".table-box tbody td:nth-child(2)").all_inner_texts()]
    assert column == sorted(column, reverse=True)
    first = page.locator(".table-box tbody th button").first
    layer_and_head = re.findall(r"\d+", first.inner_text())
    first.click()
    settled(page, f"{layer_and_head[1]}-{layer_and_head[0]}")


def test_downloads_hold_what_is_seen(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, f"/heads?lang=en&layer=2&head=3&text={quote(HOSTILE)}")
    trace = attnviz.trace(attnviz.load_model("translator"), HOSTILE)
    weights = trace.by_word("encoder_self")[1, 2]
    files = {}
    for kind in ("PNG", "SVG", "CSV", "JSON", "HTML"):
        page.locator(".download summary").click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=kind, exact=True).click()
        assert waiting.value.suggested_filename == f"attnviz-encoder-self-layer2-head3.{kind.lower()}"
        files[kind] = waiting.value.path().read_bytes()
    assert files["PNG"].startswith(b"\x89PNG")
    assert b"<img" not in files["SVG"] and b"<img" not in files["HTML"] and b"<script" not in files["HTML"]
    (sentence,), (place,), (left_out,), header, *lines = csv.reader(io.StringIO(files["CSV"].decode("utf-8-sig")))
    assert HOSTILE in sentence and "‹end›" in left_out and "‹end›" in header[-1]
    assert place == "encoder self-attention · translator · Head 3 of layer 2"
    assert [line[0].lstrip("'") for line in lines] == list(trace.words)
    np.testing.assert_allclose(
        [[float(cell) for cell in line[1:-1]] for line in lines], weights, rtol=1e-5, atol=1e-6
    )  # another process: its sums may be of another order
    np.testing.assert_allclose([sum(map(float, line[1:])) for line in lines], 1, atol=1e-5)
    for kind in ("SVG", "HTML"):
        root = html.unescape(files[kind].decode())
        assert all(text in root for text in (HOSTILE, place, left_out)), kind
    assert b'<html lang="en">' in files["HTML"]
    assert b'fill="#FFFFFF"' in files["SVG"]  # light for paper, whatever the page is


def downloaded(page: Page, kind: str) -> str:
    page.locator(".download summary").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=kind, exact=True).click()
    return waiting.value.path().read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("part", "more"), [("encoder_self", ""), ("cross", "&unit=tokens"), ("decoder_self", "&transposed=on")]
)
def test_a_json_read_back_is_the_picture(new_page: Callable[..., Page], part: str, more: str) -> None:
    typed = "I can’t\u200b swim…"
    page = opened(new_page, f"/heads?lang=en&layer=2&head=3&part={part}{more}&text={quote(typed)}", theme="dark")
    content = json.loads(downloaded(page, "JSON"))
    assert (content["text"], content["model"], content["part"]) == (typed, "translator", part)
    trace = attnviz.trace(attnviz.load_model(content["model"]), content["text"], content["target"])
    shown = seen(trace, part, by_word="unit" not in more, special=False)  # type: ignore[arg-type]
    own = np.where(shown.mask, shown.weights[content["layer"] - 1, content["head"] - 1], np.nan)
    weights = np.array(content["weights"], dtype=np.float64)  # null becomes NaN
    np.testing.assert_allclose(weights, own.T if content["swapped"] else own, rtol=1e-5, atol=1e-6)
    assert content["rows"]["words"] == list(shown.column_labels if content["swapped"] else shown.row_labels)
    sums = np.nansum(weights, axis=0 if content["swapped"] else 1) + np.sum(content["not_shown"]["weights"], axis=1)
    np.testing.assert_allclose(sums, 1, atol=1e-5)
    names = {"text": content["text"], "target": content["target"]}
    exec(content["again"]["python"], names)  # noqa: S102
    np.testing.assert_array_equal(names["weights"], shown.weights[1, 2])
    page.goto(page.url.split("/heads")[0] + content["again"]["link"])
    settled(page, "2-3")
    assert json.loads(downloaded(page, "JSON"))["weights"] == content["weights"]
    page.locator(".download summary").click()
    page.locator(".download input").check()
    page.locator(".download summary").click()
    svg = downloaded(page, "SVG")
    assert 'fill="#14161C"' in svg.replace("#14161c", "#14161C") and "can’t" in svg


def test_a_picture_of_random_weights_says_so(new_page: Callable[..., Page]) -> None:
    tired = "The animal didn't cross the street because it was too tired ."
    page = opened(new_page, f"/heads?lang=en&model=untrained&text={quote(tired)}")
    drawn = re.findall(r"<text [^>]*>([^<]*)</text>", html.unescape(downloaded(page, "SVG")))
    assert any("encoder self-attention · untrained model · Head" in text for text in drawn)
    assert tired in " ".join(drawn)


def test_what_a_row_gives_to_hidden_tokens_is_said(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, "/heads?lang=en&text=I+go+home&part=cross&layer=1&head=1&query=5&key=3")
    trace = attnviz.trace(attnviz.load_model("translator"), "I go home")
    shown = seen(trace, "cross", by_word=True, special=False)
    row = shown.row_of(4)
    share = float(shown.hidden[0, 0, row].sum())
    rank = page.locator("p.rank")
    if share >= 0.005:
        expect(rank).to_contain_text(f"{share:.2f} of this row goes to ‹end›")
    zeros = shown.weights[0, 0, row, shown.column_of(2)] < 0.005
    expect(rank).to_contain_text("no rank among zeros" if zeros else "Rank")


def test_a_word_can_be_asked_for_inside_another(new_page: Callable[..., Page]) -> None:
    page = opened(new_page, "/heads?lang=en&text=" + quote("It is big because it’s a trophy ."))
    page.locator("select.query").select_option(label="it in it's")
    page.wait_for_selector('[data-numbers="exact"]')
    expect(page.locator(".finding .query")).to_have_text("it's")


def sentences_and_parts() -> Iterator[object]:
    """Every sentence in every part; make test takes one part for each sentence, in turn."""
    parts = ("encoder_self", "decoder_self", "cross")
    for number, text in enumerate(("Go", "나는 집에 간다 .", "👩\u200d👩\u200d👧 family", "yes " * 128)):
        for turn, part in enumerate(parts):
            marks = () if turn == number % 3 else pytest.mark.full
            yield pytest.param(text, part, id=f"{number}-{part}", marks=marks)


@pytest.mark.parametrize(("text", "part"), list(sentences_and_parts()))
def test_any_sentence_is_drawn(new_page: Callable[..., Page], text: str, part: str) -> None:
    page = opened(new_page, f"/heads?lang=ko&part={part}&text={quote(text)}", width=820, theme="dark")
    assert page.locator(".finding").inner_text()
