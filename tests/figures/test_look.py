"""Figures and views read their colours from one file; the app's own theme, which only TOML can hold, has the same."""

import re
import tomllib
from pathlib import Path

import pytest

from attnviz.figures.look import PALETTE, Look

ROOT = Path(__file__).resolve().parents[2]
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_have_the_colours_of_the_palette(theme: str) -> None:
    look, palette = Look(dark=theme == "dark"), PALETTE[theme]
    for name, of_views in (
        ("weights", "weights"), ("signed", "signed"), ("ink", "ink"), ("line", "line"),
        ("ground", "ground"), ("mask", "mask"), ("accent", "accent"), ("wrong", "whatIf"),
    ):  # fmt: skip
        assert getattr(look, name) == palette[of_views], name
    assert list(look.series) == palette["heads"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_app_has_the_colours_of_the_palette(theme: str) -> None:
    options, palette = THEMES[theme], PALETTE[theme]
    for option, name in (
        ("primaryColor", "accent"), ("backgroundColor", "ground"), ("secondaryBackgroundColor", "panel"),
        ("textColor", "ink"), ("borderColor", "lineStrong"), ("dataframeBorderColor", "line"),
        ("orangeColor", "query"), ("greenColor", "key"), ("redColor", "whatIf"), ("redBackgroundColor", "whatIfTint"),
        ("violetBackgroundColor", "accentSoft"), ("grayColor", "muted"), ("chartCategoricalColors", "heads"),
    ):  # fmt: skip
        assert options[option] == palette[name], option


def test_both_themes_have_the_same_colours() -> None:
    assert PALETTE.keys() == {"light", "dark"}
    assert PALETTE["light"].keys() == PALETTE["dark"].keys()


def test_no_other_file_of_figures_and_views_has_colours_of_its_own() -> None:
    colour = re.compile(r"#[0-9A-Fa-f]{3,8}\b")
    allowed = {"#000000", "#FFFFFF"}  # text on a colour: whichever is easier to read
    files = [path for kind in ("py", "js", "css") for path in (ROOT / "attnviz").rglob(f"*.{kind}")]
    for path in (path for path in files if "__pycache__" not in path.parts):
        assert set(colour.findall(path.read_text(encoding="utf-8"))) <= allowed, path
