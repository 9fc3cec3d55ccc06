"""Every string and every lesson exists in both languages, with the same places, and is what code asks for."""

import ast
import re
from pathlib import Path

import pytest

from attnviz.session.catalog import LANGUAGES, PACKAGE, Texts, files, lesson, strings
from attnviz.session.examples import EXAMPLES
from attnviz.session.pages import PAGES

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [language for language in LANGUAGES if language != "en"]


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))  # the braces of LaTeX are found too: they are the same in all languages


def sources() -> list[Path]:
    return [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "attnviz").rglob("*.py"))]


def called() -> set[str]:
    """Names asked for as ``texts("file.name")``, in any file of the app."""
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("texts", "Texts") and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_both_languages_have_the_same_strings_with_the_same_places(language: str) -> None:
    assert strings(language).keys() == strings("en").keys()
    different = [name for name, text in strings("en").items() if places(text) != places(strings(language)[name])]
    assert not different


@pytest.mark.parametrize("language", OTHERS)
def test_both_languages_have_the_same_files(language: str) -> None:
    for kind in ("json", "md"):
        ours, theirs = files(language, kind), files("en", kind)
        assert {name: path.parent for name, path in ours.items()} == {name: p.parent for name, p in theirs.items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["json", "md"])
def test_every_file_of_text_has_a_name_of_its_own(language: str, kind: str) -> None:
    written = [path for path in PACKAGE.rglob(f"*.{kind}") if path.name.split(".")[-2] == language]
    assert written
    assert sorted(files(language, kind).values()) == sorted(written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_string_and_no_lesson_is_empty(language: str) -> None:
    assert [name for name, text in strings(language).items() if not text.strip()] == []
    for name in files(language, "md"):
        assert lesson(language, name).strip()


@pytest.mark.parametrize("language", OTHERS)
def test_korean_is_korean(language: str) -> None:
    hangul = re.compile("[가-힣]")
    for path in files(language, "md").values():
        assert hangul.search(path.read_text(encoding="utf-8")), path
    translated = [text for name, text in strings(language).items() if text != strings("en")[name]]
    assert len(translated) > 0.8 * len(strings("en"))


def test_every_string_that_code_asks_for_exists() -> None:
    assert called() - strings("en").keys() == set()
    assert "ui.empty" in called()  # the search finds something


def test_what_is_asked_for_by_a_made_up_name_exists() -> None:
    texts = Texts("en")
    assert all(texts(page.title) for page in PAGES)
    assert all(texts(f"examples.{name}") for name in EXAMPLES)


@pytest.mark.parametrize("view", ["lines", "headline"])
def test_every_string_that_a_view_of_start_asks_for_exists(view: str) -> None:
    modules = (ROOT / "attnviz" / "components" / view).glob("*.js")
    asked = {name for path in modules for name in re.findall(r"\btexts\.(\w+)", path.read_text(encoding="utf-8"))}
    group = Texts("en").group("lines" if view == "lines" else "start")
    assert asked
    assert asked - group.keys() == set()


def test_emphasis_closes_between_punctuation_and_a_particle() -> None:
    korean = Texts("ko")
    assert "‘**간다\\.**’\u2060의" in korean("position.verdict_same", word="간다\\.")
    assert "*길이 벌점*\u2060(brevity" in korean.group("quality")["product"]
    assert "\u2060" not in Texts("en")("position.verdict_same", word="go\\.")


def test_a_missing_string_is_an_error() -> None:
    with pytest.raises(KeyError):
        Texts("en")("start.no_such_string")
