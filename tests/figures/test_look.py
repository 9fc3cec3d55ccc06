"""Figures and views read their colours from one file; the app's own theme, which only TOML can hold, has the same."""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

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
    assert list(look.series) == palette["series"]
    assert list(look.heads) == palette["heads"]


_TO_LMS = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]])  # Ottosson, 2020
_TO_LAB = np.array([[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
_SEEN_BY = {  # Machado, Oliveira and Fernandes, 2009: on linear light, of those who lack a kind of cones
    "all": np.eye(3),
    "protan": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deutan": np.array([[0.367, 0.861, -0.228], [0.28, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
}


def light(colour: str) -> NDArray[np.float64]:
    """Red, green and blue of ``#RRGGBB`` as linear light, 0 to 1."""
    value = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast of WCAG, 1 to 21."""
    low, high = sorted(float(light(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def apart(one: str, other: str, seen_by: str = "all") -> float:
    """Distance in OKLab, where black and white are 1 apart."""
    first, second = (_TO_LAB @ np.cbrt(_TO_LMS @ np.clip(_SEEN_BY[seen_by] @ light(c), 0, 1)) for c in (one, other))
    return float(np.linalg.norm(first - second))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_series_are_read_easily_told_apart_and_taken_for_nothing_else(theme: str) -> None:
    palette = PALETTE[theme]
    series = palette["series"]
    means = [*palette["heads"], *(palette[name] for name in ("query", "key", "value", "accent", "whatIf"))]
    for colour in series:
        assert min(contrast(colour, palette[ground]) for ground in ("ground", "panel")) >= 3, colour
        assert min(apart(colour, other) for other in means) >= 0.06, colour
    for seen_by in _SEEN_BY:
        assert min(apart(one, other, seen_by) for one, other in combinations(series, 2)) >= 0.12, seen_by


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_head_has_the_colour_of_queries_or_keys(theme: str) -> None:
    palette = PALETTE[theme]
    for head in palette["heads"]:
        assert min(contrast(head, palette[ground]) for ground in ("ground", "panel")) >= 3, head
        assert min(apart(head, palette[role]) for role in ("query", "key")) >= 0.05, head
    assert min(apart(one, other) for one, other in combinations(palette["heads"], 2)) >= 0.13


def test_colours_of_heads_and_roles_are_asked_for_by_those_who_draw_them() -> None:
    asks = re.compile(r"\b(?:seen|drawn|drawn_as|look)\.heads\b")
    lessons = (ROOT / "attnviz" / "lessons").rglob("*.py")
    found = {path.parent.name for path in lessons if asks.search(path.read_text(encoding="utf-8"))}
    assert found == {"multi_head"}  # a bar a head, and a head's own matrix


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_app_has_the_colours_of_the_palette(theme: str) -> None:
    options, palette = THEMES[theme], PALETTE[theme]
    for option, name in (
        ("primaryColor", "accent"), ("backgroundColor", "ground"), ("secondaryBackgroundColor", "panel"),
        ("textColor", "ink"), ("borderColor", "lineStrong"), ("dataframeBorderColor", "line"),
        ("orangeColor", "query"), ("greenColor", "key"), ("redColor", "whatIf"), ("redBackgroundColor", "whatIfTint"),
        ("violetBackgroundColor", "accentSoft"), ("grayColor", "muted"), ("chartCategoricalColors", "series"),
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
