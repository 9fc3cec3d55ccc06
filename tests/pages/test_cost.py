"""What it costs through app.py: the concept's own numbers, sizes in the URL, questions that follow them."""

import re
from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attnviz.concepts.complexity import KINDS, MEASURED_AT, PRESETS, Sizes, cost, operations
from attnviz.lessons.cost.measured import FIT_FROM, measured, more_of_time
from attnviz.session.catalog import Texts
from attnviz.session.numerals import spoken
from tests import opened
from tests.opened import said

open_page = partial(opened.open_page, "cost")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_opens_with_table_1_in_numbers(language: str) -> None:
    app = open_page(lang=language)
    assert not app.info
    table = next(text.value for text in app.markdown if text.value.startswith("|"))
    for kind, row in zip(KINDS, table.splitlines()[2:], strict=True):
        found = cost(kind, Sizes(64, 512, 3, 16))
        assert Texts(language)(f"cost.{kind}") in row
        for number in (found.operations, found.sequential, found.path):
            assert f"**{spoken(number, language)}**" in row


def test_the_measured_numbers_are_the_servers_own() -> None:
    app = open_page()
    values, arrays = opened.only(app, "table")
    found = measured()  # kept for all users: the page shows the same
    assert values["rows"] == [str(n) for n in MEASURED_AT]
    np.testing.assert_allclose(arrays["values"][:, 0], 1000 * found.time, rtol=1e-5)
    np.testing.assert_allclose(arrays["values"][:, 2], found.memory / 2**20, rtol=1e-5)
    lawful = found.n >= FIT_FROM.default
    assert 3 <= lawful.sum() < len(found.n)  # where n^2 counts, not where a run costs the same whatever n is
    slope, whole = (np.polyfit(np.log(found.n[at]), np.log(found.time[at]), 1)[0] for at in (lawful, found.n > 0))
    assert f"**{slope:.2f}**" in said(app)
    assert (f"only {whole:.2f}" in said(app)) == (whole < slope - 0.005)
    slope = np.polyfit(np.log(found.n[3:]), np.log(found.memory[3:]), 1)[0]
    assert f"**{slope:.2f}**" in said(open_page(**{"measured": "memory", "from": "64"}))


def test_a_deep_link_is_restored() -> None:
    app = open_page(n="2048", d="12288", k="7", r="256", projections="on", ratio="1/8")
    assert [app.select_slider(key=name).value for name in "ndkr"] == [2048, 12288, 7, 256]
    assert app.toggle(key="projections").value is True
    assert f"**{spoken(operations('restricted', 2048, Sizes(2048, 12288, 7, 256), True), 'en')}**" in said(app)
    assert "8 times cheaper" in said(app)
    assert not app.info


def test_changes_are_written_to_the_url() -> None:
    app = open_page()
    app.select_slider(key="n").set_value(1024)
    app.select_slider(key="r").set_value(64)
    app.toggle(key="projections").set_value(True)
    app.button_group(key="ratio").set_value("1/2").run()
    assert {name: app.query_params[name] for name in ("n", "r", "projections", "ratio")} == {
        "n": "1024", "r": "64", "projections": "on", "ratio": "1/2",
    }  # fmt: skip
    app.button_group(key="cost_preset").set_value("gpt3").run()
    assert (app.query_params["n"], app.query_params["d"]) == tuple(str(size) for size in PRESETS["gpt3"])
    assert not app.exception


def test_a_size_between_two_stops_counts_as_shown() -> None:
    app = open_page(n="1000", d="600")
    assert [app.select_slider(key=name).value for name in "nd"] == [512, 512]
    assert spoken(operations("self_attention", 512, Sizes(512, 512, 3, 16)), "en") in said(app)


def test_nonsense_in_the_url_gives_the_defaults_and_a_notice() -> None:
    app = open_page(**{"n": "0", "d": "x", "k": "1", "r": "-5", "ratio": "9", "measured": "?", "from": "1e3"})
    assert all(f"{name}" in app.info[0].value for name in ("n", "d", "k", "r", "ratio", "measured", "from"))
    assert [app.select_slider(key=name).value for name in "ndkr"] == [64, 512, 3, 16]


@pytest.mark.parametrize(("ratio", "verdict"), [("1/2", "cheaper"), ("1", "equal"), ("4", "dearer")])
def test_the_mistake_holds_only_below_n_equal_d(ratio: str, verdict: str) -> None:
    app, texts = open_page(ratio=ratio), Texts("en")
    n = int(512 * (0.5 if ratio == "1/2" else int(ratio)))
    at = Sizes(n, 512, 3, 16)
    own, other = (spoken(operations(kind, n, at), "en") for kind in ("self_attention", "recurrent"))
    times = {"cheaper": "2", "equal": "1", "dearer": "4"}[verdict]
    assert texts(f"cost.ratio_{verdict}", n=f"{n:,}", d="512", own=own, other=other, times=times) in said(app)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_count_has_more_digits_than_people_say(language: str) -> None:
    app = open_page(lang=language, n="131072", d="16384", projections="on", ratio="64", answers="shown")
    figures = opened.charts(app)
    hovers = [str(text) for trace in figures["cost_curves"]["data"][:4] for text in trace["customdata"]]
    hovers += figures["cost_ratio"]["data"][0]["customdata"]
    told = " ".join([said(app), *hovers])
    assert not re.findall(r"\d{1,3}(?:,\d{3}){2,}", told)
    assert spoken(operations("self_attention", 131072, Sizes(131072, 16384, 3, 16)), language) in told


def asked(app: AppTest, name: str) -> Any:
    (found,) = [radio for radio in app.radio if radio.key and radio.key.startswith(f"cost_{name}_")]
    return found


@pytest.mark.parametrize(
    ("name", "options", "params", "answer"),
    [
        ("cheapest", [*KINDS, "tie"], {}, "restricted"),
        ("cheapest", [*KINDS, "tie"], {"r": "4096"}, "recurrent"),
        ("cheapest", [*KINDS, "tie"], {"r": "512"}, "tie"),
        ("cheapest_counted", [*KINDS, "tie"], {"projections": "on"}, "recurrent"),
        ("path", ["convolution", "restricted", "same"], {"r": "8"}, "convolution"),
        ("path", ["convolution", "restricted", "same"], {"r": "64"}, "restricted"),
        ("path", ["convolution", "restricted", "same"], {}, "same"),
        ("double", ["2", "4", "8"], {}, "4"),
        ("double_counted", ["2", "2.06", "4", "8"], {"projections": "on"}, "2.06"),
    ],
)
def test_every_question_is_answered_by_the_numbers(
    name: str, options: list[str], params: dict[str, str], answer: str
) -> None:
    app = open_page(**params)
    assert len(asked(app, name).options) == len(options)
    for option in [answer, *(option for option in options if option != answer)][:2] if params else options:
        asked(app, name).set_value(option).run()
        (told,) = app.success if option == answer else app.error
        assert any(character.isdigit() for character in told.value)


def test_what_is_said_of_the_exponent_follows_from_it() -> None:
    assert more_of_time(1.95, 0.98) == ["time_whole_less"]
    assert more_of_time(2.1, 2.1) == ["time_above"]
    assert more_of_time(2.1, 1.2) == ["time_whole_less", "time_above"]
    assert more_of_time(1.9, 1.9) == more_of_time(1.9, 1.95) == []


def test_the_law_itself_is_steeper_where_it_is_fitted() -> None:
    sizes = Sizes(512, 192, 3, 16)
    law = np.array([operations("self_attention", n, sizes, True) for n in MEASURED_AT])
    fixed = law + law[-4]  # and what every run costs
    at = np.array(MEASURED_AT) >= FIT_FROM.default
    slope = [np.polyfit(np.log(np.array(MEASURED_AT)[used]), np.log(fixed[used]), 1)[0] for used in (at, at | True)]
    assert slope[0] > slope[1] + 0.3
