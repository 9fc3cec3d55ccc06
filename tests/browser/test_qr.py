"""QR codes, read back by a decoder from what Chromium draws: of a sheet, and of a class."""

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.testclient import TestClient

from attnviz.concepts.exercises import exercise
from attnviz.lessons.course.sheets import sheet
from attnviz.session.catalog import Texts
from attnviz.session.paper import address
from attnviz.web import routes


def codes(browser: Browser, html: str) -> list[str]:
    """What a camera reads on a page."""
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.set_content(html)
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
    page.close()
    return [found.text for found in zxingcpp.read_barcodes(np.asarray(shot))]


@pytest.mark.parametrize("text", ["The snake is very dangerous", "그 뱀은 독이 있어서 매우 위험하다"])
def test_a_sheet_leads_back_to_its_address(browser: Browser, text: str) -> None:
    link = address("https://school.example/attn/course", "course", {"lang": "ko", "text": text, "sheet_seed": "7"})
    for answers in (False, True):
        assert codes(browser, sheet(Texts("ko"), exercise("rnn", 7), link, answers=answers)) == [link]


def test_a_phone_joins_the_class_that_is_projected(browser: Browser) -> None:
    client = TestClient(Starlette(routes=routes.ROUTES), base_url="http://school.example")
    client.post("/class/start")
    (link,) = codes(browser, client.get("/class").text)
    assert link.startswith("http://school.example/join/")
    phone = TestClient(client.app, base_url="http://school.example")
    joined = phone.get(link.removeprefix("http://school.example"))
    assert joined.status_code == 200
    assert phone.get("/class/state").json()["role"] == "student"
    assert client.post("/class/end").status_code == 200
