"""By hand through app.py, and its worksheet, answer key and CSV against an independent recomputation."""

import csv
import io
from collections.abc import Callable
from functools import partial
from html import unescape
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from attnviz.concepts.softmax import weigh
from attnviz.concepts.worked_example import Given, with_queries_times, without, work
from attnviz.concepts.worked_presets import PRESETS, PresetName, preset
from attnviz.lessons.by_hand import matrices
from attnviz.lessons.by_hand.state import BOUND, cells, numbers
from attnviz.lessons.by_hand.worksheet import DIGITS, numbers_csv, sheet
from attnviz.session.catalog import Texts
from attnviz.session.paper import address
from tests import opened
from tests.opened import said

WORDS = ["I", "go", "home"]
STEPS = ("query", "key", "value", "scores", "scaled_scores", "masked_scores", "weights", "head_output")
open_page = partial(opened.open_page, "by-hand")


def param(app: AppTest, name: str) -> str | None:
    """One value of the URL; a test may have written a string, the app a list of them."""
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def under(app: AppTest, key: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the equation under this title was sent: its items by name, and its arrays."""
    title = Texts(param(app, "lang") or "")(f"by_hand.{key}_title")
    ((values, arrays),) = [message for message in opened.sent(app) if message[0]["label"] == title]
    return {item.get("name", ""): item for item in values["items"]}, arrays


# ---- the page


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_example_in_both_languages_shows_the_concepts_own_numbers(name: PresetName, language: str) -> None:
    app = open_page(preset=name, show="all", lang=language, seed="7")
    worked = work(preset(name, 7).given)
    for key, names in {
        "overview": ("inputs", "weights", "value", "head_output"),
        "query": ("inputs", "W_Q", "query"),
        "key": ("W_K", "key"),
        "value": ("W_V", "value"),
        "scores": ("query", "scores"),
        "scaled": ("scores", "scaled_scores"),
        "masked": ("scaled_scores", "mask", "masked_scores"),
        "softmax": ("masked_scores", "weights"),
        "output": ("weights", "value", "head_output"),
        "whole": ("masked_scores", "weights", "wrong_weights"),
    }.items():
        items, arrays = under(app, key)
        assert set(names) <= set(items)
        for matrix in names:
            if key == "scores" and matrix == "key":
                continue
            holder = worked.given if hasattr(worked.given, matrix) else worked
            expected = weigh(worked.masked_scores, "all") if matrix == "wrong_weights" else getattr(holder, matrix)
            np.testing.assert_allclose(arrays[matrix], expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(under(app, "scores")[1]["key"], worked.key.T)
    if source := preset(name, 7).source:
        assert source in said(app)


def test_one_word_shows_the_same_numbers_as_its_row_of_all() -> None:
    one, everything = open_page(row="2"), open_page(show="all")
    for key, name in (("query", "inputs"), ("query", "query"), ("scores", "scores"), ("masked", "mask")):
        np.testing.assert_array_equal(under(one, key)[1][name], under(everything, key)[1][name][1:2])
    assert under(one, "softmax")[0]["weights"]["rows"] == ["go"]
    assert under(one, "query")[0]["query"]["symbol"] == "q"
    np.testing.assert_array_equal(under(one, "overview")[1]["weights"], under(everything, "overview")[1]["weights"])


def test_a_deep_link_restores_every_edit() -> None:
    app = open_page(
        show="all", x="1,0,2_0,-2.5,1_2,1,0", wq="0,0,0,0_1,0,1,-1_0,1,1,0", mask="100_110_111", scaled="off",
        words="one two three",
    )  # fmt: skip
    assert not app.info
    items, arrays = under(app, "overview")
    given = preset("lecture").given
    W_Q = given.W_Q.copy()
    W_Q[0] = 0
    edited = Given(
        np.array([[1, 0, 2], [0, -2.5, 1], [2, 1, 0]]), W_Q, given.W_K, given.W_V, np.tri(3).astype(bool), False
    )
    np.testing.assert_allclose(arrays["head_output"], work(edited).head_output, rtol=1e-6)
    assert items["weights"]["rows"] == ["one", "two", "three"]
    np.testing.assert_array_equal(under(app, "scaled")[1]["scaled_scores"], under(app, "scores")[1]["scores"])
    assert app.toggle(key="scaled").value is False


NONSENSE = {
    "x": ["", "1", "1,0_0,2", "1,0,2_0,2,1_2,1,nan", "1,0,2_0,2,1_2,1,inf", "1,0,2_0,2,1_2,1,1e9",
          "1,0,2_0,2,1_2,1,100",
          "1,0,2_0,2,1_2,1,0_1,1,1", "1,0,2_0,2,1_2,1,", "1,0,2_0,2,1_2,1,٣", "1,0,2_0,2,1_2,1,0.12345", "0," * 300,
          "1,0,2_0,2,1_2,1,+1", "1,0,2_0,2,1_2,1, 1", "1,0,2_0,2,1_2,1,99.5"],
    "wq": ["1,0,2_0,2,1_2,1,0", "<script>"],
    "mask": ["111_111", "111_111_112", "111_111_111_111", "1" * 5000, "11_11", "111,111,111", "\n111_111_111"],
    "seed": ["-1", "10000", "1.5", "x"],
    "preset": ["best", "../../etc"],
    "row": ["0", "4", "1e0"],
    "scaled": ["yes"],
    "words": ["x" * 401],
    "show": ["some"],
    "over": ["row"],
    "rows": ["1", "9"],
}  # fmt: skip


@pytest.mark.parametrize("number", range(3))
def test_nonsense_in_the_url_is_the_default_and_is_told(number: int) -> None:
    broken = {name: values[number] for name, values in NONSENSE.items() if number < len(values)}
    app = open_page(**broken)
    told = app.info[0].value.partition("(")[2].partition(")")[0].split(", ")
    assert set(told) == set(broken)
    plain = work(preset("lecture").given)
    np.testing.assert_allclose(under(app, "overview")[1]["head_output"], plain.head_output, rtol=1e-6)


@pytest.mark.parametrize("value", NONSENSE["x"])
def test_a_matrix_is_read_strictly(value: str) -> None:
    assert numbers("x", preset("lecture").given.inputs).read(value) is None


@pytest.mark.parametrize("value", NONSENSE["mask"])
def test_a_mask_is_read_strictly(value: str) -> None:
    assert cells("mask", preset("lecture").given.mask).read(value) is None


def test_a_matrix_survives_the_url() -> None:
    setting = numbers("x", np.zeros((2, 2)))
    rows = ((-BOUND, 0.1234), (float(BOUND), -0.0001))
    assert setting.read(setting.write(rows)) == rows
    assert setting.write(((-0.0, 1.0), (2.0, 3.50))) == "0,1_2,3.5"


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return button.click().run()


def test_an_edited_cell_writes_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    edits = {
        "first": ("by_hand_query", "inputs", 0, 1, -3.0),
        "projection": ("by_hand_key", "W_K", 2, 3, 0.25),
        "mask": ("by_hand_masked", "mask", 0, 2, 0.0),
        "too large": ("by_hand_value", "W_V", 0, 0, 100.0),
        "back": ("by_hand_overview", "inputs", 1, 1, 2.0),
    }

    def fake(key: str, *_: object, on_edit: Callable[[str, int, int, float], None], **__: object) -> None:
        for label, (where, *edit) in edits.items():
            if key == where:
                streamlit.button(label, on_click=on_edit, args=edit)

    monkeypatch.setattr(matrices, "equation", fake)
    app = open_page(row="2")
    app = press(app, "first")  # the only row on screen is that of the second word
    assert param(app, "x") == "1,0,2_0,-3,1_2,1,0"
    app = press(app, "projection")
    assert param(app, "wk") == "-1,-1,1,-1_0,1,1,1_0,0,0,0.25"
    app = press(app, "mask")
    assert param(app, "mask") == "111_110_111"
    app = press(app, "too large")
    assert "wv" not in app.query_params
    app = press(app, "back")
    assert "x" not in app.query_params  # the example's own number again
    app.button(key="reset").click().run()
    assert set(app.query_params) == {"lang", "row", "answers"}


def test_another_example_forgets_what_was_changed() -> None:
    app = open_page(x="1,0,2_0,9,1_2,1,0", words="a b c", scaled="off")
    app.selectbox(key="preset").set_value("random").run()
    assert not app.info
    assert {"x", "words", "scaled"}.isdisjoint(app.query_params)
    first = under(app, "overview")[1]["inputs"]
    app.button(key="next_seed").click().run()
    assert param(app, "seed") == "2"
    assert (under(app, "overview")[1]["inputs"] != first).any()
    app.toggle(key="scaled").set_value(False).run()
    assert param(app, "scaled") == "off"
    app.text_input(key="words").set_value("only two").run()
    assert under(app, "overview")[0]["weights"]["rows"] == ["only", "two", "home"]
    assert "you typed 2" in said(app)


def test_a_row_that_may_look_at_nothing_is_explained() -> None:
    app = open_page(mask="111_000_111", show="all", row="2")
    weights = under(app, "overview")[1]["weights"]
    assert np.isnan(weights[1]).all()
    np.testing.assert_allclose(weights[[0, 2]].sum(axis=1), 1, rtol=1e-6)
    assert all("**go** (2)" in warning.value for warning in app.warning)
    assert len(app.warning) == 2
    assert len(open_page(mask="000_000_000").radio) == 0  # nothing to ask


@pytest.mark.parametrize("language", ["en", "ko"])
def test_awkward_words_stay_literal(language: str) -> None:
    app = open_page(words="<script>alert(1)</script> =1+1 **집**", lang=language)
    names = under(app, "overview")[0]["weights"]["rows"]
    assert names == ["<script>alert(1)", "=1+1", "**집**"]
    assert "<script>" not in said(app)
    assert not any(element.proto.allow_html for element in app.markdown)
    dark = open_page(words="a\u202eb c\x00d\te", lang=language)
    assert under(dark, "overview")[0]["weights"]["rows"] == ["ab", "c", "d"]


def test_each_wrong_softmax_is_shown_with_its_sums() -> None:
    given = preset("lecture").given
    for over in ("all", "column"):
        app = open_page(over=over)
        wrong = weigh(work(given).masked_scores, over)
        np.testing.assert_allclose(under(app, "whole")[1]["wrong_weights"], wrong, rtol=1e-6)
        assert under(app, "whole")[0]["wrong_weights"]["how"]["over"] == over
        assert "I {:.2f}, go {:.2f}, home {:.2f}".format(*wrong.sum(axis=1)) in said(app)


def test_only_the_right_shape_of_a_projection_makes_a_product() -> None:
    for rows, verdict in (("2", "no partner"), ("3", "It fits"), ("4", "no partner"), ("5", "no partner")):
        app = open_page(rows=rows)
        assert verdict in said(app)
        formula = app.latex[-1].value
        assert (r"\Sigma = 0" in formula) == (rows == "3")  # the first number of the first query
        assert formula.count("?") == (0 if rows == "3" else 1 + 2 * abs(int(rows) - 3))


# ---- the questions


def answers(app: AppTest, question: str) -> dict[str, bool]:
    """Choose every answer of one question in turn: whether each was called right."""
    found = {}
    (radio,) = [radio for radio in app.radio if radio.key.startswith(f"by_hand_{question}_")]
    for label in list(radio.options):
        index = radio.options.index(label)
        app.radio(key=radio.key).set_value(_names(app, radio.key)[index]).run()
        assert not app.exception
        assert len(app.success) + len(app.error) == 1
        assert len((app.success or app.error)[0].value) > 20  # and told why
        found[label] = bool(app.success)
    return found


def _names(app: AppTest, key: str) -> list[Any]:
    return list(app.radio(key=key).options)


@pytest.mark.parametrize("params", [{}, {"row": "3"}, {"preset": "random", "seed": "5", "row": "2"}])
def test_the_hidden_word_is_asked_for_by_computing(params: dict[str, str]) -> None:
    given = preset(params.get("preset", "lecture"), 5).given  # type: ignore[arg-type]
    row = int(params.get("row", "1")) - 1
    best = int(work(given).weights[row].argmax())
    after = without(given, row, best).weights[row]
    right = int(after.argmax())
    found = answers(open_page(**params), "hidden")
    assert [label for label, is_right in found.items() if is_right] == [f"{WORDS[right]} (word {right + 1})"]
    assert len(found) == 4


def test_a_tie_is_the_answer_where_the_scores_are_equal() -> None:
    found = answers(open_page(preset="tril_average", row="3"), "hidden")
    assert found["At several words equally"] and sum(found.values()) == 1
    found = answers(open_page(preset="tril_average", row="3"), "double")
    assert found["It stays the same"] and sum(found.values()) == 1


def test_doubled_queries_and_the_row_sum_are_computed() -> None:
    given = preset("lecture").given
    app = open_page()
    found = answers(app, "double")
    rises = with_queries_times(given, 2).weights[0].max() > work(given).weights[0].max()
    assert found["It rises"] == rises and sum(found.values()) == 1
    total = weigh(work(given).masked_scores, "all")[0].sum()
    found = answers(open_page(), "rowsum")
    assert [label for label, is_right in found.items() if is_right] == [f"{total:.2f}"]
    other = weigh(work(given).masked_scores, "all")[1].sum()
    found = answers(open_page(row="2"), "rowsum")
    assert [label for label, is_right in found.items() if is_right] == [f"{other:.2f}"]
    assert f"{other:.2f}" != f"{total:.2f}"


# ---- worksheet, answer key, CSV


class Tables(HTMLParser):
    """The tables of a sheet by name, as text; blanks are empty."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cell = False
        self.body = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        self.tags.append((tag, known))
        if tag == "table":
            self.rows = self.found[known["data-matrix"] or ""] = []
        self.body = tag == "tbody" or (self.body and tag != "table")
        if tag == "tr" and self.body:
            self.rows.append([])
        self.cell = tag == "td" and self.body
        if self.cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.body = self.body and tag != "tbody"
        self.cell = self.cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data.strip()


def as_numbers(rows: list[list[str]]) -> np.ndarray:
    plain = {"−∞": -np.inf, "×": np.nan}
    return np.array(
        [[plain.get(cell) if cell in plain else float(cell.replace("−", "-")) for cell in row] for row in rows]
    )


def recomputed(
    x: np.ndarray, wq: np.ndarray, wk: np.ndarray, wv: np.ndarray, mask: np.ndarray
) -> dict[str, np.ndarray]:
    """Attention written anew in NumPy, from the matrices on the sheet alone."""
    query, key, value = x @ wq, x @ wk, x @ wv
    scores = np.einsum("id,jd->ij", query, key)
    scaled = scores / wq.shape[1] ** 0.5
    masked = np.where(mask == 1, scaled, -np.inf)
    powers = np.exp(masked - masked.max(axis=1, keepdims=True))
    sums = powers.sum(axis=1, keepdims=True)
    weights = powers / sums
    return {
        "query": query, "key": key, "value": value, "scores": scores, "scaled_scores": scaled, "masked_scores": masked,
        "exponentials": powers, "exponential_sums": sums, "weights": weights, "head_output": weights @ value,
    }  # fmt: skip


def csv_matrices(text: str) -> dict[str, dict[tuple[str, str], float]]:
    found: dict[str, dict[tuple[str, str], float]] = {}
    for line in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))):
        if line["matrix"] == "about":
            continue
        found.setdefault(line["matrix"], {})[line["row"], line["column"]] = float(line["value"])
    return found


def test_the_answer_key_is_an_independent_recomputation_for_200_examples() -> None:
    texts = Texts("en")
    generator = np.random.default_rng(0)
    for seed in range(200):
        given = preset("random", seed).given
        mask = np.tri(3, dtype=bool) if seed % 2 else generator.random((3, 3)) < 0.7
        mask[np.arange(3), np.arange(3)] = True
        worked = work(Given(given.inputs, given.W_Q, given.W_K, given.W_V, mask))
        about = f"random, seed {seed}"
        key = Tables(sheet(texts, worked, WORDS, about, "/by-hand", answers=True)).found
        start = [as_numbers(key[name]) for name in ("inputs", "W_Q", "W_K", "W_V", "mask")]
        expected = recomputed(*start)
        for name, values in expected.items():
            shown = as_numbers(key[name])
            assert shown.shape == values.shape
            infinite = np.isneginf(values)
            np.testing.assert_array_equal(np.isneginf(shown), infinite)
            assert (np.abs(shown[~infinite] - values[~infinite]) <= 0.5 * 10**-DIGITS + 1e-9).all(), (seed, name)
        lines = csv_matrices(numbers_csv(worked, WORDS))
        for name, values in expected.items():
            finite = values[np.isfinite(values)]
            np.testing.assert_allclose(list(lines[name].values()), finite, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_worksheet_and_key_agree_and_the_worksheet_holds_no_answer(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, tuple[str, str]] = {}

    def keep(label: str, data: Callable[[], str], *, file_name: str, key: str, **_: object) -> None:
        files[key] = file_name, data()

    monkeypatch.setattr(streamlit, "download_button", keep)
    app = open_page(preset="random", seed="12", lang=language, wv="1,0,2,0_0,1,0,1_1,1,0,0")
    monkeypatch.undo()
    (_, paper), (_, key), (name, table) = (files[f"file_{kind}"] for kind in ("worksheet", "key", "numbers"))
    assert name == "attnviz-random-12-edited-numbers.csv"
    left_out = Texts(language)("by_hand_sheet.left_out", words="|").split("|")[1]
    assert all(left_out in unescape(file) for file in (paper, key, table))
    blank, filled = Tables(paper).found, Tables(key).found
    assert list(blank) == list(filled)
    for name in ("inputs", "W_Q", "W_K", "W_V", "mask"):
        assert blank[name] == filled[name] and all(cell for row in blank[name] for cell in row)
    for name in recomputed(*(as_numbers(filled[name]) for name in ("inputs", "W_Q", "W_K", "W_V", "mask"))):
        assert all(cell == "" for row in blank[name] for cell in row)
        assert all(cell for row in filled[name] for cell in row)
        assert [len(row) for row in blank[name]] == [len(row) for row in filled[name]]
    texts = Texts(language)
    about = texts(
        "by_hand.about_edited", example=texts("by_hand.about_seed", example=texts("by_hand.preset_random"), seed=12)
    )
    rounding = texts("by_hand_sheet.rounding", digits=DIGITS)
    for html in (paper, key):
        assert about in html and rounding in html and f'lang="{language}"' in html
        assert "seed=12" in html and "wv=1,0,2,0_0,1,0,1_1,1,0,0" in html  # the link opens the same example
    np.testing.assert_allclose(as_numbers(filled["W_V"]), under(app, "value")[1]["W_V"])
    assert table.startswith("\ufeffmatrix,row,column,value")


def test_the_sheets_need_nothing_from_outside() -> None:
    html = sheet(Texts("ko"), work(preset("lecture").given), WORDS, "x", "/by-hand", answers=False)
    tags = Tables(html).tags
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "form"}
    assert not [
        name for _, attributes in tags for name in attributes if name in ("src", "href") or name.startswith("on")
    ]
    assert "http" not in html.replace("http-equiv", "") and "url(" not in html and "@import" not in html
    assert "size: A4" in html


@pytest.mark.parametrize("answers", [True, False])
def test_words_are_literal_on_paper_and_in_the_csv(answers: bool) -> None:
    words = ["<script>alert(1)</script>", "=1+1", '집에"a,b']
    worked = work(preset("lecture").given)
    html = sheet(Texts("en"), worked, words, "<b>about</b>", "/by-hand?words=<i>", answers)
    assert "<script" not in html and "<b>about" not in html and "<i>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "집에" in html and "1+1" in html
    lines = list(csv.reader(io.StringIO(numbers_csv(worked, words))))
    labels = {cell for line in lines[1:] for cell in line[1:3]}
    assert {"1 <script>alert(1)</script>", "2 =1+1", '3 집에"a,b'} <= labels
    assert not [label for label in labels if label[0] in "=+-@\t\r"]


def test_what_does_not_exist_is_marked_on_the_key_and_absent_from_the_csv() -> None:
    given = preset("lecture").given
    mask = np.array([[1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=bool)
    worked = work(Given(given.inputs, given.W_Q, given.W_K, given.W_V, mask))
    key = Tables(sheet(Texts("en"), worked, WORDS, "x", "/", answers=True)).found
    assert key["weights"][1] == ["×"] * 3 and key["head_output"][1] == ["×"] * 4
    assert key["masked_scores"][0][2] == "−∞"
    lines = csv_matrices(numbers_csv(worked, WORDS))
    assert ("1 I", "3 home") not in lines["masked_scores"]
    assert not [place for place in lines["weights"] if place[0] == "2 go"]
    assert lines["weights"]["1 I", "3 home"] == 0


@pytest.mark.parametrize("name", ["ch03_simple", "ch03_causal_mask", "tril_average"])
def test_published_examples_fit_on_paper_too(name: str) -> None:
    example = preset(name)  # type: ignore[arg-type]
    worked = work(example.given)
    words = example.words or WORDS
    key = Tables(sheet(Texts("en"), worked, words, name, "/", answers=True)).found
    np.testing.assert_array_equal(as_numbers(key["inputs"]), example.given.inputs)
    np.testing.assert_array_equal(as_numbers(key["W_Q"]), example.given.W_Q)
    np.testing.assert_allclose(as_numbers(key["weights"]), worked.weights, atol=0.0051)


@pytest.mark.parametrize(
    ("page", "start"),
    [
        ("http://school.example:8501/by-hand", "http://school.example:8501"),
        ("https://school.example/a/", "https://school.example/a"),
        (None, ""),
    ],
)
def test_a_printed_address_has_its_host(page: str | None, start: str) -> None:
    assert address(page, "by-hand", {"lang": "ko", "words": "a,b"}) == f"{start}/by-hand?lang=ko&words=a,b"
