"""The table of pages, and what stands on every page's bar and foot."""

from pathlib import Path

import pytest

from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.pages import GROUPS, PAGES, neighbours

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_and_the_folder_hold_the_same_pages() -> None:
    written = {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    alone = {page.file for page in PAGES} ^ written
    assert not alone, f"a row of PAGES without its file, or the other way round: {alone}"


def test_routes_and_names_are_unique() -> None:
    assert len({page.route for page in PAGES}) == len({page.name for page in PAGES}) == len(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_first_statement_of_a_page_is_the_guard(page: object) -> None:
    lines = (ROOT / page.file).read_text(encoding="utf-8").splitlines()  # type: ignore[attr-defined]
    does = [line for line in lines if line and line[0] not in "#\"' )" and "import" not in line and " = " not in line]
    assert does[0] == "guard()"


def test_the_course_is_one_line_from_first_to_last() -> None:
    walked, page = [PAGES[0]], PAGES[0]
    while following := neighbours(page.route)[1]:
        assert neighbours(following.route)[0] is page
        walked.append(page := following)
    assert tuple(walked) == PAGES
    assert neighbours("")[0] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_the_course_are_few_and_have_names(language: str) -> None:
    assert tuple(page for pages in GROUPS.values() for page in pages) == PAGES
    assert [page.number for page in PAGES] == list(range(1, len(PAGES) + 1))
    assert all(2 <= len(pages) <= 6 for pages in GROUPS.values())
    names = [Texts(language)(f"ui.group_{group}") for group in GROUPS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_course_map_says_what_each_page_teaches(language: str) -> None:
    texts = Texts(language)
    wanted = [f"course.about_{page.name}" for page in PAGES]
    assert [name for name in wanted if name not in texts] == []
