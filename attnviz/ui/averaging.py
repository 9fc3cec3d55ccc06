"""What only the page "Averaging to attention" has: its numbers, its four stages, the slips, the questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from attnviz.components.equation import Divide, Matrix, Product, Softmax, equation
from attnviz.concepts.averaging import (
    STAGES,
    Mixed,
    Numbers,
    Stage,
    mixed,
    most_different_pair,
    rows_that_change,
    undivided,
    weights_of_equal_scores,
    with_last_word_moved,
)
from attnviz.figures.mixture import mixture
from attnviz.ui.answers import distinct
from attnviz.ui.charts import chart, look
from attnviz.ui.inputs import segments
from attnviz.ui.lesson import Lesson, Option
from attnviz.ui.matrices import Rows, array, editing, matrix
from attnviz.ui.numerals import briefly, factor, written
from attnviz.ui.settings import one_of

Role: TypeAlias = Literal["", "query", "key", "value"]
BOUND = 9  # of a number that the reader types
OURS: Rows = ((2.0, 0.0), (0.0, 1.0), (1.0, 2.0), (2.0, 1.0))
NOTEBOOK: Rows = ((2.0, 7.0), (6.0, 4.0), (6.0, 5.0))  # tests/data/golden.json, karpathy.tril_average

STAGE = one_of("stage", *STAGES)
WORD = one_of("word", "4", "1", "2", "3")
SLIP = one_of("slip", "future", "undivided")
X = matrix("x", OURS, bound=BOUND, rows=range(2, 5))
W_Q = matrix("wq", ((-1.0, 1.0), (1.0, 0.0)), bound=BOUND)
W_K = matrix("wk", ((1.0, 1.0), (1.0, 0.0)), bound=BOUND)
W_V = matrix("wv", ((1.0, 1.0), (0.0, 1.0)), bound=BOUND)
SETTINGS = (STAGE, WORD, SLIP, X, W_Q, W_K, W_V)
_EDIT = editing(x=X, W_Q=W_Q, W_K=W_K, W_V=W_V)

_FORMULAS = {
    "mean": r"\text{mean}_i = \frac{1}{i} \left( x_1 + x_2 + \dots + x_i \right)",
    "zeros": r"\text{softmax}\left( \text{mask}(0) \right) X",
    "dots": r"\text{softmax}\left( \text{mask}\left( \frac{X X^T}{\sqrt{d}} \right) \right) X",
    "roles": r"\text{softmax}\left( \text{mask}\left( \frac{Q K^T}{\sqrt{d_k}} \right) \right) V",
}


@dataclass(frozen=True)
class Shown:
    """One state of the page."""

    lesson: Lesson
    numbers: Numbers
    stage: Stage
    words: list[str]
    row: int  # the chosen word, from 0

    @property
    def mixed(self) -> Mixed:
        """The stage on the screen, worked out."""
        return mixed(self.numbers, self.stage)


def shown_now(opened: Lesson) -> Shown:
    """Return what the URL describes; a word that these numbers don't have becomes the last."""
    numbers = Numbers(*(array(setting) for setting in (X, W_Q, W_K, W_V)))
    words = opened.say("words").split()[: len(numbers.x)]
    return Shown(opened, numbers, STAGE.value, words, min(int(WORD.value), len(words)) - 1)  # type: ignore[arg-type]


def stage(shown: Shown) -> None:
    """Draw the stage that the reader steps to: formula, matrices, the chosen word's mixture, what is new."""
    say, found = shown.lesson.say, shown.mixed
    segments(STAGE, say("stages"), STAGES, lambda stage: say(f"{stage}_name"))
    with shown.lesson.section(shown.stage, **_places(shown)):
        st.latex(_FORMULAS[shown.stage])
        if shown.stage == "roles":
            st.latex(r"Q = X W^Q \qquad K = X W^K \qquad V = X W^V")
            _projections(shown, found)
        if shown.stage in ("dots", "roles"):
            _scores(shown, found)
        if shown.stage != "mean":
            _mix(shown, found)
        words, picture = st.columns([5, 3], gap="large")
        with words:
            if shown.stage == "mean":
                _mix(shown, found)
            st.markdown(say(f"{shown.stage}_new", **_places(shown)))
            _examples(shown)
            _question(shown)
        with picture:
            _picture(shown, found)


def _places(shown: Shown) -> dict[str, object]:
    found, mean = shown.mixed, mixed(shown.numbers, "mean")
    one, other = most_different_pair(found.scores)
    return {
        "n": len(shown.words),
        "d": shown.numbers.x.shape[1],
        "scaling": shown.lesson.texts("scaling.title"),
        "difference": f"{np.abs(found.weights - mean.weights).max():.2f}",
        "one": shown.words[one],
        "other": shown.words[other],
        "score": written(found.scores[one, other]),
        "back": written(found.scores[other, one]),
        "asymmetry": f"{np.abs(found.scores - found.scores.T).max():.2f}",
        "parameters": sum(parameters.size for parameters in shown.numbers.projections),
    }


def _x(shown: Shown, role: Role = "", *, edit: bool = True, transposed: bool = False) -> Matrix:
    """X as it takes part: plain, or asking, answering and handing over."""
    say, values = shown.lesson.say, shown.numbers.x
    return Matrix(
        {"query": "x", "key": "x_key", "value": "x_value"}.get(role, "x") if not edit else "x",
        values.T if transposed else values,
        "X^T" if transposed else "X",
        say(f"matrix_x_{role}" if role else "matrix_x"),
        rows=() if transposed else shown.words,
        columns=shown.words if transposed else (),
        role=role,
        row_role="" if transposed else role,
        column_role=role if transposed else "",
        scale="signed",
        edit="number" if edit else "",
        bound=BOUND,
    )


def _projections(shown: Shown, found: Mixed) -> None:
    say, numbers = shown.lesson.say, shown.numbers
    made = (("query", "Q", numbers.W_Q, found.query), ("key", "K", numbers.W_K, found.key))
    for box, (role, symbol, W, vectors) in zip(
        st.columns(3), (*made, ("value", "V", numbers.W_V, found.value)), strict=True
    ):
        name = f"W_{symbol}"
        items: list[Matrix | str] = [
            _x(shown, edit=role == "query"),
            "×",
            Matrix(name, W, f"W^{symbol}", role=role, scale="signed", edit="number", bound=BOUND),  # type: ignore[arg-type]
            "=",
            Matrix(
                role,
                vectors,
                symbol,
                say(f"matrix_{role}"),
                rows=shown.words,
                role=role,  # type: ignore[arg-type]
                row_role=role,  # type: ignore[arg-type]
                scale="signed",
                how=Product("x", name),
            ),
        ]
        with box:
            equation(f"averaging_{role}", shown.lesson.texts, items, label=say(f"matrix_{role}"), on_edit=_EDIT)


def _scores(shown: Shown, found: Mixed) -> None:
    say, words = shown.lesson.say, shown.words
    if shown.stage == "dots":
        left, right = _x(shown, "query"), replace(_x(shown, "key", edit=False, transposed=True), name="x_key")
    else:
        left = Matrix("query", found.query, "Q", rows=words, role="query", row_role="query", scale="signed")
        right = Matrix("key", found.key.T, "K^T", columns=words, role="key", column_role="key", scale="signed")
    scores = Matrix(
        "scores",
        found.scores,
        "S",
        say("matrix_scores"),
        rows=words,
        columns=words,
        row_role="query",
        column_role="key",
        scale="signed",
        how=Product(left.name, right.name),
    )
    scaled = replace(
        scores,
        name="scaled_scores",
        values=found.scaled_scores,
        symbol="",
        title=say("matrix_scaled_scores"),
        how=Divide("scores", float(np.sqrt(found.query.shape[1])), "√2"),
    )
    equation(
        f"averaging_scores_{shown.stage}",
        shown.lesson.texts,
        [left, "×", right, "=", scores, "÷ √2 =", scaled],
        label=say("matrix_scores"),
        on_edit=_EDIT,
    )


def _mix(shown: Shown, found: Mixed) -> None:
    """The line that all stages share: weights times vectors, from the second on with the softmax before it."""
    say, words, stage = shown.lesson.say, shown.words, shown.stage
    asks: Role = "query" if stage in ("dots", "roles") else ""
    answers: Role = "key" if asks else ""
    table = {"rows": words, "columns": words, "row_role": asks, "column_role": answers}
    weights = Matrix("weights", found.weights, "A", say("matrix_weights"), scale="weights", sums="rows", **table)  # type: ignore[arg-type]
    before: list[Matrix | str] = []
    if stage != "mean":
        masked = Matrix(
            "masked_scores",
            found.masked_scores,
            "",
            say("matrix_masked_scores"),
            scale="signed",
            masked=found.ahead,
            **table,  # type: ignore[arg-type]
        )
        before, weights = [masked, "→ softmax →"], replace(weights, how=Softmax("masked_scores"))
    values = (
        Matrix(
            "value", found.value, "V", say("matrix_value"), rows=words, role="value", row_role="value", scale="signed"
        )
        if stage == "roles"
        else _x(shown, "value" if asks else "", edit=not asks)
    )
    output = _output(shown, "output", found, Product("weights", values.name))
    equation(
        f"averaging_mix_{stage}",
        shown.lesson.texts,
        [*before, weights, "×", values, "=", output],
        label=say("matrix_output"),
        on_edit=_EDIT,
    )


def _output(shown: Shown, name: str, found: Mixed, how: Product | None = None, title: str = "matrix_output") -> Matrix:
    return Matrix(name, found.head_output, "", shown.lesson.say(title), rows=shown.words, scale="signed", how=how)


def _picture(shown: Shown, found: Mixed) -> None:
    say, words, row = shown.lesson.say, shown.words, shown.row
    numbers = [str(place) for place in range(1, len(words) + 1)]
    of_these = one_of(WORD.name, numbers[-1], *numbers[:-1])  # a word that these numbers don't have: the last
    segments(of_these, say("word"), numbers, lambda number: words[int(number) - 1])
    weights = found.weights[row]
    figure = mixture(
        found.value,
        weights,
        found.head_output[row],
        words,
        look(shown.lesson.choices),
        result_name=say("result_of", word=words[row]),
        x_title=say("first_number"),
        y_title=say("second_number"),
    )
    shares = ", ".join(f"{word} {weight:.2f}" for word, weight in zip(words, weights, strict=True))
    first, second = found.head_output[row]
    chart(figure, "averaging_picture", say("picture_alt", shares=shares, first=written(first), second=written(second)))
    st.caption(say("picture_text", word=words[row]))


def _examples(shown: Shown) -> None:
    """Other numbers at a press; what the reader has typed is replaced."""
    say = shown.lesson.say
    with st.container(horizontal=True, key="averaging_examples"):
        for name, rows in (("ours", OURS), ("notebook", NOTEBOOK)):
            st.button(say(f"example_{name}"), key=f"averaging_{name}", on_click=_take, args=(rows,))


def _take(rows: Rows) -> None:
    X.set(rows)
    for setting in (W_Q, W_K, W_V, WORD):
        setting.set(setting.default)


def slip(shown: Shown) -> None:
    """The two classic slips on the stage on the screen, with what each of them breaks."""
    say, right = shown.lesson.say, shown.mixed
    moved = with_last_word_moved(shown.numbers)
    with shown.lesson.mistake("slip"):
        name = segments(SLIP, say("slips"), ("future", "undivided"), lambda slip: say(f"slip_{slip}_name"))
        wrong = mixed(shown.numbers, shown.stage, masked=False) if name == "future" else undivided(right)
        leak = mixed(moved, shown.stage, masked=False).head_output[0] - wrong.head_output[0]
        kept = mixed(moved, shown.stage).head_output[0] - right.head_output[0]
        st.markdown(
            say(
                f"slip_{name}_text",
                first=shown.words[0],
                last=shown.words[-1],
                leak=f"{np.abs(leak).max():.2f}",
                kept=f"{np.abs(kept).max():.2f}",
                sums=", ".join(written(total) if total < 1e6 else briefly(total) for total in wrong.row_sums),
            )
        )
        values = Matrix("value", right.value, "V" if shown.stage == "roles" else "X", scale="signed")
        weights = Matrix(
            "weights",
            wrong.weights,
            "A",
            say("matrix_weights"),
            rows=shown.words,
            columns=shown.words,
            scale="weights",
            sums="rows",
            forced=wrong.ahead if name == "future" else None,
        )
        items: list[Matrix | str] = [
            weights,
            "×",
            values,
            "=",
            _output(shown, "wrong", wrong, Product("weights", "value"), "matrix_wrong"),
            "≠",
            _output(shown, "right", right, None, "matrix_right"),
        ]
        equation("averaging_slip", shown.lesson.texts, items, label=say("slip_title"))


def side_by_side(shown: Shown) -> None:
    """The weights of all four stages: one place in the formula, four ways to fill it."""
    say, words = shown.lesson.say, shown.words
    with (
        shown.lesson.section("four", word=words[shown.row]),
        st.container(horizontal=True, gap="medium", key="averaging_four"),
    ):
        for name in STAGES:
            found = mixed(shown.numbers, name)
            weights = Matrix("weights", found.weights, "A", say("matrix_weights"), rows=words, scale="weights")
            first, second = found.head_output[shown.row]
            with st.container(width=285):
                st.markdown(f"**{say(f'{name}_name')}**")
                equation(f"averaging_four_{name}", shown.lesson.texts, [weights], label=say(f"{name}_name"))
                st.markdown(say(f"four_{name}", word=words[shown.row], first=written(first), second=written(second)))


def _question(shown: Shown) -> None:
    """One question to the stage on the screen; its answer is worked out from the reader's numbers."""
    asked = {"mean": _ask_mean, "zeros": _ask_fives, "dots": _ask_reach, "roles": _ask_back}[shown.stage]
    asked(shown)


def _ask_mean(shown: Shown) -> None:
    """What would be the mean at the last place but one, if the first word's number were larger?"""
    say, row = shown.lesson.say, len(shown.words) - 2
    more = 2 * (row + 1)  # so that the right answer is 2 larger
    x = shown.numbers.x.copy()
    x[0, 0] += more
    supposed = mixed(replace(shown.numbers, x=x), "mean").head_output[row, 0]
    x = x[:, 0]
    found = {
        "mean_right": (supposed, x[: row + 1], row + 1),
        "mean_all": (x.mean(), x, len(x)),
        "mean_sum": (x[: row + 1].sum(), x[: row + 1], 1),
        "mean_own": (x[row], x[row : row + 1], 1),
    }
    first = shown.words[0]
    options = [
        Option(
            name, written(value), say(f"why_{name}", sum=_sum(terms), count=count, value=written(value), first=first)
        )
        for name, (value, terms, count) in sorted(found.items(), key=lambda item: float(item[1][0]))
        if name != "mean_own" or row > 0
    ]
    places = {"word": shown.words[row], "place": row + 1, "first": first, "more": more}
    shown.lesson.predict("mean", distinct(options, "mean_right"), "mean_right", **places)


def _ask_fives(shown: Shown) -> None:
    """What do equal scores other than 0 give?"""
    say, n = shown.lesson.say, len(shown.words)
    now, fives = shown.mixed.weights[-1], weights_of_equal_scores(n, 5.0)[-1]
    first_only = np.eye(n)[-1]
    rows = {"fives_same": now, "fives_larger": 5 * now, "fives_one": first_only}
    answer = next((name for name, row in rows.items() if np.allclose(row, fives)), "fives_same")
    options = [
        Option(name, _row(row), say(f"why_{name}", total=f"{row.sum():.2f}", now=_row(now), n=n))
        for name, row in rows.items()
    ]
    shown.lesson.predict("fives", distinct(options, answer), answer, word=shown.words[-1])


def _ask_reach(shown: Shown) -> None:
    """Which results change when the last word does?"""
    say, words = shown.lesson.say, shown.words
    rows = rows_that_change(shown.mixed, mixed(with_last_word_moved(shown.numbers), shown.stage))
    answer = "reach_last" if rows else "reach_none"
    names = {"reach_all": ", ".join(words), "reach_last": words[-1], "reach_none": ""}
    options = [
        Option(name, say(name, words=names[name]), say(f"why_{name}", last=words[-1], first=words[0])) for name in names
    ]
    shown.lesson.predict("reach", options, answer, last=words[-1])


def _ask_back(shown: Shown) -> None:
    """What does W_Q in the place of W_K, and the other way round, do to one score?"""
    say, found, words, numbers = shown.lesson.say, shown.mixed, shown.words, shown.numbers
    one, other = most_different_pair(found.scores)
    swapped = mixed(replace(numbers, W_Q=numbers.W_K, W_K=numbers.W_Q), shown.stage)
    there, back = found.scores[one, other], swapped.scores[one, other]
    pairs = zip(swapped.query[one], swapped.key[other], strict=True)
    terms = " + ".join(f"{factor(q)} × {factor(k)}" for q, k in pairs)
    values = {"back_right": back, "back_same": there, "back_minus": -there, "back_none": 0.0}
    options = [
        Option(
            name,
            written(value),
            say(f"why_{name}", terms=terms, back=written(back), one=words[one], other=words[other]),
        )
        for name, value in sorted(values.items(), key=lambda item: float(item[1]))
    ]
    shown.lesson.predict(
        "back", distinct(options, "back_right"), "back_right", one=words[one], other=words[other], score=written(there)
    )


def _sum(terms: NDArray[np.float64]) -> str:
    return " + ".join(factor(term) for term in terms)


def _row(weights: NDArray[np.float64]) -> str:
    return "   ".join(f"{weight:.2f}" for weight in weights)
