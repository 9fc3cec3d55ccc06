"""The questions of "Averaging to attention", one to each stage; answers come from the reader's numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attnviz.concepts.averaging import (
    mixed,
    most_different_pair,
    rows_that_change,
    weights_of_equal_scores,
    with_last_word_moved,
)
from attnviz.lessons.averaging.shared import Shown
from attnviz.session.catalog import joined
from attnviz.session.numerals import factor, written
from attnviz.ui.answers import distinct
from attnviz.ui.lesson import Option


def question(shown: Shown) -> None:
    """One question to the stage on the screen, worked out from the reader's numbers; stage 3 asks at the slips."""
    asked = {"mean": _ask_mean, "zeros": _ask_fives, "roles": _ask_back}.get(shown.stage)
    if asked:
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


def ask_reach(shown: Shown, hides: Callable[[], None]) -> None:
    """Which results change when the last word does?"""
    say, words = shown.lesson.say, shown.words
    rows = rows_that_change(shown.mixed, mixed(with_last_word_moved(shown.numbers), shown.stage))
    answer = "reach_last" if rows else "reach_none"
    names = {"reach_all": joined(", ", words), "reach_last": words[-1], "reach_none": ""}
    options = [
        Option(name, say(name, words=names[name]), say(f"why_{name}", last=words[-1], first=words[0])) for name in names
    ]
    shown.lesson.predict("reach", options, answer, hides, last=words[-1])


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
