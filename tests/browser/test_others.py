"""Models of others in Chromium: listed by the server's owner, opened without a network, each number their record's."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

pytest.importorskip("transformers")

import attnviz
from attnviz.hf.tiny import save_tiny, tiny_model
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.trace.listed import VARIABLE
from attnviz.trace.records import PARTS
from attnviz.trace.steps import step_record
from scripts.serving import served

Opened = Callable[..., Page]
KINDS = ("t5", "llama")
TEXT = "the cat sat on a mat"
QUERY, KEY = 1, 5  # cat -> mat
LAYER, HEAD = 1, 2  # from 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("others")
    for kind in KINDS:
        save_tiny(tiny_model(kind), path / kind)
    return path


@pytest.fixture(scope="module")
def app_url(folder: Path) -> Iterator[str]:
    """The address of a server whose owner lists them, and which may ask no hub."""
    listed = ",".join(f"{kind}=hf:{folder / kind}" for kind in KINDS)
    with served(more={VARIABLE: listed, "HF_HUB_OFFLINE": "1"}) as url:
        yield url


@pytest.fixture(scope="module")
def trace(folder: Path) -> attnviz.Trace:
    """What T5 does with the sentence: the tests hold the screen against it."""
    return attnviz.trace(attnviz.load_model(f"hf:{folder / 't5'}"), TEXT)


def link(route: str, **params: object) -> str:
    return f"/{route}?" + urlencode({"text": TEXT, "layer": LAYER + 1, "head": HEAD + 1, **params})


def is_sound(page: Page, language: str, shown: str) -> None:
    """The run has ended without a fault, and the menu names the model."""
    expect(page.locator(".st-key-footer")).to_be_visible(timeout=60_000)
    expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_attached(timeout=60_000)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".st-key-model input")).to_have_value(shown)
    expect(page.locator('.stException, [data-testid="stAlertContentError"]')).to_have_count(0)


def ledger_total(page: Page, slug: str) -> float:
    shown = page.locator(f'.steps[data-step="{slug}"]')
    expect(shown).to_have_attribute("data-cell", re.compile(r"\d+-\d+"), timeout=60_000)
    assert not re.search(r"\{|undefined|NaN", shown.inner_text())
    return float(shown.locator(".ledger [data-total]").get_attribute("data-total") or "nan")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_encoder_decoder_is_on_every_view_what_its_record_says(
    new_page: Opened, trace: attnviz.Trace, language: str
) -> None:
    row, column = (trace.word_of.index(word) for word in (QUERY, KEY))  # tokens
    chosen = {"model": "t5", "part": "encoder_self", "query": row + 1, "key": column + 1, "lang": language}
    by_word = trace.by_word("encoder_self")[LAYER, HEAD, QUERY, KEY]

    page = new_page(link("", **chosen))
    expect(page.locator(".number")).to_have_text(f"{by_word:.2f}", timeout=60_000)
    is_sound(page, language, "t5 (t5, 3 × 4)")

    page.goto(page.url.split("/?")[0] + link("heads", **chosen))
    page.wait_for_selector('[data-drawn][data-numbers="exact"]')
    expect(page.locator(".finding strong")).to_have_text(f"{by_word:.2f}")
    expect(page.locator(".square")).to_have_count(3 * 4)
    is_sound(page, language, "t5 (t5, 3 × 4)")

    page.goto(page.url.split("/heads")[0] + link("steps", **chosen, step=12))
    record = step_record(trace, "encoder_self", LAYER, HEAD, "bias")
    assert ledger_total(page, "bias") == record.leaving.values[row, column]
    is_sound(page, language, "t5 (t5, 3 × 4)")

    page.goto(page.url.split("/steps")[0] + link("translate", model="t5", lang=language, at=3))
    expect(page.locator(".attnviz-chips").last).to_be_visible(timeout=60_000)
    said = page.locator(".attnviz-chips").last.inner_text()
    shown = [float(number) for number in re.findall(r"(?<![<\d])[01]?\.\d\d\b", said)]
    np.testing.assert_allclose(shown, trace.cross[LAYER].weights[HEAD, 2], atol=0.005 + 1e-6)
    is_sound(page, language, "t5 (t5, 3 × 4)")


def test_a_decoder_has_its_own_steps_and_no_translation(new_page: Opened, folder: Path) -> None:
    trace = attnviz.trace(attnviz.load_model(f"hf:{folder / 'llama'}"), TEXT)
    chosen = {"model": "llama", "part": PARTS[1], "query": 6, "key": 3, "lang": "en"}
    page = new_page(link("steps", **chosen, step=10))
    rotated = step_record(trace, PARTS[1], LAYER, HEAD, "rotate").leaving.values
    assert ledger_total(page, "rotate") in rotated[5]
    is_sound(page, "en", "llama (llama, 3 × 4)")
    page.goto(page.url.split("/steps")[0] + link("translate", **chosen))
    own = Texts("en")("ui.own_model", model="llama", own="translator")
    expect(page.get_by_text(own)).to_be_visible(timeout=60_000)
    is_sound(page, "en", Texts("en")("models.translator_menu"))
