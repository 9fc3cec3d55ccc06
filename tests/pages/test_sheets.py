"""Exercises on paper: worksheet and key of one seed hold the same numbers, and the key's are right."""

import re
from html import unescape
from typing import Any

import numpy as np
import pytest

from attnviz.concepts.exercises import MOST_SEED, TOPICS, Topic, exercise
from attnviz.lessons.course.sheets import cells, sheet
from attnviz.session.catalog import LANGUAGES, Texts
from attnviz.session.paper import address, qr_code
from tests.opened import open_page, said

LINK = "https://school.example/attn/course?lang=en&sheet_seed=7&to=section_paper"


def read(html: str) -> dict[str, list[list[str]]]:
    """The matrices of a sheet as it is printed; a name that stands twice is kept in order."""
    found: dict[str, list[list[str]]] = {}
    for name, body in re.findall(r'<table data-matrix="(\w+)">(.*?)</table>', html, re.DOTALL):
        rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]
        found[f"{name}_2" if name in found else name] = rows
    return found


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def matrix(rows: list[list[str]]) -> np.ndarray:
    return np.array([[number(cell) for cell in row] for row in rows])


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores)  # small numbers: nothing has to be taken away first
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def solved(topic: Topic, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All answers of a sheet by plain NumPy, from nothing but what is printed as given."""
    if topic == "masking":
        scores, mask = given["scores"], given["mask"]
        masked = np.where(mask == 1, scores, -np.inf)
        powers = np.exp(masked - masked.max(1, keepdims=True))
        late = softmax(scores) * mask
        return {
            "masked_scores": masked,
            "exponentials": powers,
            "exponential_sums": powers.sum(1, keepdims=True),
            "weights": softmax(masked),
            "late": late,
            "late_sums": late.sum(1, keepdims=True),
        }
    if topic == "softmax":
        s = given["scores"]
        one, two = np.exp(s - s.max()), np.exp((s - s.max()) / 2)
        return {
            "exponentials": one,
            "exponential_sums": one.sum(1, keepdims=True),
            "weights": softmax(s),
            "halved": s / 2,
            "exponentials_2": two,
            "exponential_sums_2": two.sum(1, keepdims=True),
            "weights_2": softmax(s / 2),
            "shifted": s + 10,
            "shifted_weights": softmax(s),
        }
    if topic == "position":
        p = np.arange(3.0)
        waves = np.stack([np.sin(p), np.cos(p), np.sin(p / 100), np.cos(p / 100)], axis=1)
        return {"encoding": waves, "sums": given["embeddings"] + waves, "products": waves @ waves.T}
    if topic == "block":
        x = given["inputs"]
        rows = np.array([[row.sum() / 4, ((row - row.sum() / 4) ** 2).sum() / 4] for row in x])
        columns = np.array([[c.sum() / 3, ((c - c.sum() / 3) ** 2).sum() / 3] for c in x.T]).T
        return {
            "row_moments": rows,
            "layer": (x - rows[:, :1]) / np.sqrt(rows[:, 1:]),
            "column_moments": columns,
            "batch": (x - columns[0]) / np.sqrt(columns[1]),
        }
    states, state = given["encoder_states"], given["state"]
    scores = np.array([[sum(a * b for a, b in zip(row, state[0], strict=True)) for row in states]])
    powers = np.exp(scores - scores.max())
    value = sum(share * row for share, row in zip(softmax(scores)[0], states, strict=True))
    return {
        "scores": scores,
        "exponentials": powers,
        "exponential_sums": powers.sum(1, keepdims=True),
        "weights": softmax(scores),
        "attention_value": np.asarray(value)[None],
        "concat": np.concatenate([np.asarray(value)[None], state], axis=1),
    }


@pytest.mark.parametrize("topic", TOPICS)
def test_a_key_answers_its_worksheet(topic: Topic) -> None:
    for seed in range(0, 100):
        asked = exercise(topic, seed)
        language = list(LANGUAGES)[seed % 2]
        paper, key = (read(sheet(Texts(language), asked, LINK, answers=answers)) for answers in (False, True))
        assert paper.keys() == key.keys()
        given = {name: matrix(paper[name]) for name in asked.given}
        assert all(paper[name] == key[name] for name in asked.given)
        wanted = solved(topic, given)
        assert wanted.keys() | asked.given.keys() == key.keys()
        for name, right in wanted.items():
            assert all(cell == "" for row in paper[name] for cell in row)
            np.testing.assert_allclose(matrix(key[name]), right, atol=0.005 + 3e-5, err_msg=f"{topic} {seed} {name}")


@pytest.mark.parametrize("topic", TOPICS)
def test_seeds_make_other_sheets_and_the_same_seed_the_same(topic: Topic) -> None:
    printed = [sheet(Texts("en"), exercise(topic, seed), LINK, answers=False) for seed in (3, 3, 4)]
    assert printed[0] == printed[1] != printed[2]
    for seed in (-1, MOST_SEED + 1):
        with pytest.raises(ValueError, match="a seed is"):
            exercise(topic, seed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_address_stands_on_both_in_full_and_as_a_code(language: str) -> None:
    for answers in (False, True):
        html = sheet(Texts(language), exercise("rnn", 7), LINK, answers=answers)
        assert f"<code>{LINK}</code>" in unescape(html)
        assert qr_code(LINK) in html
        assert not re.search(r"<(script|link|img)|src=", html)  # it needs nothing else


def test_an_address_is_whole_under_any_proxy() -> None:
    query = {"lang": "ko", "sheet_seed": "3"}
    for page, start in {
        "http://10.0.0.5:8501/course?lang=en&text=x": "http://10.0.0.5:8501",
        "https://school.example/attn/course": "https://school.example/attn",
        "https://school.example/course/": "https://school.example",
        None: "",
    }.items():
        assert address(page, "course", query) == f"{start}/course?lang=ko&sheet_seed=3"


def test_numbers_are_whole_where_all_are() -> None:
    assert cells(np.array([[1.0, -2.0], [-np.inf, 0.0]])) == [["1", "−2"], ["−∞", "0"]]
    assert cells(np.array([[1.0, -0.001]])) == [["1.00", "0.00"]]


def test_the_course_offers_five_sheets_with_their_keys() -> None:
    app: Any = open_page("course", sheet_seed="12")
    assert app.number_input(key="sheet_seed").value == 12
    buttons = [element.proto.id for element in app.get("download_button")]
    assert len([one for one in buttons if "sheet_" in one]) == 2 * len(TOPICS)
    assert all(Texts("en")(f"course_sheet.{topic}_title") in said(app) for topic in TOPICS)
