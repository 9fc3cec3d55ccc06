"""Every model of the table has its strings, in every language, and no string is left of a model that went."""

import pytest

from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.naming import Form, named
from attnviz.trace import models
from attnviz.trace.models import MODELS, ModelRow


def wanted(row: ModelRow) -> set[str]:
    """The strings that pages ask for: a model to choose is spoken of, a translator stands in a table."""
    forms = ("menu", "subject", "view", "does") * bool(row.parts) + ("table",) * row.translates
    return {f"{row.name}_{form}" for form in forms}


def missing(rows: tuple[ModelRow, ...], language: str) -> set[str]:
    return {name for row in rows for name in wanted(row)} - Texts(language).group("models").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_model_has_all_its_strings_and_nothing_else_has_any(language: str) -> None:
    assert missing(MODELS, language) == set()
    left = Texts(language).group("models").keys() - {name for row in MODELS for name in wanted(row)}
    assert {name.rpartition("_")[0] for name in left} == {"any"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_without_strings_is_told_of(language: str) -> None:
    assert missing((ModelRow("bert", "encoder"),), language) == {
        "bert_menu", "bert_subject", "bert_view", "bert_does"
    }  # fmt: skip


@pytest.mark.parametrize("form", ["menu", "subject", "view", "does", "table"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_servers_own_model_is_called_by_its_name(language: str, form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MODELS", (*MODELS, ModelRow("my-bert", "encoder", "hf:./folder")))
    assert "my-bert" in named(Texts(language), "my-bert", form)
