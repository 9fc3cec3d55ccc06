"""The colours of figures, views and the app's own theme are the same: they are written in three places."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from attnviz.figures.look import Look

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "attnviz" / "components" / "shared.js"
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def palette(theme: str) -> dict[str, object]:
    """One theme's colours in shared.js, by name."""
    source = SHARED.read_text(encoding="utf-8")
    (block,) = re.findall(rf"^  {theme}: \{{\n(.*?)^  \}},$", source, re.MULTILINE | re.DOTALL)
    return {name: json.loads(value) for name, value in re.findall(r'(\w+): (\[[^\]]*\]|"#[0-9A-F]{6}")', block)}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_and_views_have_the_same_colours(theme: str) -> None:
    look, of_views = Look(dark=theme == "dark"), palette(theme)
    for name, of_view in (
        ("weights", "weights"), ("signed", "signed"), ("ink", "ink"), ("line", "line"),
        ("ground", "ground"), ("mask", "mask"), ("accent", "accent"), ("wrong", "whatIf"),
    ):  # fmt: skip
        assert getattr(look, name) == of_views[of_view], name
    assert list(look.series) == of_views["heads"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_app_has_the_colours_of_its_views(theme: str) -> None:
    options, of_views = THEMES[theme], palette(theme)
    for option, name in (
        ("primaryColor", "accent"), ("backgroundColor", "ground"), ("secondaryBackgroundColor", "panel"),
        ("textColor", "ink"), ("borderColor", "lineStrong"), ("dataframeBorderColor", "line"),
        ("orangeColor", "query"), ("greenColor", "key"), ("redColor", "whatIf"), ("redBackgroundColor", "whatIfTint"),
        ("violetBackgroundColor", "accentSoft"), ("grayColor", "muted"), ("chartCategoricalColors", "heads"),
    ):  # fmt: skip
        assert options[option] == of_views[name], option
