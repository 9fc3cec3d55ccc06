"""Every term leads to a page that exists and to a name that exists in the library."""

import csv
import importlib
from pathlib import Path
from typing import Any

import pytest

from attnviz.session import glossary as module
from attnviz.session.glossary import Term, glossary
from attnviz.session.pages import PAGES


@pytest.mark.parametrize("term", glossary(), ids=lambda term: term.en)
def test_a_term_is_whole(term: Term) -> None:
    assert term.en
    assert term.ko
    assert term.page in {page.route for page in PAGES}
    assert term.symbol.count("$") in (0, 2)
    if term.api:
        parts = term.api.split(".")
        home = next(name for n in range(len(parts) - 1, 0, -1) if _exists(name := ".".join(parts[:n])))
        found: Any = importlib.import_module(home)
        for part in parts[len(home.split(".")) :]:
            fields = getattr(found, "__dataclass_fields__", {})
            assert hasattr(found, part) or part in fields, f"{term.api} does not exist"
            found = getattr(found, part, None)


def _exists(module: str) -> bool:
    return (
        importlib.util.find_spec(module.rsplit(".", 1)[0]) is not None
        and (Path(__file__).resolve().parents[2] / (module.replace(".", "/") + ".py")).is_file()
    )


def test_terms_are_unique() -> None:
    assert len({term.en for term in glossary()}) == len(glossary()) > 40


def test_a_search_finds_both_languages_and_code() -> None:
    for wanted in ("쿼리", "QUERY", "Attention.query"):
        assert any(term.matches(wanted) and term.en == "query" for term in glossary())
    assert not any(term.matches("no such term") for term in glossary())


def test_no_cell_breaks_the_table() -> None:
    with Path(module.__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {6}
    assert not any("|" in cell or "\n" in cell for row in rows for cell in row)
