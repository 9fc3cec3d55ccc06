"""The questions of By hand; every answer is computed from the numbers on the screen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from attnviz.concepts.softmax import weigh
from attnviz.concepts.worked_example import (
    has_differences,
    most_looked_at,
    with_queries_times,
    without,
)
from attnviz.lessons.by_hand.matrices import Matrices
from attnviz.session.markdown import literal
from attnviz.ui.lesson import Lesson, Option


def ask(opened: Lesson, paper: Matrices) -> None:
    """Ask what a hidden word and longer queries would change in the chosen word's row."""
    row = _asked_row(paper)
    if row is None:
        return
    if paper.worked.given.mask[row].sum() > 1:
        _ask_hidden(opened, paper, row)
    _ask_double(opened, paper, row)


def ask_row_sum(opened: Lesson, paper: Matrices, hides: Callable[[], None]) -> None:
    """Ask what a row adds up to under one softmax over the whole matrix."""
    row, worked = _asked_row(paper), paper.worked
    if row is None or len(worked.rows) < 2:
        hides()
        return
    found, share = f"{weigh(worked.masked_scores, 'all')[row].sum():.2f}", f"{1 / len(worked.rows):.2f}"
    places = {"query": literal(paper.names[row]), "found": found, "count": len(worked.rows)}
    kinds = {"1.00": "one", share: "share", "0.00": "zero", found: "right"}
    options = [
        Option(total, total, opened.say(f"rowsum_{kinds[total]}", **places)) for total in sorted(kinds, reverse=True)
    ]
    opened.predict("rowsum", options, found, hides, **places)


def _asked_row(paper: Matrices) -> int | None:
    """Return the chosen word's row, or the first one that has a softmax."""
    rows = paper.worked.rows
    return paper.row if paper.row in rows else rows[0] if rows else None


def _ask_hidden(opened: Lesson, paper: Matrices, row: int) -> None:
    """Ask who takes over when the word that is looked at most is masked."""
    given, before, names = paper.worked.given, paper.worked.weights[row], [literal(word) for word in paper.names]
    hidden = int(before.argmax())
    hiding = without(given, row, hidden)
    after, best = hiding.weights[row], most_looked_at(hiding, row)
    left = [int(column) for column in np.flatnonzero(given.mask[row]) if column != hidden]
    answer = "tie" if best is None else str(best)
    places = {"query": names[row], "hidden": names[hidden]}

    def why(name: str, **more: object) -> str:
        return opened.say(f"hidden_{name}", **places | more)

    options = [
        Option(
            str(column),
            why("option", word=names[column], place=column + 1),
            why("right" if column == best else "wrong", word=names[column], **_change(before[column], after[column])),
        )
        for column in left
    ]
    itself = Option(str(hidden), why("option", word=names[hidden], place=hidden + 1), why("itself"))
    options.insert(sum(column < hidden for column in left), itself)
    if len(left) > 1:
        tie = why(f"tie_{'right' if answer == 'tie' else 'wrong'}", largest=f"{after[left].max():.2f}")
        options.append(Option("tie", why("tie"), tie))
    opened.predict("hidden", options, answer, **places)


def _ask_double(opened: Lesson, paper: Matrices, row: int) -> None:
    """Ask what queries twice as long do to the largest weight of the row."""
    before = float(paper.worked.weights[row].max())
    after = float(with_queries_times(paper.worked.given, 2).weights[row].max())
    answer = "rises" if has_differences(paper.worked, row) else "same"  # by the scores: a weight of 1 hides it
    change = _change(before, after)
    is_hidden = answer == "rises" and change["before"] == change["after"]
    why = opened.say(f"double_why_{'hidden' if is_hidden else answer}", query=literal(paper.names[row]), **change)
    options = [Option(name, opened.say(f"double_{name}"), why) for name in ("rises", "same", "falls")]
    opened.predict("double", options, answer, query=literal(paper.names[row]))


def _change(before: float, after: float) -> dict[str, str]:
    """Write two weights so that they can be told apart."""
    digits = 2 if f"{before:.2f}" != f"{after:.2f}" else 4
    return {"before": f"{before:.{digits}f}", "after": f"{after:.{digits}f}"}
