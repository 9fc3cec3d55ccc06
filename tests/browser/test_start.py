"""Start in Chromium: a cold link, page change and Back, following a word, and what must not be a page's markup."""

import itertools
import re
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import attnviz
from attnviz.session.examples import EXAMPLES
from tests.browser.settled import settled

SNAKE = "The snake is very dangerous because it has a venom"
IT, THE_SNAKE = 6, 1  # places among the words


@pytest.fixture(scope="module")
def trace(model: attnviz.Model) -> attnviz.Trace:
    return attnviz.trace(model, SNAKE)


@pytest.fixture(scope="module")
def link(trace: attnviz.Trace) -> str:
    """Layer 2, head 6, it -> snake, whatever pieces the tokenizer makes of these words."""
    row, column = trace.word_of.index(IT) + 1, trace.word_of.index(THE_SNAKE) + 1
    return f"/?text={quote(SNAKE)}&layer=2&head=6&query={row}&key={column}&lang=en"


def query(page: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def word(page: Page, index: int, side: str = "row") -> Locator:
    return page.locator(f'.word.{side}[data-index="{index}"]')


def active(page: Page) -> Locator:
    return page.locator(".word.row.active")


def test_a_cold_link_shows_its_state(new_page: Callable[..., Page], link: str, trace: attnviz.Trace) -> None:
    page = new_page(link)
    expect(page.locator(".title")).to_have_text("it looks at snake")
    weight = trace.by_word("encoder_self")[1, 5, IT, THE_SNAKE]
    expect(page.locator(".number")).to_have_text(f"{weight:.2f}")
    expect(active(page)).to_have_attribute("aria-label", "it")
    expect(page.get_by_role("button", name="Layer 2", exact=True)).to_have_attribute("aria-pressed", "true")
    caption = page.locator('[data-part="caption"]')
    expect(caption).to_contain_text(SNAKE[:20])
    expect(caption).to_contain_text("layer 2, head 6")


def test_page_change_and_back_keep_sentence_layer_head_and_language(new_page: Callable[..., Page], link: str) -> None:
    page = new_page(link.replace("lang=en", "lang=ko"))
    expect(page.locator(".title")).to_contain_text("snake")
    before = query(page)
    page.get_by_role("link", name="모든 헤드", exact=True).click()
    expect(page).to_have_url(re.compile("/heads"))
    for name in ("text", "layer", "head", "query", "key", "lang"):
        assert query(page)[name] == before[name], name
    page.go_back()
    expect(page).to_have_url(re.compile(r"/\?"))
    expect(page.locator(".title")).to_contain_text("snake")
    assert query(page) == before
    page.reload()
    expect(page.locator(".title")).to_contain_text("snake")
    assert query(page) == before


def test_the_figure_draws_the_models_own_weights(
    new_page: Callable[..., Page], link: str, trace: attnviz.Trace
) -> None:
    page = new_page(link)
    expect(active(page)).to_have_count(1)
    weights = trace.by_word("encoder_self")[1]  # (head, query, key)
    drawn = page.locator(".lines path").evaluate_all(
        "paths => paths.map(p => ['head', 'row', 'column', 'weight'].map(n => Number(p.dataset[n]))"
        ".concat(Number(p.getAttribute('stroke-opacity'))))"
    )
    assert {head for head, *_ in drawn} == {6}
    for head, row, column, weight, opacity in drawn:
        assert row == IT
        assert weight == opacity
        np.testing.assert_allclose(weight, weights[int(head) - 1, IT, int(column)], atol=1e-6)
    page.get_by_role("button", name="All words").click()
    expect(active(page)).to_have_count(0)
    assert page.locator(".lines path").count() > len(drawn)


def test_hover_follows_a_word_without_a_server_trip_and_a_click_pins_it(
    new_page: Callable[..., Page], link: str, trace: attnviz.Trace
) -> None:
    page = new_page(link)
    expect(active(page)).to_have_attribute("aria-label", "it")
    before = page.url
    word(page, 4).hover()
    expect(active(page)).to_have_attribute("aria-label", "dangerous")
    assert page.url == before
    page.mouse.move(5, 5)
    expect(active(page)).to_have_attribute("aria-label", "it")
    word(page, 4).click()
    expect(page).to_have_url(re.compile(rf"query={trace.word_of.index(4) + 1}\b"))
    expect(page.locator(".title")).to_contain_text("dangerous looks at")
    assert query(page)["layer"] == "2"
    assert query(page)["head"] == "6"


def test_layer_and_head_buttons_draw_and_write_the_url(new_page: Callable[..., Page], link: str) -> None:
    page = new_page(link)
    page.get_by_role("button", name="Layer 3", exact=True).click()
    expect(page).to_have_url(re.compile("layer=3"))
    expect(page.locator(".said")).to_contain_text("layer 3")
    page.get_by_role("button", name="Head 1", exact=True).click()
    expect(page.get_by_role("button", name="Head 1", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator('.lines path[data-head="1"]').first).to_be_attached()
    page.get_by_role("button", name="Head 6", exact=True).click()  # the chosen head goes off: another is chosen
    expect(page.locator('.lines path[data-head="6"]')).to_have_count(0)
    expect(page).to_have_url(re.compile(r"head=[1-57-8]\b"))


def test_it_works_by_keyboard_alone(new_page: Callable[..., Page], link: str, trace: attnviz.Trace) -> None:
    page = new_page(link)
    settled(page)  # a key pressed while the view is drawn anew would be lost
    expect(active(page)).to_have_attribute("aria-label", "it")
    page.locator('.word.row[tabindex="0"]').focus()
    page.keyboard.press("ArrowUp")
    expect(active(page)).to_have_attribute("aria-label", "because")
    expect(page.locator('[data-part="status"]')).to_contain_text("because looks most at")
    page.keyboard.press("Escape")
    expect(active(page)).to_have_attribute("aria-label", "it")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"key={trace.word_of.index(9) + 1}\b"))
    expect(page.locator(".title")).to_have_text("it looks at venom")


def test_the_table_holds_the_same_numbers(new_page: Callable[..., Page], link: str, trace: attnviz.Trace) -> None:
    page = new_page(link)
    page.get_by_text("The same as a table").click()
    weights = trace.by_word("encoder_self")[1]
    heads = [int(text.split()[-1]) - 1 for text in page.locator("thead th").all_inner_texts()[1:]]
    for index, row in enumerate(page.locator("tbody tr").all()):
        shown = [float(text) for text in row.locator("td").all_inner_texts()]
        np.testing.assert_allclose(shown, [weights[head, IT, index] for head in heads], atol=0.0006)


@pytest.mark.parametrize(("width", "height", "size"), [(1440, 900, "large"), (1280, 720, "normal")])
def test_the_papers_sentence_fits_a_laptop(new_page: Callable[..., Page], width: int, height: int, size: str) -> None:
    page = new_page(f"/?lang=en&size={size}&text={quote(EXAMPLES['paper'])}", width=width, height=height)
    settled(page)
    words = EXAMPLES["paper"].split()
    for index in (words.index("making"), len(words) - 1):
        box = word(page, index).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height, words[index]


@pytest.mark.parametrize("text", [EXAMPLES["paper"], "a", "w" * 300 + " and " + "the cat " * 63])
def test_nothing_sticks_out(new_page: Callable[..., Page], text: str) -> None:
    page = new_page(f"/?lang=en&text={quote(text)}", width=1920)
    main = page.get_by_test_id("stMain")
    for width in (1920, 1440, 820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator(".title")).to_be_visible()
        expect(page.locator(".word.row").first).to_be_attached()
        page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert main.evaluate("main => main.scrollWidth") <= width


def test_hostile_text_is_inert_and_literal(new_page: Callable[..., Page]) -> None:
    text = '<img src=x onerror="window.broken=1"> **b** $x$ <script>window.broken=1</script>'
    page = new_page(f"/?lang=en&text={quote(text)}")
    expect(page.locator(".word.row").first).to_be_attached()
    assert page.evaluate("window.broken") is None
    assert page.locator("img[src=x]").count() == 0
    expect(page.get_by_label("Your sentence")).to_have_value(text)
    shown = page.locator(".word.row").evaluate_all("words => words.map(word => word.getAttribute('aria-label'))")
    assert shown[:3] == ["<", "img", "src"]


def test_the_way_on_shows_the_same_link(new_page: Callable[..., Page], link: str, trace: attnviz.Trace) -> None:
    page = new_page(link)
    page.locator(".st-key-way_heads a").click()
    expect(page).to_have_url(re.compile("/heads"))
    assert query(page)["layer"] == "2"
    assert query(page)["head"] == "6"
    assert trace.word_of[int(query(page)["query"]) - 1] == IT
    assert trace.word_of[int(query(page)["key"]) - 1] == THE_SNAKE


def test_too_tired_and_too_wide_are_one_bet_whose_figure_a_phone_shows_whole(new_page: Callable[..., Page]) -> None:
    page = new_page(f"/?lang=en&text={quote(EXAMPLES['tired'])}", width=390, height=844, has_touch=True, is_mobile=True)
    page.locator(".question .answer", has_text="street").tap()
    expect(page.locator(".lines path").first).to_be_attached()
    expect(page.locator(".others")).to_have_count(0)
    page.locator(".again .answer", has_text="street").tap()
    expect(page.get_by_label("Your sentence")).to_have_value(EXAMPLES["wide"])
    expect(page.locator(".note strong").first).to_contain_text("You said")
    expect(page.locator(".flip")).to_contain_text("“tired”")
    expect(page.locator(".others")).to_contain_text("of 32")
    assert query(page)["text"] == EXAMPLES["wide"]
    box = word(page, len(EXAMPLES["wide"].split()) - 1, "column").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    whole = page.locator(".st-key-sentence_whole div[aria-hidden]")
    expect(whole).to_have_text(EXAMPLES["wide"])
    assert whole.evaluate("node => node.scrollHeight <= node.clientHeight && node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_bar_is_one_row_on_a_tablet(new_page: Callable[..., Page], language: str) -> None:
    page = new_page(f"/heads?lang={language}", width=820)
    expect(page.locator(".st-key-language button").first).to_be_visible()
    box = page.locator(".st-key-bar").bounding_box()
    assert box is not None
    assert box["height"] < 60
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    present = page.locator(".st-key-present_begin button")
    left = page.locator(".st-key-bar [class*=st-key-course_at_] button").bounding_box()
    assert left["x"] + left["width"] <= present.bounding_box()["x"]
    # what has no word beside it has one for those who listen
    expect(present).to_have_accessible_name(re.compile(r"\S{2}"))


def test_nothing_in_the_bar_lies_on_something_else_in_large_type(new_page: Callable[..., Page]) -> None:
    page = new_page("/heads?lang=en&size=large", width=1440)
    for width in (1440, 1100, 820, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        buttons = page.locator(".st-key-bar :is(a, button):visible")
        boxes = [found for found in map(Locator.bounding_box, buttons.all()) if found]
        assert len(boxes) >= 4
        for one, other in itertools.combinations(boxes, 2):
            before = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            above = one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            assert before or above, (width, one, other)


def test_fingers_find_every_button(new_page: Callable[..., Page]) -> None:
    page = new_page("/?lang=en", width=390, has_touch=True, is_mobile=True)
    settled(page)
    buttons = page.get_by_test_id("stMain").locator("a:visible, button:visible")
    small = buttons.evaluate_all(
        "all => all.map(one => [one.textContent.trim(), one.getBoundingClientRect().height])"
        ".filter(([, height]) => height < 44)"
    )
    assert not small


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [820, 1000, 390])
def test_the_figure_stays_where_it_is_when_the_bet_is_answered(
    new_page: Callable[..., Page], width: int, language: str
) -> None:
    locale = {"en": "en-US", "ko": "ko-KR"}[language]
    page = new_page("/", width=width, locale=locale, has_touch=True)  # a pointer that rests would follow other words
    settled(page)
    words = [word(page, index, side) for side in ("row", "column") for index in (0, 6)]

    def stay() -> bool:
        now = [box["y"] for box in map(Locator.bounding_box, words) if box]
        return now == pytest.approx(before, abs=2)  # a word that may be tapped has a border

    before = [box["y"] for box in map(Locator.bounding_box, words) if box]
    word(page, 4, "column").tap()  # another than the head's: more is said of it
    expect(page.locator(".note strong")).to_contain_text("dangerous")
    settled(page)
    assert stay()
    if width == 390:
        return  # a longer headline may take a line more there
    word(page, 1).tap()  # the link is now in the address, and nothing is asked any more
    expect(page).to_have_url(re.compile("query="))
    expect(page.locator(".note")).to_have_count(0)
    settled(page)
    assert stay()
