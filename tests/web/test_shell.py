"""The document that a page begins as."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.file_util import get_static_dir

from attnviz.session.catalog import Texts
from attnviz.session.choices import Choices
from attnviz.session.pages import PAGES, Page
from attnviz.ui.style import rules
from attnviz.web.routes import ROUTES


@pytest.fixture(scope="module")
def browser() -> TestClient:
    return TestClient(Starlette(routes=ROUTES), base_url="http://attnviz.test")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_is_streamlits_with_our_rules_title_and_language(browser: TestClient, page: Page) -> None:
    answer = browser.get(f"/{page.route}?lang=ko&size=large&theme=dark&text=%3C/style%3E%3Cscript%3E")
    document = answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert '<html lang="ko">' in document
    assert f"<title>{Texts('ko')(page.title)} · attnviz</title>" in document
    style = f"<style>\n{rules(Choices(lang='ko', size='large', theme='dark'))}</style>\n"
    assert style.startswith("<style>\nhtml { font-size: 22.5px; color-scheme: dark;")
    theme = re.search(r'<script>\n// The theme .*attnvizTheme\("dark"\);\n</script>\n', document, re.DOTALL)
    assert theme
    # all else is as Streamlit wrote it, in its order: scripts and what they draw into come before our rules
    before, after = document.split(style + theme[0])
    theirs = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    same = re.sub("<title>.*?</title>", "<title>Streamlit</title>", before + after).replace('lang="ko"', 'lang="en"')
    assert same == theirs
    assert after.startswith("</body>")
    assert "<script" in before


def test_what_is_not_allowed_is_left_out(browser: TestClient) -> None:
    document = browser.get(
        "/heads?lang=%22%3E&size=9999&theme=%22);alert(1)", headers={"accept-language": "ko-KR,ko;q=0.9"}
    ).text
    assert '<html lang="ko">' in document  # the browser's, where the address names none
    assert f"<style>\n{rules(Choices())}</style>" in document
    assert 'attnvizTheme("");' in document and "alert" not in document
