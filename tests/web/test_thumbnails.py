"""The pictures of the course map: one for every page and theme, small, and served as they are."""

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from attnviz.session.pages import PAGES, THEMES, Page
from attnviz.web.routes import ROUTES
from attnviz.web.thumbnails import FOLDER
from scripts.thumbnails import SHOWN, SIZE
from tests.opened import open_page

MOST = 300_000  # bytes of all


def test_each_page_has_one_in_each_theme_and_no_other_is_there() -> None:
    assert {page.name for page in PAGES} == set(SHOWN)
    wanted = {page.thumbnail(theme) for page in PAGES for theme in THEMES}
    assert {path.name for path in FOLDER.iterdir()} == wanted, "make pictures"
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_is_served_and_shows_something(page: Page) -> None:
    browser = TestClient(Starlette(routes=ROUTES), base_url="http://attnviz.test")
    brightness = []
    for theme in THEMES:
        name = page.thumbnail(theme)
        answer = browser.get(f"/thumbnails/{name}")
        assert answer.headers["content-type"] == "image/webp"
        assert answer.content == (FOLDER / name).read_bytes()
        with Image.open(FOLDER / name) as picture:
            assert picture.size == SIZE
            grey = picture.convert("L").histogram()
        assert sum(count > 20 for count in grey) > 40  # no empty ground, no placeholder of one colour
        brightness.append(sum(level * count for level, count in enumerate(grey)))
    assert brightness[0] > brightness[1]


@pytest.mark.parametrize("name", ["nothing-light.webp", "..%2Fen.json", "start-light.png"])
def test_nothing_else_is_served(name: str) -> None:
    browser = TestClient(Starlette(routes=ROUTES), base_url="http://attnviz.test")
    assert browser.get(f"/thumbnails/{name}").status_code == 404


def test_the_map_shows_them_in_the_parts_of_the_course() -> None:
    app = open_page("course", lang="ko")
    shown = [element.proto.body for element in app.get("html") if "<img" in element.proto.body]
    assert len(shown) == len(PAGES)
    for page, body in zip(PAGES, shown, strict=True):
        assert f'src="/thumbnails/{page.thumbnail("light")}"' in body
        assert 'alt=""' in body  # the link beside it says the same
